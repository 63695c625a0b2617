"""``$metadata`` held against a family: what a stream needs and the ERP does not have is said in plain words."""

from collections.abc import Iterator, Mapping
from typing import Final
from xml.parsers import expat

from msgspec import Struct

from app.erp.families import Family, Source
from app.erp.mappings import STREAMS
from app.erp.mappings.spec import HEAD, StreamMap
from app.erp.wire.failures import SchemaError
from app.erp.wire.messages import Refusal

Types = Mapping[str, Mapping[str, str]]  # type -> property -> type of the property

_NAMESPACE: Final = "StandardODATA."
_NUMBERS: Final = frozenset({"Edm.Double", "Edm.Decimal", "Edm.Int64", "Edm.Int32", "Edm.Int16", "Edm.Byte"})
_FITTING: Final[Mapping[str, frozenset[str]]] = {
    "uuid": frozenset({"Edm.Guid", "Edm.String"}),  # a reference of several types is a text
    "text": frozenset({"Edm.String"}),
    "boolean": frozenset({"Edm.Boolean"}),
    "date": frozenset({"Edm.DateTime"}),
    "timestamptz": frozenset({"Edm.DateTime"}),
    "numeric": _NUMBERS,
    "bigint": _NUMBERS,
}


class Need(Struct, frozen=True):
    """One property a stream reads."""

    column: str
    type_name: str
    prop: str
    kind: str


class Finding(Struct, frozen=True):
    """What is wrong with a property; ``told`` is empty when nothing is."""

    need: Need
    told: str
    is_optional: bool


def read_metadata(content: bytes) -> Types:
    """Read types and their properties; documents with entities of their own are not read.

    Raises:
        SchemaError: it is no such document.
    """
    found: dict[str, dict[str, str]] = {}
    current: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "EntityType" | "ComplexType":
                current.append(found.setdefault(attributes.get("Name", ""), {}))
            case "Property" if current:
                current[-1][attributes.get("Name", "")] = attributes.get("Type", "").replace(_NAMESPACE, "")
            case _:
                pass

    def end(name: str) -> None:
        if name.rpartition(":")[2] in {"EntityType", "ComplexType"} and current:
            current.pop()

    def refuse(*_declaration: object) -> None:
        message = "the description of the service has a document type of its own"
        raise SchemaError(message)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat names it isfinal
    except expat.ExpatError as error:
        message = f"the description of the service cannot be read: {error}"
        raise SchemaError(message) from error
    return found


def needs_of(stream: StreamMap, source: Source) -> Iterator[Need]:
    """List everything a stream reads over this surface."""
    kinds = {**HEAD, **stream.columns}
    match source.reading:
        case "balance":
            yield from _needs_of_balance(source, kinds)
        case "records":
            type_name = f"{source.set}_RecordType"
            yield from (Need(column, type_name, prop, kinds[column]) for column, prop in source.columns.items())
        case _:
            wanted = {name: name for name in HEAD if source.is_object} | dict(source.columns)
            yield from (Need(column, source.set, prop, kinds[column]) for column, prop in wanted.items())
    for name, section in source.sections.items():
        members = section.members.values()
        yield from (Need(name, f"{source.set}_{name}_RowType", column, "") for column in members)
    if source.seen:
        yield Need(source.seen.column, source.set, source.seen.posted, "boolean")
        yield Need(source.seen.column, source.set, source.seen.shipped, "bigint")


def _needs_of_balance(source: Source, kinds: Mapping[str, str]) -> Iterator[Need]:
    balance = f"{source.set}_Balance"
    yield from (Need(column, balance, prop, kinds[column]) for column, prop in source.dimensions.items())
    for column, terms in source.figures.items():
        yield from (Need(column, balance, term[1:], "numeric") for term in terms)
    yield from (Need(column, balance, prop, "numeric") for column, prop in source.flags.items())
    if source.order:
        yield Need(source.order, balance, source.order, "text")
    if source.orders_of:
        yield Need(source.orders_of, f"{source.set}_RecordType", source.orders_of, "text")
    if source.rows:
        rows = source.rows
        yield from (Need(column, rows.set, prop, kinds[column]) for column, prop in rows.fields.items())


def examine(stream: StreamMap, source: Source, types: Types) -> list[Finding]:
    """Look at every property a stream reads."""
    return [
        Finding(need, _told(need, types), is_optional=need.column in source.optional)
        for need in needs_of(stream, source)
    ]


def _told(need: Need, types: Types) -> str:
    known = types.get(need.type_name)
    if known is None:
        return f"the ERP has no {need.type_name}"
    kind = known.get(need.prop)
    if kind is None:
        return f"{need.type_name} has no field {need.prop}"
    if need.kind and kind not in _FITTING[need.kind]:
        return f"{need.type_name}.{need.prop} is {kind}, which is no {need.kind}"
    return ""


def refusal_of(stream: StreamMap, family: Family, types: Types) -> Refusal | None:
    """Say why a stream cannot be read; None if it can."""
    source = family.streams.get(stream.name)
    if source is None:
        why = family.missing.get(stream.name, f"the family {family.family} has no source for it")
        return Refusal(f"not offered by plain OData: {why}", is_final=True)
    found = examine(stream, source, types)
    told = list(dict.fromkeys(finding.told for finding in found if finding.told and not finding.is_optional))
    if not told:
        return None
    more = f" (and {len(told) - 3} more)" if len(told) > 3 else ""  # noqa: PLR2004 - enough to begin with
    return Refusal("; ".join(told[:3]) + more, is_final=False)


def readable(family: Family, types: Types) -> int:
    """How many streams a family could read from an ERP with these types."""
    return sum(refusal_of(stream, family, types) is None for stream in STREAMS)


def absent_columns(stream: StreamMap, source: Source, types: Types) -> frozenset[str]:
    """Optional columns the ERP does not have."""
    return frozenset(finding.need.column for finding in examine(stream, source, types) if finding.told)
