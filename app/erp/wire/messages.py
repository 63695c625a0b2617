"""What goes over the wire, as structs. Texts inside are the ERP's: hostile until stripped."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType


class Ping(Struct):
    """The ERP's state; ``as_of_batch`` is its clock of writes."""

    tenant: str
    as_of_batch: int
    streams: list[str]


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
