"""The course of an order."""

from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction

_EVENTS: Final = """
    SELECT /*within order $2*/ id, at, kind, actor_id, actor_name, data::text AS data FROM order_events
    WHERE tenant_id = $1 AND order_id = $2 ORDER BY id
"""


class EventRow(Struct, frozen=True):
    """One thing that happened; without an actor it was the ERP."""

    id: int
    at: datetime
    kind: str
    actor_id: UUID | None
    actor_name: str
    data: dict[str, str]


async def read_events(transaction: Transaction, order_id: UUID) -> list[EventRow]:
    """Read what happened, oldest first."""
    rows = await transaction.driver.fetch(_EVENTS, transaction.tenant_id, order_id)
    found: list[EventRow] = []
    for row in rows:
        values = dict(cast("dict[str, object]", row))
        values["data"] = msgspec.json.decode(cast("str", values["data"]))
        found.append(msgspec.convert(values, EventRow))
    return found
