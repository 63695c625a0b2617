"""Deeds for the page of the audit trail, one at a time, as a person of the tests might have done them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from tests.access.browsers import World
from tests.access.people import Person


class Deed(Struct, frozen=True, kw_only=True):
    """One row of the trail."""

    actor: Person | None = None
    behalf: Person | None = None
    action: str = "order.submitted"
    kind: str = "order"
    object_id: UUID | None = None
    name: str = ""
    partner_id: UUID | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    detail: Mapping[str, object] | None = None
    at: datetime | None = None
    tenant_id: int = 1


# Versions of rules are counted for the tenant of the context.
IN_TENANT = "SELECT set_config('app.tenant', '1', false);"
_PUT = """
    INSERT INTO audit_records (tenant_id, at, stamp, actor_id, on_behalf_id, partner_id, action, object_kind, object_id,
        object_name, before, after, detail, request_id, address, device)
    SELECT $1, coalesce($2, now()), pg_current_xact_id()::text::bigint, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb,
        $11::text::jsonb, $12::text::jsonb, 'r-1', '203.0.113.7', 'Mozilla/5.0 (Windows) Firefox/140.0'
"""


async def put(world: World, *deeds: Deed) -> None:
    """Write deeds past trigger and walls, so that they may be of any day."""
    for one in deeds:
        await world.execute("ALTER TABLE audit_records DISABLE TRIGGER audit_records_stamp")
        await world.execute(
            _PUT,
            one.tenant_id,
            one.at,
            one.actor.user_id if one.actor else None,
            one.behalf.user_id if one.behalf else None,
            one.partner_id,
            one.action,
            one.kind,
            one.object_id,
            one.name,
            _json(one.before),
            _json(one.after),
            _json(one.detail or {}),
        )
        await world.execute("ALTER TABLE audit_records ENABLE TRIGGER audit_records_stamp")


def _json(value: Mapping[str, object] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
