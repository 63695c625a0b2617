"""The transactional outbox: an intent is a row in the same transaction as the fact behind it.

Rows of one aggregate leave in order; Redis only wakes whoever sends. Lanes: ``erp`` (commands to 1C:ERP),
``notify`` (who must hear of it), ``mail`` (letters), ``fetch`` and ``send`` (contents of files from and to 1C:ERP).
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec

from app.infra.db.transaction import Transaction
from app.infra.waking import note
from app.kernel.ids import new_id

Lane = Literal["erp", "notify", "mail", "fetch", "send"]


async def enqueue(
    transaction: Transaction, lane: Lane, aggregate: str, kind: str, body: Mapping[str, object] | msgspec.Struct
) -> UUID:
    """Add one intent; it exists exactly if the transaction commits. Returns its id, which is its idempotency key."""
    row_id = new_id()
    await transaction.driver.execute(
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body) VALUES ($1, $2, $3, $4, $5, $6::text::jsonb)",
        transaction.tenant_id,
        row_id,
        lane,
        aggregate,
        kind,
        msgspec.json.encode(body).decode(),
    )
    note(transaction, word_of(transaction.tenant_id, lane))
    return row_id


def word_of(tenant_id: int, lane: Lane) -> str:
    """Name a lane of a tenant, as whoever empties it is woken."""
    return f"outbox:{tenant_id}:{lane}"
