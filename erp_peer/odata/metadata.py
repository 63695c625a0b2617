"""`$metadata` (EDMX 1.0) and the service document."""

from collections.abc import Iterator
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from erp_peer.faults.ailments import Drift, present
from erp_peer.odata.edm import NAMESPACE, Edm, EntitySet, Function, FunctionName, Part, Property
from erp_peer.odata.model import SETS, all_sets

_EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
_EDM = "http://schemas.microsoft.com/ado/2009/11/edm"
_M = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_VIRTUAL_TYPES = {FunctionName.BALANCE: ("Balance", "Balance"), FunctionName.TURNOVERS: ("Turnover", "Turnover")}


def figure_name(function: Function, figure: Property) -> str:
    """A figure's name in a virtual table: a balance says that it is one."""
    found = _VIRTUAL_TYPES.get(function.name)
    return figure.name + found[1] if found else figure.name


def row_type(owner: EntitySet, function: Function) -> str:
    """Type of a virtual table's rows, without the namespace; slices give rows of the register's own type."""
    base = owner.name.removesuffix("_RecordType")
    found = _VIRTUAL_TYPES.get(function.name)
    return f"{base}_{found[0]}" if found else f"{base}_RecordType"


def _tag(name: str, text: str = "", **attributes: str) -> str:
    shown = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{shown}>{text}</{name}>" if text else f"<{name}{shown}/>"


def _property(found: Property, *, is_key: bool) -> str:
    return _tag("Property", Name=found.name, Type=found.type, Nullable="false" if is_key else "true")


def _association(owner: EntitySet, link: str) -> str:
    return f"{owner.name}_{link}"


def _entity_type(owner: EntitySet) -> str:
    key = _tag("Key", "".join(_tag("PropertyRef", Name=name) for name in owner.keys))
    own = "".join(_property(found, is_key=found.name in owner.keys) for found in owner.properties)
    parts = "".join(
        _tag("Property", Name=part.name, Type=f"Collection({NAMESPACE}.{part_type(part)})", Nullable="true")
        for part in owner.parts
    )
    links = "".join(
        _tag(
            "NavigationProperty",
            Name=found.link,
            Relationship=f"{NAMESPACE}.{_association(owner, found.link)}",
            FromRole="Begin",
            ToRole="End",
        )
        for found in owner.links
    )
    return _tag("EntityType", key + own + parts + links, Name=owner.name)


def part_type(part: Part) -> str:
    """Rows inside an object are of a type without a key of their own."""
    return part.type_name if part.name == "RecordSet" else f"{part.type_name}_RowType"


def _complex(name: str, properties: tuple[Property, ...]) -> str:
    return _tag("ComplexType", "".join(_property(found, is_key=False) for found in properties), Name=name)


def _complex_types(owner: EntitySet) -> Iterator[str]:
    for part in owner.parts:
        if part.name != "RecordSet":
            yield _complex(part_type(part), part.properties)
    if owner.name.endswith("_RecordType"):
        return
    for function in owner.functions:
        if function.name in _VIRTUAL_TYPES:
            figures = tuple(Property(figure_name(function, f), Edm.DOUBLE, "") for f in function.figures)
            yield _complex(row_type(owner, function), (*function.dimensions, *figures))


def _associations(owner: EntitySet) -> Iterator[str]:
    for found in owner.links:
        ends = _tag("End", Role="Begin", Type=f"{NAMESPACE}.{owner.name}", Multiplicity="*") + _tag(
            "End", Role="End", Type=f"{NAMESPACE}.{found.target}", Multiplicity="0..1"
        )
        yield _tag("Association", ends, Name=_association(owner, found.link))


def _import(name: str, owner: EntitySet, parameters: tuple[tuple[str, str], ...], returns: str = "") -> str:
    attributes = {"Name": name, "IsBindable": "true", "IsSideEffecting": "false" if returns else "true"}
    if returns:
        attributes["ReturnType"] = f"Collection({NAMESPACE}.{returns})"
    inside = _tag("Parameter", Name="bindingParameter", Type=f"{NAMESPACE}.{owner.name}")
    inside += "".join(_tag("Parameter", Name=key, Type=kind) for key, kind in parameters)
    return _tag("FunctionImport", inside, **attributes)


def _function_imports(owner: EntitySet) -> Iterator[str]:
    for function in owner.functions:
        yield _import(function.name, owner, function.parameters, row_type(owner, function))
    if owner.is_document:
        yield _import(FunctionName.POST, owner, (("PostingModeOperational", Edm.BOOLEAN),))
        yield _import(FunctionName.UNPOST, owner, ())


def _container() -> Iterator[str]:
    for owner in all_sets():
        yield _tag("EntitySet", Name=owner.name, EntityType=f"{NAMESPACE}.{owner.name}")
        for found in owner.links:
            name = _association(owner, found.link)
            ends = _tag("End", Role="Begin", EntitySet=owner.name) + _tag("End", Role="End", EntitySet=found.target)
            yield _tag("AssociationSet", ends, Name=name, Association=f"{NAMESPACE}.{name}")
        yield from _function_imports(owner)
    for name in ("SelectChanges", "NotifyChangesReceived"):
        parameters = _tag("Parameter", Name="DataExchangePoint", Type=Edm.STRING)
        yield _tag("FunctionImport", parameters + _tag("Parameter", Name="MessageNo", Type=Edm.INT64), Name=name)


def metadata() -> bytes:
    """The whole description of the service as it is at present."""
    return _document(present().drifts)


@lru_cache(8)
def _document(_: tuple[Drift, ...]) -> bytes:
    """The description under some drifts, which the sets look up for themselves."""
    body = "".join(_entity_type(owner) for owner in all_sets())
    body += "".join(text for owner in all_sets() for text in _complex_types(owner))
    body += "".join(text for owner in all_sets() for text in _associations(owner))
    body += _tag(
        "EntityContainer", "".join(_container()), **{"Name": "EntityContainer", "m:IsDefaultEntityContainer": "true"}
    )
    schema = _tag("Schema", body, Namespace=NAMESPACE, xmlns=_EDM)
    services = _tag("edmx:DataServices", schema, **{"xmlns:m": _M, "m:DataServiceVersion": "3.0"})
    document = _tag("edmx:Edmx", services, **{"Version": "1.0", "xmlns:edmx": _EDMX})
    return f'<?xml version="1.0" encoding="UTF-8"?>{document}'.encode()


def service_document(root: str) -> dict[str, object]:
    """Every set by name and address."""
    sets = [{"name": name, "url": name} for name in SETS]
    return {"odata.metadata": f"{root}/$metadata", "value": sets}
