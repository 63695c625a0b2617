"""The draft at hand: where goods chosen in the catalogue go."""

from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.decisions import Decision
from app.infra.db.transaction import Transaction
from app.orders.queries.access import ORDER_TEXT
from app.orders.rules.quantities import Mode

# The draft one touched last is the one at hand; those of colleagues are not.
_AT_HAND: Final = """
    SELECT o.id, o.number, o.gross, o.currency, o.kg, o.contract_id, o.partner_id, o.region_id,
        coalesce((SELECT jsonb_object_agg(l.product_id, l.quantity) FROM order_lines l
                  WHERE l.tenant_id = $1 AND l.order_id = o.id), '{{}}')::text AS quantities
    FROM orders o
    WHERE o.tenant_id = $1 AND o.author_id = $2 AND o.state = 'draft' AND o.archived_at IS NULL
      AND ($3::uuid IS NULL OR o.contract_id = $3) AND ($4::text IS NULL OR o.mode = $4 OR NOT EXISTS (
          SELECT 1 FROM order_lines l WHERE l.tenant_id = $1 AND l.order_id = o.id)) AND {allowed}
    ORDER BY o.updated_at DESC, o.id DESC LIMIT 1
"""


class AtHand(Struct, frozen=True):
    """The draft at hand."""

    id: UUID
    number: str
    gross: Decimal
    currency: str
    kg: Decimal
    contract_id: UUID | None
    partner_id: UUID
    region_id: UUID | None
    quantities: dict[UUID, Decimal]


async def lock_drafting(transaction: Transaction, user_id: UUID) -> None:
    """Let one request of a person begin drafts at a time."""
    await transaction.driver.execute(
        "SELECT pg_advisory_xact_lock($1, hashtext($2))", transaction.tenant_id, f"draft:{user_id}"
    )


async def read_at_hand(
    transaction: Transaction, drafting: Decision, user_id: UUID, contract_id: UUID | None, mode: Mode | None
) -> AtHand | None:
    """Read it, of one contract and mode or of any. ``drafting`` is order:draft."""
    if drafting.is_empty:
        return None
    allowed, values = drafting.text(ORDER_TEXT, 5)
    row = await transaction.driver.fetchrow(
        _AT_HAND.format(allowed=allowed), transaction.tenant_id, user_id, contract_id, mode, *values
    )
    if row is None:
        return None
    fields = dict(cast("dict[str, object]", row))
    fields["quantities"] = msgspec.json.decode(cast("str", fields["quantities"]), type=dict[UUID, Decimal])
    return msgspec.convert(fields, AtHand)
