"""Amounts of two currencies are never compared: home first, then currency by currency."""

from decimal import Decimal
from uuid import UUID

import asyncpg

from app.access.decisions import Conjunction
from app.catalog.queries.facets import read_counts
from app.catalog.queries.offers import read_best_offers, read_offers
from app.catalog.queries.page import read_page
from app.catalog.schemas import Filters, Offer
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.money import HOME_CURRENCIES, MINOR_DIGITS
from tests.catalog.conftest import Shelf
from tests.catalog.factory import TODAY
from tests.catalog.people import all_rights, may

EVERYTHING = may(Conjunction())
# A world of three kinds of contract: in the country's own money, in dollars, and in tenge abroad.
_MIX = """
    UPDATE price_lists SET currency = 'USD' WHERE tenant_id = 1 AND id IN
        (SELECT id FROM price_lists WHERE tenant_id = 1 ORDER BY id LIMIT 3);
    UPDATE contracts SET currency = 'USD' WHERE tenant_id = 1 AND id IN
        (SELECT id FROM contracts WHERE tenant_id = 1 ORDER BY number LIMIT 3);
    UPDATE contracts SET vat_country = 'RU' WHERE tenant_id = 1 AND id IN
        (SELECT id FROM contracts WHERE tenant_id = 1 ORDER BY number DESC LIMIT 2);
"""


def _place(offer: Offer) -> tuple[bool, str, Decimal, str]:
    assert offer.price is not None
    cost = offer.price * (100 - offer.discount_pct)
    return HOME_CURRENCIES.get(offer.vat_country) != offer.currency, offer.currency, cost, offer.agreement_number


async def test_offers_stand_by_currency_and_only_then_by_price(own_shelf: Shelf) -> None:
    connection = await asyncpg.connect(own_shelf.database.superuser_url)
    await connection.execute(_MIX)
    await connection.close()
    async with open_tenant_transaction(own_shelf.staff, 1, read_only=True) as transaction:
        counts = await read_counts(transaction, EVERYTHING, Filters(), None, on=TODAY, locale="ru")
        picked = await read_page(
            transaction,
            all_rights(EVERYTHING),
            Filters(),
            counts,
            on=TODAY,
            locale="ru",
            sort="name",
            after=None,
            limit=500,
            is_wide=False,
        )
        products = [row.card.id for row in picked.rows]
        read = await read_offers(transaction, EVERYTHING, products, TODAY)
        best = await read_best_offers(transaction, EVERYTHING, products, TODAY, prices=EVERYTHING, most=2)
    _check({row.card.id: list(row.offers) for row in picked.rows})
    _check(read)
    assert {key: list(few.offers) for key, few in best.items()} == {key: offers[:2] for key, offers in read.items()}


def _check(offers: dict[UUID, list[Offer]]) -> None:
    for many in offers.values():
        assert many == sorted(many, key=_place)
    bare = [min(many, key=lambda one: _place(one)[2]) for many in offers.values()]
    fooled = [one for one, many in zip(bare, offers.values(), strict=True) if one != many[0]]
    assert {one.currency for many in offers.values() for one in many} == {"KZT", "USD"}
    assert fooled, "a world in which the bare amount would not mislead proves nothing"


def test_every_home_has_a_currency_that_is_traded() -> None:
    assert set(HOME_CURRENCIES.values()) <= set(MINOR_DIGITS)
