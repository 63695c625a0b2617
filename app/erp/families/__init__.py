"""Families of ERP as data: which set of plain OData each of our streams comes from, and what it cannot offer.

A file a family, read once; a tenant may override single streams with a file of the same shape.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeVar, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

S = TypeVar("S", bound=Struct)
Reading = Literal["catalog", "document", "register", "records", "balance"]

USUAL: Final = "erp25"
_OBJECTS: Final = frozenset({"catalog", "document"})


class FamilyError(Exception):
    """A family's file says something that cannot be."""


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows inside an object: single values (``item``), or objects of what is named."""

    item: str = ""
    same: Sequence[str] = ()
    fields: Mapping[str, str] = {}

    @property
    def members(self) -> Mapping[str, str]:
        """Member of ours -> column of the section."""
        return {"": self.item} if self.item else {name: name for name in self.same} | dict(self.fields)


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """When an order is inside the figures although it holds nothing any more: its goods have begun to leave."""

    column: str  # of ours, which gets the number of the reading
    posted: str
    shipped: str


class Rows(Struct, frozen=True, forbid_unknown_fields=True):
    """Where rows come from that a balance leaves out when they are zero."""

    set: str
    fields: Mapping[str, str]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where one stream comes from. A column is in exactly one of the tables below."""

    set: str
    reading: Reading
    same: Sequence[str] = ()
    fields: Mapping[str, str] = {}
    sections: Mapping[str, Section] = {}
    optional: Sequence[str] = ()
    poll_s: float | None = None
    window: str = ""  # date by which a large set is cut
    key: Sequence[str] = ()  # columns that make the reference of a row that has none
    label: Sequence[str] = ()  # columns that make its label
    seen: Seen | None = None
    # Of a balance:
    dimensions: Mapping[str, str] = {}
    figures: Mapping[str, Sequence[str]] = {}  # column -> figures with their signs
    flags: Mapping[str, str] = {}  # column -> figure; 1 where it is above zero
    order: str = ""  # dimension that names the orders inside
    orders_of: str = ""  # or: property of the records that names them
    rows: Rows | None = None

    @property
    def is_object(self) -> bool:
        """Whether rows have a reference and a label of their own, and the exchange plan tells their changes."""
        return self.reading in _OBJECTS

    @property
    def columns(self) -> Mapping[str, str]:
        """Column of ours -> property of the set, of everything that is a plain value."""
        return {name: name for name in self.same} | dict(self.fields)


class OutDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document or object we write."""

    set: str
    date: str = ""
    section: str = ""
    method: str = ""


class Out(Struct, frozen=True, forbid_unknown_fields=True):
    """What leaves for the ERP."""

    order: OutDocument
    vehicle: OutDocument


class Family(Struct, frozen=True, forbid_unknown_fields=True):
    """One family of ERP."""

    family: str
    title: str
    plan: str
    node: str
    zone: str
    changes_every_s: float
    sweep_every_s: float
    out: Out
    streams: Mapping[str, Source]
    not_offered: Mapping[str, str] = {}  # table or table.column -> why, and what stands there instead
    missing: Mapping[str, str] = {}  # streams this surface has nothing for, each with the reason


class _Override(Struct, frozen=True, forbid_unknown_fields=True):
    """What a tenant says of its own ERP; everything else stays as in the family."""

    streams: Mapping[str, Source] = {}
    missing: Mapping[str, str] = {}
    zone: str | None = None
    node: str | None = None
    changes_every_s: float | None = None
    sweep_every_s: float | None = None


@cache
def read_family(name: str = USUAL) -> Family:
    """Read a family's file.

    Raises:
        FamilyError: there is none, or it is wrong.
    """
    file = files(__name__).joinpath(f"{name}.toml")
    if not file.is_file():
        message = f"no family of ERP is called {name}"
        raise FamilyError(message)
    return _as(Family, file.read_text("utf-8"), name)


def override(family: Family, text: str) -> Family:
    """Lay what a tenant says over its family; streams are replaced whole.

    Raises:
        FamilyError: the text is wrong.
    """
    own = _as(_Override, text, "override")
    changes: dict[str, object] = {
        "streams": {**family.streams, **own.streams},
        "missing": {**family.missing, **own.missing},
    }
    for field in ("zone", "node", "changes_every_s", "sweep_every_s"):
        if (value := cast("object", getattr(own, field))) is not None:
            changes[field] = value
    return replace(family, **changes)


def _as(kind: type[S], text: str, name: str) -> S:
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"{name}: {error}"
        raise FamilyError(message) from error
