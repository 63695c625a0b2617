"""Every page says of which moment its data of 1C:ERP is, and what works while some of it stands still."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.access.actors import CABINET_OF_ROLE
from app.cabinets.ages import LIMITS, ORDERS, PAGES, PRICES, STOCK, Age, ages_of
from app.cabinets.frames import banner
from app.cabinets.queries import Exchange
from app.infra.db.transaction import open_tenant_transaction
from tests.access.browsers import World
from tests.orders.shop import person

NOW = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
HOUR = timedelta(hours=1)
FACTS = Exchange(NOW)
ACTOR = person(1, "distributor_head", None, locale="ru")


def test_a_page_names_what_it_shows_and_a_page_without_data_of_the_erp_nothing() -> None:
    assert [one.shown for one in ages_of("/catalog/12", NOW, {})] == [PRICES, STOCK]
    assert [one.shown for one in ages_of("/orders", NOW, {})] == [ORDERS, PRICES, STOCK, LIMITS]
    assert ages_of("/profile", NOW, {}) == []
    assert ages_of("/catalog", None, {}) == []


def test_what_stands_still_has_the_age_at_which_it_stopped() -> None:
    prices, stock = ages_of("/catalog", NOW, {"prices": NOW - HOUR})
    assert (prices.moment, prices.is_behind) == (NOW - HOUR, True)
    assert (stock.moment, stock.is_behind) == (NOW, False)


def test_the_gravest_is_said_first_with_what_still_works() -> None:
    facts = replace(FACTS, held_at=NOW - HOUR)
    held = banner(facts, ACTOR, NOW)
    paused = banner(replace(facts, paused_at=NOW - HOUR), ACTOR, NOW)
    away = banner(replace(facts, paused_at=NOW - HOUR, away_since=NOW), ACTOR, NOW)
    assert held is not None
    assert paused is not None
    assert away is not None
    assert len({held.text, paused.text, away.text}) == 3
    assert banner(FACTS, ACTOR, NOW) is None


def test_a_stream_that_stands_still_is_told_only_where_it_is_shown() -> None:
    still = Age(PRICES, NOW - HOUR, is_behind=True)
    told = banner(FACTS, ACTOR, NOW, [still])
    assert told is not None
    assert told.tone == "info"
    assert banner(FACTS, ACTOR, NOW, [replace(still, moment=NOW - timedelta(minutes=4))]) is None
    assert banner(FACTS, ACTOR, NOW, [replace(still, is_behind=False)]) is None


@pytest.mark.parametrize("role", sorted(CABINET_OF_ROLE))
async def test_nobody_reads_the_age_of_what_they_may_not_see(world: World, role: str) -> None:
    async with open_tenant_transaction(world.portal.engines.staff, 1) as transaction:
        await transaction.driver.execute(
            "INSERT INTO erp_freshness (tenant_id, feed_at) VALUES (1, now())"
            " ON CONFLICT (tenant_id) DO UPDATE SET feed_at = now()"
        )
    browser = await world.signed_in(f"alatau/{role}")
    page = (await browser.get("/home")).text
    assert ("Лимиты и долги на " in page) == (role in SEES_LIMITS)


SEES_LIMITS = {
    "distributor_senior", "distributor_head", "direct_buyer_senior", "direct_buyer_head", "manager_full", "admin",
}  # fmt: skip


def test_every_page_of_the_table_begins_an_address() -> None:
    assert all("/" not in page for page in PAGES)
