"""What the rules ask about orders that somebody is about to hear of; read for nobody, decided for each."""

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from app.access.terms import Facts
from app.infra.db.transaction import Transaction


async def read_facts(transaction: Transaction, order_ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """Read what the rules ask about orders."""
    rows = await transaction.driver.fetch(
        "SELECT id, region_id, partner_id, contract_id, author_id, branch, shared, state FROM orders"
        " WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        transaction.tenant_id,
        list(order_ids),
    )
    return {
        cast("UUID", row["id"]): Facts(
            reg=cast("UUID | None", row["region_id"]),
            org=cast("UUID", row["partner_id"]),
            ctr=cast("UUID | None", row["contract_id"]),
            author=cast("UUID", row["author_id"]),
            branch=cast("str", row["branch"]),
            shared=cast("bool", row["shared"]),
            live=row["state"] != "draft",
        )
        for row in rows
    }
