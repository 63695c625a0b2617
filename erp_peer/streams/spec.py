"""How one stream of surface H is described: its 1C set, its columns, their wire text.

The same description makes the table, the COPY query, the JSON of `/changes` and the tables of
docs/erp-surface-h.md, so that none of the four can drift from the others.
"""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a column holds; decides its SQL type and its wire text."""

    LINK = "link"
    TEXT = "text"
    BOOL = "bool"
    INT = "int"
    DEC2 = "dec2"
    DEC3 = "dec3"
    DEC4 = "dec4"
    DATE = "date"
    TIME = "time"
    JSON = "json"


class Field(Struct, frozen=True):
    """One column: `column` in our table, `wire` as the 1C attribute is called."""

    column: str
    wire: str
    kind: Kind
    note: str = ""
    is_optional: bool = False  # the only columns that may be null on the wire
    source: str = ""  # expression of a column that is not stored but read from elsewhere


class Stream(Struct, frozen=True):
    """One entity: `name` in `/snapshot/{name}`, `set_name` everywhere a 1C set is named."""

    name: str
    set_name: str
    note: str
    fields: tuple[Field, ...]
    indexes: tuple[str, ...] = ()

    @property
    def stored(self) -> tuple[Field, ...]:
        """The columns of the table."""
        return tuple(field for field in self.fields if not field.source)


ZERO_LINK = "00000000-0000-0000-0000-000000000000"
EMPTY_DATE = "0001-01-01"

# Stand before the own fields of every stream, in this order.
REF = Field("ref", "Ref_Key", Kind.LINK, "identity; never changes")
LABEL = Field("ver", "DataVersion", Kind.TEXT, "opaque equality label; changes on every write")
DELETED = Field("deleted", "DeletionMark", Kind.BOOL)
HEAD = (REF, LABEL, DELETED)


def link(column: str, wire: str, note: str = "") -> Field:
    """A reference to another object; the zero GUID when empty."""
    return Field(column, wire, Kind.LINK, note)


def text(column: str, wire: str, note: str = "") -> Field:
    """A string; empty when there is nothing."""
    return Field(column, wire, Kind.TEXT, note)


def flag(column: str, wire: str, note: str = "") -> Field:
    """A yes or no."""
    return Field(column, wire, Kind.BOOL, note)


def whole(column: str, wire: str, note: str = "") -> Field:
    """A whole number."""
    return Field(column, wire, Kind.INT, note)


def dec(column: str, wire: str, scale: int, note: str = "", *, is_optional: bool = False) -> Field:
    """A decimal of fixed scale 2, 3 or 4."""
    return Field(column, wire, Kind(f"dec{scale}"), note, is_optional)


def day(column: str, wire: str, note: str = "") -> Field:
    """A calendar day; 0001-01-01 when empty."""
    return Field(column, wire, Kind.DATE, note)


def moment(column: str, wire: str, note: str = "") -> Field:
    """A point in time."""
    return Field(column, wire, Kind.TIME, note)


def doc(column: str, wire: str, note: str = "", source: str = "") -> Field:
    """A JSON array, stored or read by an expression."""
    return Field(column, wire, Kind.JSON, note, source=source)


def named(note: str = "") -> tuple[Field, ...]:
    """The presentation in three languages, as every catalogue of the stand-in carries it."""
    return (
        text("name_ru", "Description", note or "Russian name"),
        text("name_kk", "Description_kk", "Kazakh name"),
        text("name_en", "Description_en", "English name"),
    )
