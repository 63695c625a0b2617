"""Values of properties as columns of the tables, for writes that go past the rules."""

import datetime as dt
from decimal import Decimal

from erp_peer.odata.bodies import Given, Value, Values
from erp_peer.odata.edm import Edm, EntitySet, Part
from erp_peer.odata.tokens import EMPTY_MOMENT
from erp_peer.store.db import Argument, compact
from erp_peer.streams import BY_NAME
from erp_peer.streams.spec import ZERO_LINK, Kind

_EMPTY: dict[Edm, Value] = {
    Edm.GUID: ZERO_LINK,
    Edm.STRING: "",
    Edm.BOOLEAN: False,
    Edm.INT64: 0,
    Edm.DOUBLE: Decimal(0),
    Edm.DATETIME: EMPTY_MOMENT,
}
# Kept by the base itself.
_OWN = frozenset({"ref", "ver"})


def columns(owner: EntitySet, given: Given, *, whole: bool) -> dict[str, Argument]:
    """Columns to write; `whole` empties what was not sent."""
    kinds = {field.column: field.kind for field in BY_NAME[owner.stream].fields}
    found: dict[str, Argument] = {}
    for own in owner.properties:
        if not own.column or own.column in _OWN or (own.name not in given.values and not whole):
            continue
        value = given.values.get(own.name, _EMPTY[own.type])
        if isinstance(value, dt.datetime):
            value = value.replace(tzinfo=dt.UTC)
            found[own.column] = value.date() if kinds[own.column] is Kind.DATE else value
        else:
            found[own.column] = value
    for part in owner.parts:
        if part.name in given.sections or whole:
            found[part.column] = section(part, given.sections.get(part.name, []))
    return found


def section(part: Part, rows: list[Values]) -> str:
    """A section as the table keeps it: an array of texts, or of objects of texts."""
    attributes = part.properties[2:]
    kept = [{own.name: text_of(row.get(own.name, _EMPTY[own.type])) for own in attributes} for row in rows]
    return compact([next(iter(row.values())) for row in kept] if part.is_plain else kept)


def text_of(value: Value) -> str:
    """A value as the text the tables keep inside arrays."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case dt.datetime():
            return value.isoformat()
        case _:
            return str(value)
