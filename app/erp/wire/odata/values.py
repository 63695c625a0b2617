"""Values of plain OData as the texts that surface H sends, so that one mapping serves both surfaces.

Whole numbers come as strings, others as numbers; nothing is null; the empty date is the first day of the first year;
texts of a fixed length are padded; a reference of several types is a text that may be empty (protocol, section 5).
A row passes from JSON to text without an object a cell: no UUID, no Decimal, no datetime is ever made; and rows pass
column by column, a thousand at a time, because a third of a million prices must not be three million calls.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from typing import Final, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import Raw, Struct, defstruct
from msgspec.structs import astuple

from app.erp.families import Section, Source
from app.erp.mappings.spec import HEAD, StreamMap
from app.erp.wire.failures import SchemaError

T = TypeVar("T")
Cell = str | bool | Raw | list[Struct] | None
Convert = Callable[[Sequence[Cell]], list[str]]  # a column

ZERO_LINK: Final = "00000000-0000-0000-0000-000000000000"
_EMPTY_DAY: Final = "0001-01-01"
_EMPTY_MOMENT: Final = "0001-01-01T00:00:00"
_RECORDS: Final = UUID("5a1d9bb6-7c39-4d0e-9a53-9a6b4f3a2f10")  # namespace of references that records do not have
_VARIANT: Final = {sign: "89ab"[int(sign, 16) & 3] for sign in "0123456789abcdef"}
_NUMBER: Final = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][-+]?\d{1,3})?", re.ASCII)
_UNSAFE: Final = re.compile(r"[\\\t\n\r]")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TYPES: Final[Mapping[str, object]] = {
    "uuid": str | None,
    "text": str | None,
    "date": str | None,
    "timestamptz": str | None,
    "boolean": bool | None,
    "numeric": Raw,
    "bigint": Raw,
}


class _Page(Struct):
    value: list[Raw]


def split_page(content: bytes) -> list[Raw]:
    """Cut an answer with several objects into them.

    Raises:
        SchemaError: it is none.
    """
    return decode(content, _Page).value


def decode(content: bytes | Raw, kind: type[T]) -> T:
    """Decode JSON of a known shape.

    Raises:
        SchemaError: it has another shape, or is no JSON.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _unknown_shape(error) from error


def _unknown_shape(reason: object) -> SchemaError:
    return SchemaError(f"an answer of an unknown shape: {reason}")


def number(cell: Cell) -> str:
    """A number, whether it came as one or as a string; nothing is zero.

    Raises:
        SchemaError: it is none.
    """
    if not isinstance(cell, Raw):
        return "0"
    text = bytes(cell).decode().strip('" ')
    if text in {"", "null"}:
        return "0"
    if not _NUMBER.fullmatch(text):
        message = f"{text[:40]!r} stands where a number should"
        raise SchemaError(message)
    return text


def plain(cell: Cell) -> str:
    """A text without the blanks that pad it to a fixed length."""
    return cell.rstrip(" ") if isinstance(cell, str) else ""


def _links(cells: Sequence[Cell]) -> list[str]:
    return [cell.rstrip(" ") or ZERO_LINK if isinstance(cell, str) else ZERO_LINK for cell in cells]


def _days(cells: Sequence[Cell]) -> list[str]:
    return [cell.rstrip(" ")[:10] or _EMPTY_DAY if isinstance(cell, str) else _EMPTY_DAY for cell in cells]


def _flags(cells: Sequence[Cell]) -> list[str]:
    return ["true" if cell is True else "false" for cell in cells]


def _plains(cells: Sequence[Cell]) -> list[str]:
    return [cell.rstrip(" ") if isinstance(cell, str) else "" for cell in cells]


def _numbers(cells: Sequence[Cell]) -> list[str]:
    return [number(cell) for cell in cells]


def _moments_in(zone: str) -> Convert:
    """Moments come without a zone: they are of the infobase's."""
    return lambda cells: [(text or _EMPTY_MOMENT) + zone for text in _plains(cells)]


def any_text(raw: Raw) -> str:
    """Whatever single value stands there, as its text; surface H writes every scalar of an array so.

    Raises:
        SchemaError: it is no single value.
    """
    content = bytes(raw)
    if content.startswith(b'"'):
        return decode(content, str).rstrip(" ")
    if content in {b"true", b"false"}:
        return content.decode()
    return number(raw)


def _converter(kind: str, zone: str) -> Convert:
    match kind:
        case "uuid":
            return _links
        case "date":
            return _days
        case "timestamptz":
            return _moments_in(zone)
        case "boolean":
            return _flags
        case "numeric" | "bigint":
            return _numbers
        case _:
            return _plains


def copy_text(columns: Sequence[Sequence[str]]) -> str:
    """Rows in COPY text, from their columns."""
    return "".join([f"{row}\n" for row in map("\t".join, zip(*map(_escaped, columns), strict=True))])


def copy_line(cells: Sequence[str]) -> str:
    """One row in COPY text."""
    return copy_text([(cell,) for cell in cells])


def _escaped(column: Sequence[str]) -> Sequence[str]:
    """Hardly any column has a sign that means something to COPY: all of its cells are looked through at once."""
    return [cell.translate(_ESCAPES) for cell in column] if _UNSAFE.search("".join(column)) else column


def _reference(key: str) -> str:
    """The UUID of version 5 that follows from a key, without an object for it."""
    sign = sha1(_RECORDS.bytes + key.encode(), usedforsecurity=False).hexdigest()
    return f"{sign[:8]}-{sign[8:12]}-5{sign[13:16]}-{_VARIANT[sign[16]]}{sign[17:20]}-{sign[20:32]}"


class Decoder:
    """Reads the rows of one stream."""

    def __init__(self, stream: StreamMap, source: Source, zone: str, absent: frozenset[str] = frozenset()) -> None:
        """``absent`` are optional columns the ERP does not have."""
        self._source = source
        self.columns: tuple[str, ...] = (*HEAD, *stream.columns)
        kinds = {**HEAD, **stream.columns}
        wanted = {name: prop for name, prop in source.columns.items() if name not in absent}
        if source.is_object:
            wanted = {name: name for name in HEAD} | wanted
        extra = [source.seen.posted, source.seen.shipped] if source.seen else []
        sections = {name: name for name in source.sections if name not in absent}
        self.properties: tuple[str, ...] = tuple(dict.fromkeys([*wanted.values(), *sections.values(), *extra]))
        # A property may serve several columns; it is read once.
        row = _shape(wanted, kinds, {name: source.sections[name] for name in sections}, extra)
        self._rows = msgspec.json.Decoder(list[row])
        at = {prop: place for place, prop in enumerate(self.properties)}
        self._places = {name: at[prop] for name, prop in {**wanted, **sections}.items()}
        self._places |= {f"+{prop}": at[prop] for prop in extra}
        self._plan = [self._cell(name, kinds[name], zone) for name in self.columns]

    def _cell(self, name: str, kind: str, zone: str) -> tuple[int, Convert]:
        """Where a column stands in a decoded row and how it becomes a text; -1: nowhere."""
        if name in self._source.sections:
            section = self._source.sections[name]
            return self._places.get(name, -1), lambda cells: [_section_text(section, cell) for cell in cells]
        return self._places.get(name, -1), _converter(kind, zone)

    def texts(self, raw: Raw | bytes, batch: int) -> list[str]:
        """One object or record as the texts of ``columns``; ``batch`` is the number of this reading.

        Raises:
            SchemaError: a value is not what it should be.
        """
        return [column[0] for column in self.columns_of([raw], batch)]

    def columns_of(self, raws: Sequence[Raw | bytes], batch: int) -> list[list[str]]:
        """The same for many objects or records, at least one, column by column.

        Raises:
            SchemaError: a value is not what it should be.
        """
        rows = self._read(raws)
        found = list(zip(*(cast("tuple[Cell, ...]", astuple(row)) for row in rows), strict=True))
        nothing: Sequence[Cell] = (None,) * len(rows)
        texts = [convert(found[place] if place >= 0 else nothing) for place, convert in self._plan]
        if self._source.seen:
            texts[self.columns.index(self._source.seen.column)] = self._seen(found, batch)
        if not self._source.is_object:
            texts[0], texts[1] = self._names(texts, len(rows))
        return texts

    def _read(self, raws: Sequence[Raw | bytes]) -> list[Struct]:
        try:
            rows = self._rows.decode(b"[" + b",".join(raws) + b"]")
        except (msgspec.DecodeError, RecursionError) as error:
            raise _unknown_shape(error) from error
        if len(rows) != len(raws):
            reason = f"{len(rows)} rows instead of {len(raws)}"
            raise _unknown_shape(reason)
        return rows

    def document(self, cells: Sequence[str]) -> bytes:
        """The same as the JSON that surface H sends."""
        members = {
            name: Raw(cell.encode()) if name in self._source.sections else cell
            for name, cell in zip(self.columns, cells, strict=True)
        }
        return msgspec.json.encode(members)

    def _seen(self, found: Sequence[Sequence[Cell]], batch: int) -> list[str]:
        """The number of this reading where an order is inside the figures, else nothing."""
        seen = self._source.seen
        if seen is None:
            return []
        posted, shipped = (found[self._places[f"+{prop}"]] for prop in (seen.posted, seen.shipped))
        return [
            str(batch) if one is True and isinstance(other, Raw) and number(other) != "0" else "0"
            for one, other in zip(posted, shipped, strict=True)
        ]

    def _names(self, texts: Sequence[Sequence[str]], count: int) -> tuple[list[str], list[str]]:
        """A record has neither reference nor label: both follow from what it says."""
        keys, labels = (
            map("|".join, zip(*(texts[self.columns.index(name)] for name in names), strict=True)) if names else None
            for names in (self._source.key, self._source.label)
        )
        references = [ZERO_LINK] * count if keys is None else [_reference(key) for key in keys]
        return references, [""] * count if labels is None else list(labels)


def _shape(
    wanted: Mapping[str, str], kinds: Mapping[str, str], sections: Mapping[str, Section], extra: Sequence[str]
) -> type[Struct]:
    """Make the struct of a row: members in the order of what is asked for."""
    members: list[tuple[str, object, object]] = []
    wire: dict[str, str] = {}

    def add(name: str, kind: object, default: object) -> None:
        if name in wire.values():
            return
        own = f"c{len(members)}"
        members.append((own, kind, default))
        wire[own] = name

    for column, prop in wanted.items():
        kind = _TYPES[kinds[column]]
        add(prop, kind, Raw(b"0") if kind is Raw else None)
    for name, section in sections.items():
        add(name, list[_section_shape(section)], msgspec.field(default_factory=list[Struct]))
    for prop in extra:
        kind = bool | None if prop == "Posted" else Raw
        add(prop, kind, Raw(b"0") if kind is Raw else None)
    return defstruct("Row", members, rename=wire)


def _section_shape(section: Section) -> type[Struct]:
    members = [(f"c{place}", Raw, Raw(b'""')) for place, _ in enumerate(section.members)]
    wire = {f"c{place}": column for place, column in enumerate(section.members.values())}
    return defstruct("SectionRow", members, rename=wire)


def _section_text(section: Section, cell: Cell) -> str:
    rows = cell if isinstance(cell, list) else []
    names = list(section.members)
    texts = [[any_text(value) for value in cast("tuple[Raw, ...]", astuple(row))] for row in rows]
    document = [row[0] for row in texts] if section.item else [dict(zip(names, row, strict=True)) for row in texts]
    return msgspec.json.encode(document).decode()
