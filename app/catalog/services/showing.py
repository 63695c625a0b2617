"""One product: what it is, how else it is packed, what it costs the reader, what may replace it."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.caching.shelf import read
from app.catalog.families import GRADES
from app.catalog.queries.cards import read_cards, read_keyed_cards
from app.catalog.queries.grades import GradeText, read_siblings
from app.catalog.queries.offers import read_best_offers
from app.catalog.schemas import Offer, ProductCard, ProductKey
from app.catalog.services.listing import Reader
from app.kernel.errors import NotFoundError

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


async def show_product(reader: Reader, key: ProductKey) -> ProductSheet:
    """Read one product, in five statements.

    Raises:
        NotFoundError: none the reader is offered, whether or not it exists.
    """
    transaction, rights = reader.transaction, reader.rights
    card = (await read_keyed_cards(transaction, [key])).get(key)
    if card is None:
        raise NotFoundError
    packages = await read_siblings(transaction, card.grade_id)
    wanted = [*packages, card.substitute_id] if card.substitute_id else list(packages)
    few = await read_best_offers(
        transaction, rights.offers, wanted, reader.today, prices=rights.prices, most=_OFFERS_EACH
    )
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
