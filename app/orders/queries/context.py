"""Everything an order stands on besides its goods, in one statement: contract, consignee, credit, vehicle."""

from datetime import date
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.orders.models import Order

_CONTEXT: Final = """
    WITH RECURSIVE address AS (
        SELECT id, counterparty_id, kind, text, region_id FROM consignee_addresses
        WHERE tenant_id = $1 AND id = $3 AND partner_id = $2 AND deleted_at IS NULL
    ), around (id, parent_id) AS (
        SELECT r.id, r.parent_id FROM regions r JOIN address a ON r.id = a.region_id WHERE r.tenant_id = $1
        UNION
        SELECT r.id, r.parent_id FROM regions r JOIN around ON r.id = around.parent_id WHERE r.tenant_id = $1
    )
    SELECT /*within order $6*/ o.name AS partner_name,
        c.id AS contract_id, c.number AS contract_number, c.counterparty_id AS contract_counterparty_id,
        c.currency, c.vat_country, c.vat_regime, c.valid_from, c.valid_to, c.credit_limited,
        coalesce(c.status = 'live' AND c.deleted_at IS NULL AND coalesce(c.valid_from, $5) <= $5
                 AND coalesce(c.valid_to, $5) >= $5, false) AS is_live,
        p.name AS counterparty_name,
        a.id AS address_id, a.counterparty_id AS consignee_id, coalesce(a.kind = 'rail', false) AS is_rail,
        coalesce(a.text, '') AS address_text, g.name AS consignee_name,
        ARRAY (SELECT id FROM around) AS regions,
        k.contract_id IS NOT NULL AS has_account, coalesce(k.limited, true) AS limited,
        coalesce(k.erp_limit, 0) AS credit_limit,
        coalesce(k.erp_debt + k.erp_orders + k.unreflected, 0) AS credit_used,
        coalesce(k.overdue_days, 0) AS overdue_days, coalesce(k.forbid_overdue, false) AS forbid_overdue,
        v.order_id IS NOT NULL AS has_pickup, v.plate, v.trailer, v.vehicle_model, v.driver_name,
        v.driver_document, v.driver_phone, v.proxy_number, v.proxy_date, v.proxy_valid_to,
        (SELECT count(*) FROM order_bad_lines b WHERE b.tenant_id = $1 AND b.order_id = $6) AS bad_lines
    FROM partners o
    LEFT JOIN contracts c ON c.tenant_id = $1 AND c.id = $4 AND c.partner_id = o.id
    LEFT JOIN counterparties p ON p.tenant_id = $1 AND p.id = $7
    LEFT JOIN address a ON true
    LEFT JOIN counterparties g ON g.tenant_id = $1 AND g.id = a.counterparty_id
    LEFT JOIN credit_accounts k ON k.tenant_id = $1 AND k.contract_id = c.id
    LEFT JOIN order_pickups v ON v.tenant_id = $1 AND v.order_id = $6
    WHERE o.tenant_id = $1 AND o.id = $2
"""


class Context(Struct, frozen=True, kw_only=True):
    """One row of the statement above; names are empty and ids None where nothing is chosen yet."""

    partner_name: str = ""
    contract_id: UUID | None = None
    contract_number: str | None = None
    contract_counterparty_id: UUID | None = None
    currency: str | None = None
    vat_country: str | None = None
    vat_regime: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    credit_limited: bool | None = None
    is_live: bool = False
    counterparty_name: str | None = None
    address_id: UUID | None = None
    consignee_id: UUID | None = None
    is_rail: bool = False
    address_text: str = ""
    consignee_name: str | None = None
    regions: tuple[UUID, ...] = ()
    has_account: bool = False
    limited: bool = True
    credit_limit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)
    overdue_days: int = 0
    forbid_overdue: bool = False
    has_pickup: bool = False
    plate: str | None = None
    trailer: str | None = None
    vehicle_model: str | None = None
    driver_name: str | None = None
    driver_document: str | None = None
    driver_phone: str | None = None
    proxy_number: str | None = None
    proxy_date: date | None = None
    proxy_valid_to: date | None = None
    bad_lines: int = 0


async def read_context(transaction: Transaction, order: Order, today: date) -> Context:
    """Read what an order stands on, on a business date."""
    row = await transaction.driver.fetchrow(
        _CONTEXT,
        transaction.tenant_id,
        order.partner_id,
        order.address_id,
        order.contract_id,
        today,
        order.id,
        order.counterparty_id,
    )
    # A client the ERP has not sent yet: everything is missing, and the rules say so.
    return Context() if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), Context)
