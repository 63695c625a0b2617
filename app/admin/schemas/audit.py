"""The audit trail as it is asked for and answered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Format = Literal["csv", "xlsx"]
Words = Annotated[str, Meta(max_length=100)]


class Asked(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which rows are wanted; what is empty narrows nothing. Days are the tenant's, both included."""

    q: Words = ""  # in the object's name, in what is told of the deed, or an id as a whole
    person: Words = ""  # part of a name or an address, or an id; who acted, or on whose behalf
    action: Annotated[str, Meta(max_length=64)] = ""
    kind: Annotated[str, Meta(max_length=64)] = ""
    object: UUID | None = None
    since: date | None = None
    until: date | None = None


class Export(Asked, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The same rows as a file."""

    format: Format = "csv"


class PersonView(Struct, frozen=True):
    """Somebody in the trail."""

    id: UUID
    name: str


class SealView(Struct, frozen=True):
    """The block that holds a row: since then nobody can change it unnoticed."""

    block: int
    at: datetime


class RecordView(Struct, frozen=True):
    """One deed. ``before`` and ``after`` hold the fields that changed, null where there was no such side."""

    id: int
    at: datetime
    actor: PersonView | None
    on_behalf_of: PersonView | None
    organisation: str
    action: str
    object_kind: str
    object_id: UUID | None
    object_name: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    detail: Mapping[str, object]
    request_id: str
    address: str
    device: str
    seal: SealView | None


class TrailView(Struct, frozen=True):
    """One answer of the list, newest first; ``total`` is exact up to 10,000, ``has_more`` says there are more."""

    items: Sequence[RecordView]
    next: str | None
    total: int
    has_more: bool
