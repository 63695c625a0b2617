"""Families of ERP as data: which set of plain OData each of our streams comes from, and what it cannot offer.

What a file may say stands here; ``reading`` reads one and lays over it what a tenant says of its own base.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

Reading = Literal["catalog", "document", "register", "records", "balance"]
Proof = Literal["stand_in", "unseen"]

_OBJECTS: Final = frozenset({"catalog", "document"})


class FamilyError(Exception):
    """A family, or what a tenant lays over it, says something that cannot be; ``code`` and ``told`` say what."""

    def __init__(self, code: str, **told: str) -> None:
        """Keep both; pages translate the code."""
        super().__init__(f"{code}: {', '.join(f'{name} {value}' for name, value in told.items())}")
        self.code = code
        self.told = told


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


class States(Struct, frozen=True, forbid_unknown_fields=True):
    """A register that says how orders stand; no packet tells its changes, so it is asked for orders that are open."""

    set: str
    order: str  # dimension that names the order
    state: str
    shipped: str  # percent; stands in for the one an order is known by to have begun to leave
    poll_s: float


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
    states: States | None = None
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
    proof: Proof  # what it was held against: the stand-in, or nothing but published descriptions
    plan: str
    node: str
    zone: str
    changes_every_s: float
    sweep_every_s: float
    out: Out
    streams: Mapping[str, Source]
    not_offered: Mapping[str, str] = {}  # table or table.column -> why, and what stands there instead
    missing: Mapping[str, str] = {}  # streams this surface has nothing for, each with the reason
