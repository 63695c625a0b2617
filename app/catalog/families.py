"""What pages of the catalogue show again and again.

A list narrowed by typed words is not kept: nobody else asks for it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.caching.families import Family, Tag
from app.caching.rules import Bounds
from app.caching.shelf import read
from app.catalog.queries.cards import read_cards, read_keyed_cards
from app.catalog.queries.facets import read_counts
from app.catalog.queries.grades import GradeText, read_grade, read_siblings, read_standards
from app.catalog.queries.offers import read_best_offers
from app.catalog.queries.page import Keyset, read_page
from app.catalog.schemas import Counts, Filters, Hits, Offer, ProductCard, ProductKey, Rights, Row, Sort
from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError

_DICTIONARY: Final = Bounds(ttl_s=300, stale_s=300, error_s=3600)


class ListAsk(Struct, frozen=True, kw_only=True):
    """Which page of the list, for whom and on which day. ``partner_id`` is set where the reader belongs to a client."""

    rights: Rights
    partner_id: UUID | None
    today: date
    locale: str
    filters: Filters
    sort: Sort
    after: Keyset | None
    limit: int
    is_wide: bool
    hits: Hits | None = None


class Listed(Struct, frozen=True):
    """Counts and rows of one snapshot; ``last`` leads to the next page."""

    counts: Counts
    rows: Sequence[Row]
    last: Keyset | None


async def load_list(transaction: Transaction, ask: ListAsk) -> Listed:
    """Count, and read one page."""
    counts = await read_counts(transaction, ask.rights.offers, ask.filters, ask.hits, on=ask.today, locale=ask.locale)
    picked = await read_page(
        transaction,
        ask.rights,
        ask.filters,
        counts,
        on=ask.today,
        locale=ask.locale,
        sort=ask.sort,
        after=ask.after,
        limit=ask.limit,
        is_wide=ask.is_wide,
    )
    return Listed(counts, picked.rows, picked.last)


def offer_tags(partner_id: UUID | None) -> Sequence[Tag]:
    """What an offer is made of: goods, prices, papers, and what a warehouse can promise, by the portal's holds too."""
    return (("goods", None), ("prices", None), ("stock", None), ("terms", partner_id), ("clients", partner_id))


def rights_scope(rights: Rights) -> Sequence[str]:
    """Name what a reader of offers may see."""
    return (rights.offers.fingerprint, rights.prices.fingerprint, rights.stock.fingerprint)


# Staff see every client's offers; a page lists the best few of each package.
_OFFERS_EACH: Final = 20


class ProductSheet(Struct, frozen=True, kw_only=True):
    """Everything a product's page shows. ``offers`` are by product, best first (``best_first``).

    ``offers_total`` is how many offers the product itself has; staff see the best few of many.
    """

    card: ProductCard
    grade: GradeText
    packages: Sequence[ProductCard]  # other packages of the same grade that the reader is offered
    substitute: ProductCard | None
    offers: Mapping[UUID, Sequence[Offer]]
    offers_total: int


class SheetAsk(Struct, frozen=True):
    """Which product, for whom and on which day. ``partner_id`` is set where the reader belongs to a client."""

    rights: Rights
    partner_id: UUID | None
    today: date
    key: ProductKey


async def _load_sheet(transaction: Transaction, ask: SheetAsk) -> ProductSheet:
    rights = ask.rights
    card = (await read_keyed_cards(transaction, [ask.key])).get(ask.key)
    if card is None:
        raise NotFoundError
    packages = await read_siblings(transaction, card.grade_id)
    wanted = [*packages, card.substitute_id] if card.substitute_id else list(packages)
    few = await read_best_offers(transaction, rights.offers, wanted, ask.today, prices=rights.prices, most=_OFFERS_EACH)
    if card.id not in few:
        raise NotFoundError
    offers = {key: one.offers for key, one in few.items()}
    if rights.stock.is_empty:
        offers = {key: [replace(one, stock=None) for one in many] for key, many in offers.items()}
    cards = await read_cards(transaction, [one for one in wanted if one in offers])
    return ProductSheet(
        card=card,
        grade=await read(transaction, GRADES, card.grade_id),
        packages=[cards[one] for one in packages if one in cards and one != card.id],
        substitute=cards.get(card.substitute_id) if card.substitute_id else None,
        offers=offers,
        offers_total=few[card.id].total,
    )


LIST: Final = Family(
    "catalog",
    "synchronized",
    Listed,
    load_list,
    scope=lambda ask: (*rights_scope(ask.rights), ask.locale),
    parts=lambda ask: (ask.today, ask.filters, ask.sort, ask.after, ask.limit, ask.is_wide),
    tags=lambda ask: offer_tags(ask.partner_id),
    bounds=Bounds(ttl_s=60),
    owner=(9, 12),
)


async def _load_standards(transaction: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    return await read_standards(transaction, ids)


GRADES: Final = Family(
    "grade_texts",
    "lazy",
    GradeText,
    read_grade,
    scope=lambda _: (),
    parts=lambda grade_id: (grade_id,),
    bounds=_DICTIONARY,
    owner=(),
    is_near=True,
    is_common=True,
)
STANDARDS: Final = Family(
    "standards",
    "lazy",
    dict[UUID, str],
    _load_standards,
    scope=lambda _: (),
    parts=lambda ids: (sorted(ids),),
    bounds=_DICTIONARY,
    owner=(),
    is_near=True,
    is_common=True,
)

PRODUCTS: Final = Family(
    "products",
    "synchronized",
    ProductSheet,
    _load_sheet,
    scope=lambda ask: rights_scope(ask.rights),
    parts=lambda ask: (ask.today, ask.key),
    tags=lambda ask: offer_tags(ask.partner_id),
    bounds=Bounds(ttl_s=60),
    owner=(9, 12),
)

FAMILIES: Final = [LIST, PRODUCTS, GRADES, STANDARDS]
