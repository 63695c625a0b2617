"""Orders as objects people hear about: who may see one is asked at the moment of telling."""

from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

from app.access.subjects import Subject
from app.access.terms import Facts
from app.infra.db.transaction import Transaction


async def read_facts(transaction: Transaction, order_ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """Read what the rules ask about orders."""
    rows = await transaction.driver.fetch(
        "SELECT id, region_id, partner_id, contract_id, author_id, branch, shared FROM orders"
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
        )
        for row in rows
    }


SUBJECTS: Final = [Subject(kind="order", resource="order", facts=read_facts)]
