"""What the bell shows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct


class NotificationView(Struct, frozen=True):
    """One piece of news, worded in the reader's language."""

    id: UUID
    kind: str
    tone: str
    title: str
    text: str
    href: str
    object_kind: str
    object_id: UUID
    created_at: datetime
    read_at: datetime | None


class NotificationList(Struct, frozen=True):
    """A page of the bell."""

    items: Sequence[NotificationView]
    next: str | None
    total: int
    unread: int


class MarkedView(Struct, frozen=True):
    """How many were marked, and what the bell shows now."""

    marked: int
    unread: int
