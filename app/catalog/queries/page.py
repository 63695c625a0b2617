"""One page of products with their offers, in one statement: the bitmap proposes, rows decide.

Fifty products are picked first, in a materialised step, and only then joined. Many hits: walk the index of names
and look each product up in the mask. Few: fetch them by their ordinals and sort.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.catalog.queries.cards import CardRow, to_card
from app.catalog.queries.masks import bit_string, positions
from app.catalog.queries.offers import OfferRow, to_offer
from app.catalog.queries.scope import is_about_products
from app.catalog.queries.terms import ABROAD, AGREEMENT, CONFIRMED, LIVE, PRICED, SELLABLE, Params, uuids
from app.catalog.schemas import Counts, Filters, Rights, Row, Sort
from app.infra.db.transaction import Transaction

# Below so many hits fetching all of them beats walking: the square, because a walk gets longer as hits get rarer.
_WALK_FACTOR: Final = 14
WIDE_OFFERS: Final = 20

_SORT_KEYS: Final[dict[Sort, str]] = {"name": "p.sort_{locale}", "sku": 'p.sku COLLATE "C"'}

_PAGE: Final = """
WITH pg AS MATERIALIZED (
        -- Sideways, so that a walk stays on the index of names and only products that are taken are read.
        SELECT p.*, walk.sort_key FROM (
            SELECT p.id, {key} AS sort_key FROM products p
            WHERE p.tenant_id = $1 AND {proposed}{after} ORDER BY {key}, p.id LIMIT {limit}) AS walk
        CROSS JOIN LATERAL (SELECT * FROM products p WHERE p.tenant_id = $1 AND p.id = walk.id OFFSET 0) AS p),
    ag AS MATERIALIZED (
        SELECT {distinct} a.id, a.number, a.contract_id, c.number AS contract_number, a.partner_id, a.region_id,
            a.segment_id, a.warehouse_id, c.currency, a.price_list_id, a.discount_pct, a.min_amount, c.vat_country,
            c.vat_regime, {times} AS times, {abroad} AS abroad, {sees_price} AS sees_price, {sees_stock} AS sees_stock
        FROM {agreement} WHERE a.tenant_id = $1 AND {live} AND {where}{order})
SELECT p.id, p.pos AS number, p.grade_id, p.sku, p.old_skus,
    p.name_ru, p.name_kk, p.name_en, p.package, p.unit, p.volume_l,
    p.net_kg, p.gross_kg, p.pack_multiple, p.per_layer, p.per_pallet, p.is_bulk, false AS is_blocked, p.substitute_id,
    g.line_id, g.plant_id, g.kind, g.viscosity, g.standards, g.density, p.sort_key,
    (SELECT count(*) FROM pg) AS proposed,
    p.id AS product_id, a.id AS agreement_id, a.number AS agreement_number, a.contract_id, a.contract_number,
    a.partner_id, a.region_id, a.warehouse_id, a.currency, a.price_list_id,
    CASE WHEN a.sees_price{price} THEN r.amount END AS price,
    r.src_version AS price_version, {priced_at} AS price_synced_at, a.discount_pct, a.min_amount,
    a.vat_country, a.vat_regime,
    CASE WHEN a.sees_stock{stock} THEN k.erp_free - k.unreflected END AS free, {counted_at} AS as_of,
    {offers_total} AS offers_total, {place} AS place
FROM pg p
JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
CROSS JOIN ag a
JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
-- Sideways, so that the list's own index is used: the one by product reads all lists of a product.
CROSS JOIN LATERAL (
    SELECT r.amount, r.src_version, r.synced_at FROM prices r
    WHERE r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = p.id AND {priced} OFFSET 0) AS r
LEFT JOIN stock_levels k ON k.tenant_id = $1 AND k.product_id = p.id AND k.warehouse_id = a.warehouse_id
WHERE {sellable}{allowed}
"""
# Staff look across hundreds of clients: one agreement stands for all with the same goods at the same prices.
_ALIKE: Final = "a.segment_id, a.price_list_id"
_BEST: Final = (
    "a.abroad, a.currency, CASE WHEN a.sees_price{price} THEN r.amount * (100 - a.discount_pct) END, a.number, a.id"
)
_WIDE: Final = "SELECT * FROM ({page}) AS wide WHERE place <= {most}"


class Keyset(Struct, frozen=True):
    """The last row of the page before: its sort key and id."""

    key: str
    id: UUID


class Picked(Struct, frozen=True):
    """Rows of one page; ``last`` leads to the next, None when there is none."""

    rows: Sequence[Row]
    last: Keyset | None


class _PageRow(CardRow, OfferRow):
    sort_key: str
    proposed: int
    offers_total: int
    place: int


async def read_page(  # noqa: PLR0913 - one argument a question
    transaction: Transaction,
    rights: Rights,
    filters: Filters,
    counts: Counts,
    *,
    on: date,
    locale: str,
    sort: Sort,
    after: Keyset | None,
    limit: int,
    is_wide: bool,
) -> Picked:
    """Read up to ``limit`` products after a keyset; ``is_wide`` lists at most 20 offers of each and counts the rest."""
    if not counts.total:
        return Picked((), None)
    params = Params(transaction.tenant_id, on)
    key = _SORT_KEYS[sort].format(locale=locale)
    statement = _PAGE.format(
        key=key,
        proposed=_proposed(params, counts),
        after="" if after is None else f" AND ({key}, p.id) > ({params.add(after.key)}, {params.add(after.id)})",
        limit=params.add(limit + 1),
        abroad=ABROAD,
        priced_at=CONFIRMED.format("r.synced_at"),
        counted_at=CONFIRMED.format("k.as_of"),
        agreement=AGREEMENT,
        live=LIVE,
        sellable=SELLABLE,
        priced=PRICED,
        **_offer_parts(params, rights, filters, is_wide=is_wide),
    )
    if is_wide:
        statement = _WIDE.format(page=statement, most=params.add(WIDE_OFFERS))
    rows = await transaction.driver.fetch(statement, *params.values)
    return _picked(cast("Sequence[_PageRow]", cast("object", rows)), limit)


def _proposed(params: Params, counts: Counts) -> str:
    if counts.total**2 <= counts.sellable * _WALK_FACTOR:
        return f"p.pos = ANY ({params.add(positions(counts.mask))}::int[])"
    mask = bit_string(counts.mask)
    # Products newer than the mask lie beyond its end; they were not proposed.
    return f"p.pos < {params.add(len(counts.mask) * 8)} AND get_bit({params.add(mask)}::varbit, p.pos) = 1"


def _offer_parts(params: Params, rights: Rights, filters: Filters, *, is_wide: bool) -> dict[str, str]:
    where = ["true"]
    if filters.contract:
        where.append(f"a.contract_id = ANY ({params.add(uuids(filters.contract))}::uuid[])")
    if filters.agreement:
        where.append(f"a.id = ANY ({params.add(uuids(filters.agreement))}::uuid[])")
    # A decision that speaks of products can only be asked where the product is joined.
    late = {name: is_about_products(decision) for name, decision in _decisions(rights)}
    text = {name: params.allow(decision) for name, decision in _decisions(rights)}
    if not late["offers"]:
        where.append(text["offers"])
    price = f" AND ({text['prices']})" if late["prices"] else ""
    return {
        "where": " AND ".join(where),
        "allowed": f" AND {text['offers']}" if late["offers"] else "",
        "sees_price": "true" if late["prices"] else f"({text['prices']})",
        "price": price,
        "sees_stock": "true" if late["stock"] else f"({text['stock']})",
        "stock": f" AND ({text['stock']})" if late["stock"] else "",
        "distinct": f"DISTINCT ON ({_ALIKE})" if is_wide else "",
        "times": f"count(*) OVER (PARTITION BY {_ALIKE})" if is_wide else "1",
        "order": f" ORDER BY {_ALIKE}, a.discount_pct DESC, a.number, a.id" if is_wide else "",
        "offers_total": "sum(a.times) OVER (PARTITION BY p.id)" if is_wide else "count(*) OVER (PARTITION BY p.id)",
        "place": f"row_number() OVER (PARTITION BY p.id ORDER BY {_BEST.format(price=price)})",
    }


def _decisions(rights: Rights) -> tuple[tuple[str, Decision], ...]:
    return (("offers", rights.offers), ("prices", rights.prices), ("stock", rights.stock))


def may_be_wide(rights: Rights) -> bool:
    """Whether agreements with the same goods and prices are the same to this reader."""
    return not any(is_about_products(decision) for _, decision in _decisions(rights))


def _picked(rows: Sequence[_PageRow], limit: int) -> Picked:
    grouped: dict[UUID, list[_PageRow]] = {}
    for row in rows:
        grouped.setdefault(row["id"], []).append(row)
    products = sorted(grouped.values(), key=lambda offers: (offers[0]["sort_key"], offers[0]["id"]))
    shown = [
        Row(
            card=to_card(offers[0]),
            offers=[to_offer(one) for one in sorted(offers, key=lambda one: one["place"])],
            offers_total=int(offers[0]["offers_total"]),
        )
        for offers in products[:limit]
    ]
    if not shown or rows[0]["proposed"] <= limit:
        return Picked(shown, None)
    last = products[:limit][-1][0]
    return Picked(shown, Keyset(last["sort_key"], last["id"]))
