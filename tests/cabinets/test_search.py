"""The search of the top bar costs the same few statements whatever it finds."""

from collections.abc import AsyncIterator

import pytest
from asyncpg.connection import LoggedQuery

from app.asgi import SEARCHERS
from app.cabinets.ports import Ask, SearchGroup
from app.cabinets.services.catalog_part import CatalogSearch
from tests.orders.shop import BUYER, HEAD, Shop, open_shop, serve
from tests.support.databases import Database
from tests.support.waiting import run_apart
from tests.support.wire import wire_of

_MOST = 3  # of one room


@pytest.fixture(scope="module")
async def shop(module_database: Database) -> AsyncIterator[Shop]:
    """An open shop."""
    run_apart(open_shop(module_database))
    made = serve(module_database, pool_size=1)
    yield made
    await made.close()


async def look(shop: Shop, text: str) -> tuple[SearchGroup | None, list[str]]:
    seen: list[str] = []

    def note(record: LoggedQuery) -> None:
        seen.append(record.query)

    async with shop.desk(HEAD) as desk:
        ask = Ask(desk.transaction, desk.actor, desk.policy)
        await CatalogSearch().find(ask, text)  # rights are compiled at their first use
        seen.clear()
        with (await wire_of(desk.transaction)).query_logger(note):
            group = await CatalogSearch().find(ask, text)
    return group, seen


async def test_one_or_many_cost_the_same_statements(shop: Shop) -> None:
    one, few = await look(shop, "AL-5W40-020")
    many, more = await look(shop, "AL-")
    assert one is not None
    assert many is not None
    assert (len(one.hits), len(many.hits)) == (1, 5)
    assert len(few) == len(more) == _MOST


async def test_a_finding_names_the_product_as_the_reader_reads_it(shop: Shop) -> None:
    group, _ = await look(shop, "OLD-1")
    assert group is not None
    [hit] = group.hits
    assert (hit.title, hit.text) == ("Goods 1", "AL-5W40-020 · OLD-1 · Canister")
    assert (group.title, group.all_href) == ("Products", "/catalog?q=OLD-1")


async def test_what_is_only_similar_is_left_to_the_catalogue(shop: Shop) -> None:
    assert (await look(shop, "AL-5W40-021"))[0] is None


async def test_the_application_asks_the_catalogue_too(shop: Shop) -> None:
    assert any(isinstance(one, CatalogSearch) for one in SEARCHERS)
    async with shop.desk(BUYER) as desk:
        ask = Ask(desk.transaction, desk.actor, desk.policy)
        groups = [await one.find(ask, "AL-5W30-205") for one in SEARCHERS]
    assert [len(group.hits) for group in groups if group is not None] == [0, 1]
