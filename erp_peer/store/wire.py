"""SQL that turns rows into wire text: COPY lines and JSON with the same strings in both."""

from enum import StrEnum
from functools import cache

from msgspec import Struct, structs

from erp_peer.faults.ailments import Drift, present
from erp_peer.store.db import Connection, many
from erp_peer.streams import BY_NAME
from erp_peer.streams.spec import HEAD, LABEL, Field, Kind, Stream


class LabelStyle(StrEnum):
    """Where a base keeps the counter inside the eight bytes of DataVersion; both were seen on real bases."""

    LOW = "a"
    HIGH = "b"


class Shown(Struct, frozen=True):
    """One object as it stands: `data` is its JSON text."""

    ref: str
    label: str
    deleted: bool
    data: str


def label_sql(style: LabelStyle, column: str = "ver") -> str:
    """Expression of DataVersion."""
    return f"encode(int8send({column}{' << 32' if style is LabelStyle.HIGH else ''}), 'base64')"


def _text_sql(field: Field, style: LabelStyle) -> str:
    """Expression of a column whose COPY text is the wire text."""
    if field is LABEL:
        return label_sql(style)
    if field.kind is Kind.BOOL:
        return f"{field.column}::text"
    if field.kind is Kind.TIME:
        return f'to_char({field.column}, \'YYYY-MM-DD"T"HH24:MI:SS"+00:00"\')'
    return field.source or field.column


def _json_sql(field: Field, style: LabelStyle) -> str:
    """Expression of a member of the JSON object: a string, or the array itself."""
    if field.kind is Kind.JSON:
        return field.source or field.column
    text = _text_sql(field, style)
    return text if field is LABEL or field.kind in {Kind.BOOL, Kind.TEXT, Kind.TIME} else f"{text}::text"


def drifted(stream: Stream) -> Stream:
    """A stream as it is at present: attributes may be new, gone, or of another type."""
    for drift in present().drifts:
        if drift.set == stream.set_name:
            stream = structs.replace(stream, fields=_drifted(stream.fields, drift))
    return stream


def _drifted(fields: tuple[Field, ...], drift: Drift) -> tuple[Field, ...]:
    match drift.change:
        case "add":
            return (*fields, Field("", drift.field, Kind.TEXT, source="''::text"))
        case "remove":
            return tuple(field for field in fields if field.wire != drift.field)
        case _:
            return tuple(_retyped(field) if field.wire == drift.field else field for field in fields)


def _retyped(field: Field) -> Field:
    """A text becomes a number, anything else a text."""
    value = field.source or field.column
    source = f"length({value})::text" if field.kind is Kind.TEXT else f"'тип изменён: ' || ({value})::text"
    return Field("", field.wire, Kind.TEXT, source=source)


@cache
def copy_sql(stream: Stream, style: LabelStyle) -> str:
    """Rows of an infobase ($1) after a reference ($2), in order of references."""
    columns = ", ".join(_text_sql(field, style) for field in (*HEAD, *stream.fields))
    return f"SELECT {columns} FROM peer.{stream.name} WHERE ib = $1 AND ref > $2 ORDER BY ref"


@cache
def object_sql(stream: Stream, style: LabelStyle) -> str:
    """Expression of the whole object as JSON."""
    members = ", ".join(f"'{field.wire}', {_json_sql(field, style)}" for field in (*HEAD, *stream.fields))
    return f"json_build_object({members})"


@cache
def shown_sql(stream: Stream, style: LabelStyle) -> str:
    """Columns of `Shown`."""
    return f"ref, {label_sql(style)} AS label, deleted, {object_sql(stream, style)}::text AS data"


@cache
def line_sql(stream: Stream, style: LabelStyle) -> str:
    """One NDJSON line per row after a reference, in order of references."""
    entry = (
        f"json_build_object('set', '{stream.set_name}', 'ref', ref::text, 'label', {label_sql(style)},"
        f" 'deleted', deleted, 'data', {object_sql(stream, style)})"
    )
    return f"SELECT {entry} FROM peer.{stream.name} WHERE ib = $1 AND ref > $2 ORDER BY ref"


async def show(conn: Connection, style: LabelStyle, ib: str, stream: str, refs: list[str]) -> dict[str, Shown]:
    """Present states of objects of one stream; what does not exist is left out."""
    columns = shown_sql(drifted(BY_NAME[stream]), style)
    sql = f"SELECT {columns} FROM peer.{stream} WHERE ib = $1 AND ref = ANY($2::uuid[])"
    found = await many(conn, Shown, sql, ib, refs)
    return {row.ref: row for row in found}
