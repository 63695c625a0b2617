"""What goes over the wire, as structs. Texts inside are the ERP's: hostile until stripped."""

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType


class Ping(Struct):
    """The ERP's state; ``as_of_batch`` is its clock of writes."""

    tenant: str
    as_of_batch: int
    streams: list[str]
    capabilities: list[str] = []


class Entry(Struct):
    """One object of a batch; ``data`` stays raw, PostgreSQL reads it."""

    idx: int
    set_name: str = msgspec.field(name="set")
    ref: UUID
    label: str
    as_of_batch: int
    data: msgspec.Raw


class Batch(Struct):
    """What ``/changes`` answers; no ``batch`` means nothing to say and nothing to acknowledge."""

    batch: int | None
    as_of_batch: int
    more: bool
    entries: list[Entry]
    is_restored: bool = False  # the surface itself saw that the ERP counts from an earlier number
    reload: list[str] = []  # streams of which the batch could tell a part only
    is_asked: bool = True  # False: nobody was asked yet, it is not time
    sent: int = 0  # last number the ERP gave to a packet for us, where it keeps one apart from ours


class Command(Struct):
    """One intent. The same id always carries the same bytes, so that a repeat is recognised."""

    id: UUID
    type: str
    ref: UUID
    data: msgspec.Raw
    if_label: str | None = None
    post: bool = True


class Result(Struct):
    """What became of one command. ``refused`` and ``invalid`` wrote nothing."""

    id: UUID
    status: Literal["ok", "refused", "conflict", "invalid"]
    replayed: bool = False
    label: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    posted_batch: int | UnsetType | None = UNSET
    code: str | UnsetType = UNSET
    message: str | UnsetType = UNSET


class Results(Struct):
    """Results in the order of the commands."""

    results: list[Result]
    as_of_batch: int


class FoundOrder(Struct):
    """The part of a found order that says how it stands."""

    number: str = msgspec.field(name="Number")
    is_posted: str = msgspec.field(name="Posted")
    is_cancelled: str = msgspec.field(name="Отменен")
    posted_batch: str = msgspec.field(name="ПакетПроведения")


class Found(Struct):
    """An object read by reference."""

    label: str
    as_of_batch: int
    data: msgspec.Raw


class SnapshotHead(Struct, frozen=True):
    """What the headers of a snapshot say. ``rows`` are those of this answer."""

    batch: int
    rows: int
    columns: Sequence[str]
    # Orders inside these figures, where the surface has no clock that would tell; None: it has.
    holding: Sequence[UUID] | None = None
    is_own_count: bool = False  # the batch is our own count, which goes on from here


class Snapshot(Struct, frozen=True):
    """An answer that is still arriving."""

    head: SnapshotHead
    chunks: AsyncIterator[bytes]


class Mark(Struct, frozen=True):
    """How far an earlier process came: our last batch, and the last number the ERP gave (0: none)."""

    batch: int = 0
    sent: int = 0


class Refusal(Struct, frozen=True):
    """Why a stream cannot be read; ``is_final``: this surface never offers it."""

    reason: str
    is_final: bool


class Gone(Struct, frozen=True):
    """An object the ERP does not know."""

    set_name: str = msgspec.field(name="set")
    ref: UUID


class Stale(Struct, frozen=True):
    """Labels that are no longer true, by set, with those that are; ``gone`` are no objects any more."""

    stale: Mapping[str, Mapping[UUID, str]]
    gone: Sequence[Gone]


class Free(Struct, frozen=True):
    """What one item has free in one warehouse, and the orders inside the figure."""

    product: UUID = msgspec.field(name="Характеристика_Key")
    warehouse: UUID = msgspec.field(name="Склад_Key")
    free: Decimal = msgspec.field(name="СвободныйОстаток")
    orders: Sequence[UUID]


class FreeList(Struct, frozen=True):
    """What ``/available`` answers, in the order asked."""

    as_of_batch: int
    items: Sequence[Free]
