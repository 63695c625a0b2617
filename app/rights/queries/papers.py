"""What stands behind an offer and behind a price that was fixed: papers, their dates, price lists."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction

_PAPERS: Final = """
    SELECT /*within offer $2*/ a.id, a.valid_to AS agreement_until, c.valid_to AS contract_until, l.name AS price_list,
        r.valid_from AS price_since, r.valid_to AS price_until
    FROM agreements a
    JOIN contracts c ON c.tenant_id = $1 AND c.id = a.contract_id
    JOIN price_lists l ON l.tenant_id = $1 AND l.id = a.price_list_id
    LEFT JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = l.id AND r.product_id = $3
    WHERE a.tenant_id = $1 AND a.id = ANY ($2::uuid[])
"""
_FROZEN: Final = """
    SELECT /*within order $2*/ n.price, n.discount_pct, o.submitted_at AS at, o.currency, o.number
    FROM order_lines n JOIN orders o ON o.tenant_id = $1 AND o.id = n.order_id
    WHERE n.tenant_id = $1 AND n.order_id = $2 AND n.product_id = $3 AND n.price IS NOT NULL
      AND o.submitted_at IS NOT NULL
    ORDER BY n.place LIMIT 1
"""
_NAMED: Final = "SELECT id FROM products WHERE tenant_id = $1 AND sku = $2"


class Papers(Struct, frozen=True):
    """An agreement's dates and those of its contract and of a price; None is without an end."""

    id: UUID
    agreement_until: date | None
    contract_until: date | None
    price_list: str
    price_since: date | None
    price_until: date | None

    @property
    def until(self) -> date | None:
        """The last day both papers are in force."""
        ends = [one for one in (self.agreement_until, self.contract_until) if one is not None]
        return min(ends, default=None)


class Frozen(Struct, frozen=True):
    """A price that an order fixed when it was submitted."""

    price: Decimal
    discount_pct: Decimal
    at: datetime
    currency: str
    number: str


async def read_papers(transaction: Transaction, agreements: Sequence[UUID], product_id: UUID) -> dict[UUID, Papers]:
    """Read the papers behind offers the caller may see."""
    rows = await transaction.driver.fetch(_PAPERS, transaction.tenant_id, list(agreements), product_id)
    found = [msgspec.convert(dict(cast("Mapping[str, object]", row)), Papers) for row in rows]
    return {one.id: one for one in found}


async def read_frozen(transaction: Transaction, order_id: UUID, sku: str) -> Frozen | None:
    """Read the price an order the caller may see has fixed for a product."""
    product = await transaction.driver.fetchval(_NAMED, transaction.tenant_id, sku)
    row = await transaction.driver.fetchrow(_FROZEN, transaction.tenant_id, order_id, product)
    return None if row is None else msgspec.convert(dict(cast("Mapping[str, object]", row)), Frozen)
