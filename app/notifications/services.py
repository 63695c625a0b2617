"""Telling people: an intent in the transaction of the fact; the worker finds out who hears of it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.infra import outbox
from app.infra.db.transaction import Transaction

LANE: Final = "notify"


class Audience(Struct, frozen=True):
    """Whom an object concerns: its author, else the heads of the client; and the client's managers."""

    partner_id: UUID | None = None
    author_id: UUID | None = None
    region_id: UUID | None = None


class News(Struct, frozen=True):
    """What waits in the outbox."""

    audience: Audience
    object_kind: str
    object_id: UUID
    params: Mapping[str, str]


async def notify(
    transaction: Transaction,
    audience: Audience,
    kind: str,
    object_kind: str,
    object_id: UUID,
    params: Mapping[str, str],
) -> None:
    """Ring the bell, and write a letter, for everybody the kind concerns and whose rights allow it."""
    news = News(audience, object_kind, object_id, params)
    await outbox.enqueue(transaction, LANE, f"{object_kind}:{object_id}", kind, news)
