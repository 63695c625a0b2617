"""The real portal on a real database and a real Valkey: what pages show is never older than the database."""

import re
from collections.abc import AsyncIterator
from typing import Final, cast
from uuid import UUID, uuid4

import pytest

from app.caching.jobs import Carrier
from app.caching.keys import Fence
from app.caching.store import AwayError, RedisStore
from app.infra.metrics import REGISTRY
from tests.access.browsers import Browser, World, read
from tests.access.people import known_id

HEAD, COLLEAGUE, STRANGER = "alatau/distributor_head", "alatau/distributor_manager", "alatau/direct_buyer_head"
BELL: Final = re.compile(r'id="bell-count"[^>]*>([0-9]+)<')
CLIENT: Final = known_id("alatau", "distributor", "")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks of one machine agree: what is read right after a floor was laid may be kept."""
    monkeypatch.setattr("app.caching.rules.SKEW_MS", 0)


@pytest.fixture
async def carrier(world: World, redis_url: str) -> AsyncIterator[Carrier]:
    """The worker's part, to be done when a test says so."""
    made = Carrier(world.portal.engines.staff, RedisStore(redis_url, patience_s=2.0))
    yield made
    await made.close()


def counted(family: str, outcome: str) -> float:
    labels = {"family": family, "tenant": "1", "outcome": outcome}
    return REGISTRY.get_sample_value("karavan_cache_total", labels) or 0.0


async def tell(world: World, key: str, kind: str = "probe") -> UUID:
    """Ring the bell of somebody, as another room would."""
    person, entry = world.people[key], uuid4()
    await world.execute(
        "INSERT INTO notifications (tenant_id, id, user_id, partner_id, kind, object_kind, object_id, params)"
        " VALUES (1, $1, $2, $3, $4, 'order', $1, '{}')",
        *(entry, person.user_id, person.partner_id, kind),
    )
    return entry


async def unread(browser: Browser) -> int:
    return cast("int", read(await browser.get("/api/v1/notifications"))["unread"])


async def on_the_bell(browser: Browser) -> int:
    """How much is unread, as the shell of any page says."""
    found = BELL.search((await browser.get("/profile/password")).text)
    assert found is not None
    return int(found[1])


async def waiting(world: World) -> int:
    (row,) = await world.fetch("SELECT count(*)::int AS n FROM cache_marks WHERE tenant_id = 1")
    return cast("int", row["n"])


async def warm(browser: Browser, expected: int) -> None:
    """Read until a page is answered from what was kept."""
    for _ in range(20):
        before = counted("news", "hit")
        assert await unread(browser) == expected
        if counted("news", "hit") > before:
            return
    pytest.fail("nothing is ever kept")


async def test_news_is_on_the_next_page_before_and_after_redis_hears_of_it(world: World, carrier: Carrier) -> None:
    browser = await world.signed_in(HEAD)
    await carrier.once(1)
    start = await unread(browser)
    await warm(browser, start)
    await tell(world, HEAD)
    assert await waiting(world) == 1
    assert await unread(browser) == start + 1, "nobody has told Redis: the mark is enough"
    await carrier.once(1)
    assert await waiting(world) == 0
    await warm(browser, start + 1)


async def test_whoever_marks_everything_as_read_sees_it_read(world: World, carrier: Carrier) -> None:
    browser = await world.signed_in(COLLEAGUE)
    await tell(world, COLLEAGUE)
    await carrier.once(1)
    await warm(browser, await unread(browser))
    assert (await browser.post("/api/v1/notifications/read")).is_success
    assert await unread(browser) == 0


async def test_floors_stand_above_a_change_before_its_writer_is_answered(world: World, carrier: Carrier) -> None:
    browser = await world.signed_in(COLLEAGUE)
    await tell(world, COLLEAGUE)
    await carrier.once(1)
    await warm(browser, await unread(browser))
    assert (await browser.post("/api/v1/notifications/read")).is_success
    await world.execute("DELETE FROM cache_marks")  # nothing but the floors can tell now
    assert await unread(browser) == 0


async def test_a_writer_that_dies_between_commit_and_floors_leaves_the_mark_and_that_is_enough(
    world: World, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in(COLLEAGUE)
    await tell(world, COLLEAGUE)
    await carrier.once(1)
    await warm(browser, await unread(browser))

    async def nothing(*_: object) -> None:
        return

    with monkeypatch.context() as dying:
        dying.setattr("app.caching.telling.Teller.tell", nothing)
        assert (await browser.post("/api/v1/notifications/read")).is_success
    assert await waiting(world) > 0
    assert await unread(browser) == 0
    await carrier.once(1)
    assert await unread(browser) == 0
    await warm(browser, 0)


async def test_an_order_is_on_the_list_at_once_and_the_shell_counts_its_news(world: World, carrier: Carrier) -> None:
    browser = await world.signed_in(HEAD)
    await carrier.once(1)
    for family, place in (("boards", "/api/v1/orders"), ("mine", "/profile/password")):
        before = counted(family, "hit")
        for _ in range(20):
            await browser.get(place)
        assert counted(family, "hit") > before, f"{family}: nothing is ever kept"
    first = cast("int", read(await browser.get("/api/v1/orders"))["total"])
    made = await browser.post("/api/v1/orders", json={})
    assert made.status_code == 201, made.text
    assert read(await browser.get("/api/v1/orders"))["total"] == first + 1
    start = await on_the_bell(browser)
    await tell(world, HEAD)
    assert await on_the_bell(browser) == start + 1


async def test_a_worker_that_dies_between_its_steps_does_them_again(
    world: World, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in(HEAD)
    await carrier.once(1)
    start = await unread(browser)
    await warm(browser, start)
    await tell(world, HEAD)

    async def die(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as dying:
        dying.setattr("app.caching.jobs.end_waiting", die)
        with pytest.raises(ConnectionResetError):
            await carrier.once(1)
    assert await waiting(world) == 1
    assert await unread(browser) == start + 1
    await carrier.once(1)
    assert await waiting(world) == 0
    await warm(browser, start + 1)


async def test_marks_wait_while_redis_is_away_and_pages_stay_right(
    world: World, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in(HEAD)
    await carrier.once(1)
    start = await unread(browser)
    await warm(browser, start)

    async def away(*_: object) -> None:
        raise AwayError

    with monkeypatch.context() as cut:
        cut.setattr(RedisStore, "raise_floors", away)
        await tell(world, HEAD)
        assert not await carrier.once(1)
        cut.setattr(RedisStore, "get_many", away)
        assert await unread(browser) == start + 1
    assert await unread(browser) == start + 1
    assert await waiting(world) == 1


async def test_more_changes_than_anybody_names_mean_reading_from_the_database(world: World, carrier: Carrier) -> None:
    browser = await world.signed_in(HEAD)
    await carrier.once(1)
    start = await unread(browser)
    for _ in range(201):
        await world.execute("INSERT INTO cache_marks (tenant_id, tag) VALUES (1, 'goods')")
    before = counted("news", "bypass")
    assert await unread(browser) == start
    assert counted("news", "bypass") == before + 1
    await carrier.once(1)


async def test_nobody_is_given_the_news_of_somebody_else(world: World, carrier: Carrier) -> None:
    mine, theirs = await world.signed_in(HEAD), await world.signed_in(STRANGER)
    await carrier.once(1)
    other = await unread(theirs)
    await tell(world, HEAD)
    await carrier.once(1)
    await warm(mine, await unread(mine))
    assert await unread(theirs) == other


async def test_a_contract_that_changed_is_changed_on_the_next_page_of_its_client(
    world: World, carrier: Carrier
) -> None:
    browser = await world.signed_in(HEAD)
    await carrier.once(1)
    for _ in range(3):
        await browser.get("/api/v1/organisations")
    before = counted("organisations", "hit")
    assert "Renamed" not in (await browser.get("/api/v1/organisations")).text
    assert counted("organisations", "checked") + counted("organisations", "hit") > before
    await world.execute("UPDATE partners SET name = 'Renamed' WHERE id = $1", CLIENT)
    assert "Renamed" in (await browser.get("/api/v1/organisations")).text


async def test_a_change_names_its_object_and_a_large_one_the_whole_collection(world: World) -> None:
    await world.execute("DELETE FROM cache_marks")
    await world.execute("UPDATE partners SET name = name WHERE id = $1", CLIENT)
    rows = await world.fetch("SELECT tag, object FROM cache_marks WHERE tenant_id = 1")
    assert [(row["tag"], row["object"]) for row in rows] == [("clients", CLIENT)]
    await world.execute("DELETE FROM cache_marks")
    await world.execute(
        "INSERT INTO notifications (tenant_id, id, user_id, partner_id, kind, object_kind, object_id, params)"
        " SELECT 1, gen_random_uuid(), gen_random_uuid(), NULL, 'probe', 'order', gen_random_uuid(), '{}'"
        " FROM generate_series(1, 21)"
    )
    rows = await world.fetch("SELECT tag, object FROM cache_marks WHERE tenant_id = 1")
    assert [(row["tag"], row["object"]) for row in rows] == [("bell", None)]
    await world.execute("DELETE FROM cache_marks")


async def test_a_transaction_marks_once_and_again_after_a_savepoint_it_gave_up(world: World) -> None:
    await world.execute("DELETE FROM cache_marks")
    change = f"UPDATE partners SET name = name WHERE id = '{CLIENT}'"
    await world.execute(f"BEGIN; SAVEPOINT s; {change}; ROLLBACK TO s; {change}; {change}; COMMIT")
    rows = await world.fetch("SELECT tag, object FROM cache_marks WHERE tenant_id = 1")
    assert [(row["tag"], row["object"]) for row in rows] == [("clients", CLIENT)]
    everybody = "UPDATE partners SET name = name WHERE tenant_id = 1"
    await world.execute(f"BEGIN; UPDATE products SET sku = sku WHERE tenant_id = 1; {change}; {everybody}; COMMIT")
    rows = await world.fetch("SELECT object FROM cache_marks WHERE tenant_id = 1 AND tag = 'clients'")
    assert CLIENT in {row["object"] for row in rows}
    await world.execute("DELETE FROM cache_marks")


def test_floors_of_two_tenants_have_nothing_in_common() -> None:
    one, other = Fence(1, "realm"), Fence(11, "realm")
    assert one.floor("terms") != other.floor("terms")
    assert one.floor("terms", CLIENT).startswith("{t1}:")
