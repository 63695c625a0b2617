"""Offers of a few products, read from rows: for orders, for the product page, for pasted lines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypedDict, cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.catalog.queries.terms import ABROAD, AGREEMENT, CONFIRMED, LIVE, PRICED, SELLABLE, Params
from app.catalog.schemas import Offer, Stock
from app.infra.db.transaction import Transaction

_OFFERS: Final = """
    SELECT p.id AS product_id, a.id AS agreement_id, a.number AS agreement_number,
        c.id AS contract_id, c.number AS contract_number, a.partner_id, a.region_id, a.warehouse_id,
        c.currency, l.id AS price_list_id, {price} AS price,
        r.src_version AS price_version, {priced_at} AS price_synced_at,
        a.discount_pct, a.min_amount, c.vat_country, c.vat_regime,
        k.erp_free - k.unreflected AS free, {counted_at} AS as_of, {abroad} AS abroad
    FROM {agreement}
    JOIN products p ON p.tenant_id = $1 AND p.id = ANY ({products}::uuid[])
    JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
    JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
    JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = p.id
    LEFT JOIN stock_levels k ON k.tenant_id = $1 AND k.product_id = p.id AND k.warehouse_id = a.warehouse_id
    WHERE a.tenant_id = $1 AND {live} AND {sellable} AND {priced} AND {allowed} AND {narrow}
    ORDER BY p.id, abroad, c.currency, {price} * (100 - a.discount_pct), a.number, a.id
"""
# Staff see every client's offers; the best few of each product are enough for a page.
_BEST: Final = """
    SELECT * FROM (
        SELECT o.*, row_number() OVER (
            PARTITION BY o.product_id
            ORDER BY o.abroad, o.currency, o.price * (100 - o.discount_pct), o.agreement_number, o.agreement_id
        ) AS place, count(*) OVER (PARTITION BY o.product_id) AS total FROM ({offers}) AS o) AS ranked
    WHERE place <= {most} ORDER BY product_id, place
"""

# The region itself and everything it lies in: an agreement for a country delivers to its cities.
_REGION: Final = """
    (a.region_id IS NULL OR a.region_id IN (
        WITH RECURSIVE around (id, parent_id) AS (
            SELECT o.id, o.parent_id FROM regions o WHERE o.tenant_id = $1 AND o.id = {region}::uuid
            UNION
            SELECT o.id, o.parent_id FROM regions o JOIN around ON o.tenant_id = $1 AND o.id = around.parent_id)
        SELECT id FROM around))
"""


class OfferRow(TypedDict):
    """One row of the statement above."""

    product_id: UUID
    agreement_id: UUID
    agreement_number: str
    contract_id: UUID
    contract_number: str
    partner_id: UUID
    region_id: UUID | None
    warehouse_id: UUID
    currency: str
    price_list_id: UUID
    price: Decimal | None
    price_version: int
    price_synced_at: datetime
    discount_pct: Decimal
    min_amount: Decimal
    vat_country: str
    vat_regime: str
    free: Decimal | None
    as_of: datetime | None


class _RankedRow(OfferRow):
    total: int


class Few(Struct, frozen=True):
    """The best offers of a product, and how many it has in all."""

    offers: Sequence[Offer]
    total: int


async def read_offers(
    transaction: Transaction,
    decision: Decision,
    product_ids: Sequence[UUID],
    on: date,
    *,
    contract_id: UUID | None = None,
    region_id: UUID | None = None,
    prices: Decision | None = None,
) -> dict[UUID, list[Offer]]:
    """Read the offers of these products on a business date, best first; products without any are absent.

    Best is the lowest price within a currency, that of the contract's country before others. ``prices`` is the
    decision about money: where it says no, ``price`` is None. Without it the caller answers for showing no money
    to whoever may not see it.
    """
    if decision.is_empty or not product_ids:
        return {}
    params = Params(transaction.tenant_id, on)
    narrow = "true" if contract_id is None else f"a.contract_id = {params.add(contract_id)}"
    if region_id is not None:
        narrow += " AND " + _REGION.format(region=params.add(region_id))
    statement = _statement(params, decision, product_ids, prices, narrow)
    rows = await transaction.driver.fetch(statement, *params.values)
    offers: dict[UUID, list[Offer]] = {}
    for row in cast("Sequence[OfferRow]", cast("object", rows)):
        offers.setdefault(row["product_id"], []).append(to_offer(row))
    _admit(transaction, offers)
    return offers


async def read_best_offers(
    transaction: Transaction,
    decision: Decision,
    product_ids: Sequence[UUID],
    on: date,
    *,
    prices: Decision,
    most: int,
) -> dict[UUID, Few]:
    """Read the best few offers of each of these products, as ``read_offers`` ranks them."""
    if decision.is_empty or not product_ids:
        return {}
    params = Params(transaction.tenant_id, on)
    statement = _BEST.format(offers=_statement(params, decision, product_ids, prices, "true"), most=params.add(most))
    rows = await transaction.driver.fetch(statement, *params.values)
    found: dict[UUID, list[_RankedRow]] = {}
    for row in cast("Sequence[_RankedRow]", cast("object", rows)):
        found.setdefault(row["product_id"], []).append(row)
    best = {key: Few([to_offer(row) for row in many], many[0]["total"]) for key, many in found.items()}
    _admit(transaction, {key: few.offers for key, few in best.items()})
    return best


def _admit(transaction: Transaction, offers: Mapping[UUID, Sequence[Offer]]) -> None:
    """An offer is named by its agreement: whoever may see one may read the papers behind it."""
    transaction.admit("offer", *(one.agreement_id for many in offers.values() for one in many))


def _statement(
    params: Params, decision: Decision, product_ids: Sequence[UUID], prices: Decision | None, narrow: str
) -> str:
    return _OFFERS.format(
        abroad=ABROAD,
        priced_at=CONFIRMED.format("r.synced_at"),
        counted_at=CONFIRMED.format("k.as_of"),
        agreement=AGREEMENT,
        live=LIVE,
        sellable=SELLABLE,
        priced=PRICED,
        products=params.add(list(product_ids)),
        allowed=params.allow(decision),
        price="r.amount" if prices is None else f"CASE WHEN {params.allow(prices)} THEN r.amount END",
        narrow=narrow,
    )


def to_offer(row: OfferRow) -> Offer:
    """Make an offer of a row."""
    free, as_of = row["free"], row["as_of"]
    return Offer(
        product_id=row["product_id"],
        agreement_id=row["agreement_id"],
        agreement_number=row["agreement_number"],
        contract_id=row["contract_id"],
        contract_number=row["contract_number"],
        partner_id=row["partner_id"],
        region_id=row["region_id"],
        warehouse_id=row["warehouse_id"],
        currency=row["currency"],
        price_list_id=row["price_list_id"],
        price=row["price"],
        price_version=row["price_version"],
        price_synced_at=row["price_synced_at"],
        discount_pct=row["discount_pct"],
        min_amount=row["min_amount"],
        vat_country=row["vat_country"],
        vat_regime=row["vat_regime"],
        stock=None if free is None or as_of is None else Stock(free, as_of),
    )
