"""Statements that write the course of an order: its events, and its terms frozen at submit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.orders.models import NOBODY, Order

_EVENT: Final = """
    INSERT INTO order_events (tenant_id, order_id, partner_id, kind, actor_id, actor_name, data) /*within order $2*/
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)
"""
_FREEZE: Final = """
    WITH /*within order $2*/ frozen AS (
        UPDATE order_lines l SET agreement_id = f.agreement_id, price = f.price, price_list_id = f.price_list_id,
            price_version = f.price_version, discount_pct = f.discount_pct, vat_pct = f.vat_pct,
            net = f.net, vat = f.vat, gross = f.gross, kg = f.kg, warehouse_id = f.warehouse_id
        FROM unnest($15::uuid[], $16::uuid[], $17::numeric[], $18::uuid[], $19::bigint[], $20::numeric[],
                    $21::numeric[], $22::numeric[], $23::numeric[], $24::numeric[], $25::numeric[], $26::uuid[])
            AS f (id, agreement_id, price, price_list_id, price_version, discount_pct, vat_pct, net, vat, gross, kg,
                  warehouse_id)
        WHERE l.tenant_id = $1 AND l.id = f.id
    ), told AS (
        INSERT INTO order_events (tenant_id, order_id, partner_id, kind, actor_id, actor_name, data)
        SELECT $1, $2, o.partner_id, $12, $13, $14, $30::text::jsonb FROM orders o WHERE o.tenant_id = $1 AND o.id = $2
    )
    UPDATE orders SET state = $3, version = version + 1, net = $4, vat = $5, gross = $6, kg = $7, currency = $8,
        address_text = $9, decision_code = $10, decision_text = '', updated_at = $11,
        mode = $27, submitted_at = $28, submitted_by = $29, archived_at = NULL
    WHERE tenant_id = $1 AND id = $2
    RETURNING version
"""


class FrozenLine(Struct, frozen=True):
    """The terms a line is ordered on, with their source (R6)."""

    id: UUID
    agreement_id: UUID
    price: Decimal
    price_list_id: UUID
    price_version: int
    discount_pct: Decimal
    vat_pct: Decimal
    net: Decimal
    vat: Decimal
    gross: Decimal
    kg: Decimal
    warehouse_id: UUID


async def add_event(
    transaction: Transaction,
    order: Order,
    kind: str,
    actor: Actor | None,
    data: Mapping[str, str] | None = None,
) -> None:
    """Add a line to the order's timeline; without an actor it was the ERP."""
    await transaction.driver.execute(
        _EVENT,
        transaction.tenant_id,
        order.id,
        order.partner_id,
        kind,
        actor.person_id if actor else None,
        actor.name if actor else "",
        msgspec.json.encode({**(data or {}), **_both_names(actor)}).decode(),
    )


async def freeze(
    transaction: Transaction,
    order: Order,
    lines: Sequence[FrozenLine],
    *,
    kind: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Write the order's sums and state, its lines' terms and the event, in one statement; gives the version.

    State, sums, currency, address and who submitted it are taken from ``order``, which must not be flushed any more.
    """
    return msgspec.convert(
        await transaction.driver.fetchval(
            _FREEZE,
            transaction.tenant_id,
            order.id,
            order.state,
            order.net,
            order.vat,
            order.gross,
            order.kg,
            order.currency,
            order.address_text,
            order.decision_code,
            at,
            kind,
            actor.person_id,
            actor.name,
            *(list(column) for column in zip(*(msgspec.structs.astuple(line) for line in lines), strict=True)),
            order.mode,
            order.submitted_at,
            order.submitted_by,
            msgspec.json.encode(_both_names(actor)).decode(),
        ),
        int,
    )


def _both_names(actor: Actor | None) -> Mapping[str, str]:
    """Name the absent colleague too where somebody stood in."""
    return {"on_behalf": actor.on_behalf} if actor and actor.on_behalf else {}


async def forget_source_versions(transaction: Transaction) -> None:
    """Forget how new the ERP's last word on each order of the portal was."""
    await transaction.driver.execute(
        "UPDATE orders SET src_version = 0 WHERE tenant_id = $1 AND author_id <> $2 AND src_version <> 0",
        transaction.tenant_id,
        NOBODY,
    )
