"""The audit trail: who did what to which object, written in the transaction of the deed."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from app.infra.db.transaction import Transaction


async def record(
    transaction: Transaction,
    action: str,
    object_kind: str,
    object_id: UUID | None,
    *,
    actor_id: UUID | None,
    detail: Mapping[str, object] | None = None,
    request_id: str = "",
) -> None:
    """Append one row; rows are never changed."""
    await transaction.driver.execute(
        "INSERT INTO audit_records (tenant_id, actor_id, action, object_kind, object_id, detail, request_id)"
        " VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7)",
        transaction.tenant_id,
        actor_id,
        action,
        object_kind,
        object_id,
        msgspec.json.encode(detail or {}).decode(),
        request_id,
    )
