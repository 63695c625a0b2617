"""The catalogue as a script reads it (CONTRACT, section 3)."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

import msgspec
import pytest
from msgspec import Struct

from tests.access.browsers import Browser
from tests.orders.shop import (
    BETA_ONLY,
    BUYER,
    CONTRACT,
    DRUM,
    LOGISTICIAN,
    MANAGER,
    PAIL,
    SECOND,
    STRANGER,
    open_shop,
    serve,
)
from tests.orders.site import Site, codes_of, open_site
from tests.support.databases import Database
from tests.support.waiting import run_apart

PRODUCTS = "/api/v1/catalog/products"


class Price(Struct, frozen=True):
    """What one unit costs."""

    currency: str
    net: Decimal
    synced_at: datetime


class Offered(Struct, frozen=True):
    """An offer, as far as these tests look."""

    contract_id: UUID
    price: Price | None = None
    stock: dict[str, str] | None = None


class Product(Struct, frozen=True):
    """One item."""

    id: UUID
    sku: str
    offers: list[Offered]
    offers_total: int


class Products(Struct, frozen=True):
    """One answer of the list."""

    items: list[Product]
    next: str | None
    total: int
    facets: dict[str, list[dict[str, str | int]]]


@pytest.fixture(scope="module")
async def site(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The whole portal on a shop."""
    run_apart(open_shop(module_database))
    shop = serve(module_database)
    async with open_site(shop, redis_url, tmp_path_factory.mktemp("portal")) as made:
        yield made
    await shop.close()


async def ask(browser: Browser, **words: str | int) -> Products:
    answer = await browser.get(PRODUCTS, params=words)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Products)


async def test_a_list_ends_where_it_ends(site: Site) -> None:
    buyer = await site.enter(BUYER)
    whole = await ask(buyer)
    assert (whole.next, whole.total) == (None, len(whole.items))
    exact = await ask(buyer, limit=whole.total)
    assert (exact.items, exact.next) == (whole.items, None)
    seen: list[Product] = []
    cursor: dict[str, str] = {}
    while True:
        page = await ask(buyer, limit=2, sort="sku", **cursor)
        seen += page.items
        if page.next is None:
            break
        assert len(page.items) == 2
        cursor = {"cursor": page.next}
    assert [one.sku for one in seen] == sorted(one.sku for one in whole.items)
    short = await ask(buyer, limit=whole.total - 1)
    assert short.next is not None
    assert len((await ask(buyer, cursor=short.next)).items) == 1


async def test_every_item_says_how_many_offers_it_has(site: Site) -> None:
    for person in (BUYER, MANAGER):
        browser = await site.enter(person)
        listed = {one.id: one for one in (await ask(browser)).items}
        for product in (DRUM, PAIL):
            one = msgspec.json.decode((await browser.get(f"{PRODUCTS}/{product}")).content, type=Product)
            assert one.offers_total == len(one.offers) == listed[product].offers_total, person.role
            assert one.offers[0] == listed[product].offers[0]
    buyers = msgspec.json.decode((await (await site.enter(BUYER)).get(f"{PRODUCTS}/{DRUM}")).content, type=Product)
    assert {one.contract_id for one in buyers.offers} == {CONTRACT, SECOND}


async def test_staff_are_told_how_many_offers_they_do_not_see(site: Site) -> None:
    await site.shop.change(
        "INSERT INTO agreements (tenant_id, id, partner_id, contract_id, number, name, segment_id, price_list_id,"
        " warehouse_id, discount_pct, status, src_version, src_label)"
        " SELECT tenant_id, gen_random_uuid(), partner_id, contract_id, 'M-' || n, 'More', segment_id, price_list_id,"
        " warehouse_id, 1, 'live', 1, 'a' FROM agreements, generate_series(1, 30) AS n"
        " WHERE contract_id = $1 AND number = (SELECT min(number) FROM agreements WHERE contract_id = $1)",
        CONTRACT,
    )
    manager = await site.enter(MANAGER)
    one = msgspec.json.decode((await manager.get(f"{PRODUCTS}/{PAIL}")).content, type=Product)
    assert (len(one.offers), one.offers_total >= 31) == (20, True)
    page = await manager.get(f"/catalog/{PAIL}")
    assert f"20 of {one.offers_total} shown" in page.text
    assert {item.offers_total for item in (await ask(manager)).items if item.id == PAIL} == {one.offers_total}


async def test_figures_are_as_old_as_the_last_answer_of_the_erp_that_had_nothing_newer(site: Site) -> None:
    buyer, said = await site.enter(BUYER), datetime(2031, 5, 4, 12, tzinfo=UTC)

    async def ages() -> set[datetime]:
        offers = [offer for one in (await ask(buyer)).items for offer in one.offers]
        counted = {datetime.fromisoformat(one.stock["as_of"]) for one in offers if one.stock}
        return counted | {one.price.synced_at for one in offers if one.price}

    told = "INSERT INTO erp_freshness (tenant_id, feed_at) SELECT id, $1 FROM tenants"
    try:
        await site.shop.change(told, said.replace(year=2001))
        assert min(await ages()).year > 2001  # what came later than that answer is younger
        await site.shop.change("DELETE FROM erp_freshness")
        await site.shop.change(told, said)
        assert await ages() == {said}
    finally:
        await site.shop.change("DELETE FROM erp_freshness")


async def test_a_page_is_found_by_number_as_by_id_and_only_by_whom_it_is_offered(site: Site) -> None:
    buyer = await site.enter(BUYER)
    rows = await site.shop.look("SELECT id, pos FROM products")
    number = {cast("UUID", row["id"]): cast("int", row["pos"]) for row in rows}
    by_number, by_id = [await buyer.get(f"/catalog/{key}") for key in (number[DRUM], DRUM)]
    assert (by_number.status_code, by_id.status_code) == (200, 200)
    assert headings(by_number.text) == headings(by_id.text) != []
    unseen = [number[BETA_ONLY], BETA_ONLY, 9_999_999, UUID(int=0xC5), 10**12, "-1", "1x", "٣"]
    answers = [await buyer.get(f"/catalog/{key}") for key in unseen]
    assert {one.status_code for one in answers} == {404}
    assert len({tuple(headings(one.text)) for one in answers}) == 1
    assert (await (await site.enter(STRANGER)).get(f"/catalog/{number[BETA_ONLY]}")).status_code == 200


def headings(page: str) -> list[str]:
    return re.findall("<h1>(.*?)</h1>", page)


async def test_a_right_that_is_missing_leaves_its_part_out(site: Site) -> None:
    page = await ask(await site.enter(LOGISTICIAN))
    assert page.items
    assert {offer.price for one in page.items for offer in one.offers} == {None}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"kind": "x" * 100}, ("kind", "text_too_long")),
        ({"contract": "5"}, ("contract", "wrong_type")),
        ({"mode": "by hand"}, ("mode", "not_a_choice")),
        ({"sort": "price"}, ("sort", "not_a_choice")),
        ({"colour": "red"}, ("colour", "unknown_field")),
        ({"cursor": "rubbish"}, ("cursor", "cursor_malformed")),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    site: Site, words: dict[str, str], told: tuple[str, str]
) -> None:
    answer = await (await site.enter(BUYER)).get(PRODUCTS, params=words)
    assert answer.status_code == 400
    assert told in codes_of(answer)


@pytest.mark.parametrize(
    ("locale", "kind", "package"),
    [("ru", "Масла", "Бочка"), ("kk", "Майлар", "Бөшке"), ("en", "Oils", "Drum")],
)
async def test_values_of_facets_are_named_in_the_readers_language(
    site: Site, locale: str, kind: str, package: str
) -> None:
    await site.shop.change("UPDATE users SET locale = $1", locale)
    facets = (await ask(await site.enter(BUYER))).facets
    await site.shop.change("UPDATE users SET locale = 'en'")
    labels = {name: {one["value"]: one["label"] for one in facets[name]} for name in ("kind", "package")}
    assert labels["kind"] == {"oil": kind}
    assert labels["package"]["drum"] == package
