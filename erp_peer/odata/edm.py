"""Words of the entity data model: what a set, its properties, sections and functions are.

SQL is written with `{a}` for the alias of the row and `{p}` for that of the row it belongs to.
"""

from enum import StrEnum

from msgspec import Struct

NAMESPACE = "StandardODATA"
UNDEFINED = f"{NAMESPACE}.Undefined"


class Edm(StrEnum):
    """Primitive types in use."""

    GUID = "Edm.Guid"
    STRING = "Edm.String"
    BOOLEAN = "Edm.Boolean"
    INT64 = "Edm.Int64"
    DOUBLE = "Edm.Double"
    DATETIME = "Edm.DateTime"


class Property(Struct, frozen=True):
    """One property; `target` is the set a reference points to, `column` where a write puts the value."""

    name: str
    type: Edm
    sql: str
    target: str = ""
    column: str = ""
    reference: str = ""  # of a reference of several types: itself, which an index may know

    @property
    def link(self) -> str:
        """Name of the link a `…_Key` property stands for; empty when it is none."""
        return self.name.removesuffix("_Key") if self.target and self.name.endswith("_Key") else ""

    @property
    def is_composite(self) -> bool:
        """A reference of several possible types: its text, with the type in `…_Type` beside."""
        return bool(self.target) and self.type is Edm.STRING


class Part(Struct, frozen=True):
    """A tabular section or the records of a recorder: rows inside an object."""

    name: str
    type_name: str
    rows: str  # FROM item with the alias {a}, of the owner {p}
    properties: tuple[Property, ...]
    column: str = ""
    is_plain: bool = False  # stored as an array of single values


class FunctionName(StrEnum):
    """Bound functions and methods."""

    SLICE_LAST = "SliceLast"
    SLICE_FIRST = "SliceFirst"
    BALANCE = "Balance"
    TURNOVERS = "Turnovers"
    POST = "Post"
    UNPOST = "Unpost"


class Function(Struct, frozen=True):
    """A virtual table of a register: its rows, and what they are asked with."""

    name: FunctionName
    source: str
    dimensions: tuple[Property, ...]
    figures: tuple[Property, ...]
    parameters: tuple[tuple[str, Edm], ...]
    period: str = ""  # column the period is compared with


class EntitySet(Struct, frozen=True):
    """One entity set: `source` is a FROM item with the columns ib and those the properties name."""

    name: str
    source: str
    properties: tuple[Property, ...]
    keys: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    functions: tuple[Function, ...] = ()
    stream: str = ""  # name of the stream a write goes to; empty: cannot be written
    presentation: str = ""  # how a reference to it reads; also what references are ordered by

    def find(self, name: str) -> Property | None:
        """A property by name."""
        return next((found for found in self.properties if found.name == name), None)

    def part(self, name: str) -> Part | None:
        """A section by name."""
        return next((found for found in self.parts if found.name == name), None)

    @property
    def links(self) -> tuple[Property, ...]:
        """References that can be followed; a link may not share its name with a property."""
        names = {found.name for found in self.properties} | {part.name for part in self.parts}
        return tuple(found for found in self.properties if found.link and found.link not in names)

    @property
    def is_document(self) -> bool:
        """A document that can be posted."""
        return any(found.name == "Posted" and found.column for found in self.properties)

    @property
    def is_object(self) -> bool:
        """Objects have a reference; rows and records have not."""
        return self.keys == ("Ref_Key",)
