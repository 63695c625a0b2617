"""Who hears what: an intent becomes entries for those whose rights allow it, once, in their language."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from app.access.subjects import Subject
from app.access.terms import Facts
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.i18n.wording import N_
from app.notifications.jobs import Telling, fan_out
from app.notifications.notices import Notice
from app.notifications.services import Audience, notify
from tests.access.browsers import Browser, World, read
from tests.access.people import known_id

AUTHOR, HEAD, STRANGER = "alatau/distributor_manager", "alatau/distributor_head", "alatau/direct_buyer_head"
KEEPER, FAR = "alatau/manager_full", "alatau/manager_full/2"
REGION = known_id("region")
ORDER = UUID(int=77)


async def order_facts(_transaction: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Facts]:
    """One order everybody knows of, written by the author."""
    client, author = known_id("alatau", "distributor", ""), known_id(AUTHOR, "user")
    return {one: Facts(reg=REGION, org=client, author=author) for one in ids if one == ORDER}


NOTICES = [
    Notice("probe.done", N_("Saved"), N_("There are no orders yet."), "/orders/{id}", tone="ok"),
    Notice("probe.ask", N_("Saved"), "%(number)s: %(text)s", "/orders/{id}", tells_managers=True, is_mailed=False),
    Notice("probe.words", N_("Saved"), "", "/orders/{id}", text_of=lambda locale, params: f"{locale}/{params['n']}"),
]
TELLING = Telling(NOTICES, [Subject("order", "order", order_facts)])


async def tell(world: World, kind: str, *, author: str = AUTHOR, order: UUID = ORDER, **params: str) -> None:
    """Tell as a room does, then let the worker do its part."""
    client = world.people[AUTHOR].partner_id
    audience = Audience(partner_id=client, author_id=world.people[author].user_id, region_id=REGION)
    async with open_tenant_transaction(world.portal.engines.staff, 1) as transaction:
        await notify(transaction, audience, kind, "order", order, params)
    await deliver(world)


async def deliver(world: World) -> None:
    while True:
        async with open_tenant_transaction(world.portal.engines.staff, 1) as transaction:
            if not await fan_out(transaction, TELLING):
                return


async def entries(world: World, key: str) -> list[asyncpg.Record]:
    return await world.fetch(
        "SELECT * FROM notifications WHERE user_id = $1 ORDER BY created_at", world.people[key].user_id
    )


@pytest.fixture(autouse=True)
async def silence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.portal.bell, "_notices", TELLING.notices)
    await world.execute("DELETE FROM notifications; DELETE FROM outbox; DELETE FROM live_events")
    await world.execute(
        "UPDATE memberships SET regions = $1 WHERE id = $2", [REGION], world.people[KEEPER].membership_id
    )


async def test_the_author_hears_and_others_do_not(world: World) -> None:
    await tell(world, "probe.done")
    assert [len(await entries(world, key)) for key in (AUTHOR, HEAD, STRANGER, KEEPER)] == [1, 0, 0, 0]


async def test_the_heads_hear_where_the_author_is_gone(world: World) -> None:
    await tell(world, "probe.done", author="hantengri/admin")
    assert [len(await entries(world, key)) for key in (AUTHOR, HEAD, STRANGER)] == [0, 1, 0]


async def test_managers_of_the_region_hear_what_needs_a_decision(world: World) -> None:
    await tell(world, "probe.ask", number="P-1", text="no credit")
    assert [len(await entries(world, key)) for key in (AUTHOR, KEEPER, FAR, STRANGER)] == [1, 1, 0, 0]


async def test_rights_are_asked_when_it_is_told_not_when_it_happened(world: World) -> None:
    await world.execute("UPDATE users SET disabled_at = now() WHERE id = $1", world.people[AUTHOR].user_id)
    await tell(world, "probe.done")
    assert await entries(world, AUTHOR) == []
    await world.execute("UPDATE users SET disabled_at = NULL")


async def test_nobody_hears_of_an_object_that_is_gone(world: World) -> None:
    await tell(world, "probe.done", order=uuid4())
    assert await world.fetch("SELECT FROM notifications") == []


async def test_nobody_hears_twice_whoever_does_the_telling(world: World) -> None:
    client = world.people[AUTHOR].partner_id
    audience = Audience(partner_id=client, author_id=world.people[AUTHOR].user_id)
    async with open_tenant_transaction(world.portal.engines.staff, 1) as transaction:
        for _ in range(5):
            await notify(transaction, audience, "probe.done", "order", ORDER, {})
    # The first worker dies after its work and before its commit.
    with suppress(ZeroDivisionError):
        async with open_tenant_transaction(world.portal.engines.staff, 1) as transaction:
            await fan_out(transaction, TELLING)
            raise ZeroDivisionError
    assert await entries(world, AUTHOR) == []
    await deliver(world)
    await deliver(world)
    assert len(await entries(world, AUTHOR)) == 5


async def test_without_its_transaction_nothing_is_told(world: World) -> None:
    audience = Audience(partner_id=world.people[AUTHOR].partner_id, author_id=world.people[AUTHOR].user_id)
    with suppress(ZeroDivisionError):
        async with open_tenant_transaction(world.portal.engines.staff, 1) as transaction:
            await notify(transaction, audience, "probe.done", "order", ORDER, {})
            raise ZeroDivisionError
    await deliver(world)
    assert await entries(world, AUTHOR) == []


async def test_one_bad_piece_of_news_does_not_silence_the_others(world: World) -> None:
    await world.execute(
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body)"
        " VALUES (1, gen_random_uuid(), 'notify', 'bad', 'probe.done', '{\"nonsense\": 1}')"
    )
    await tell(world, "probe.done")
    assert len(await entries(world, AUTHOR)) == 1
    found = await world.fetch("SELECT stage FROM outbox WHERE aggregate = 'bad'")
    stages = {str(cast("object", row["stage"])) for row in found}
    assert stages == {"dead"}


async def test_the_bell_rings_on_the_open_page(world: World) -> None:
    await tell(world, "probe.done")
    rows = await world.fetch("SELECT user_id, data::text AS data FROM live_events")
    heard = [
        (cast("UUID", row["user_id"]), msgspec.json.decode(cast("str", row["data"]), type=dict[str, object]))
        for row in rows
    ]
    assert heard == [(world.people[AUTHOR].user_id, {"unread": 1, "toast": "Сохранено", "tone": "ok"})]


# --- reading


async def items(browser: Browser, query: str = "") -> dict[str, object]:
    answer = await browser.get(f"/api/v1/notifications{query}")
    assert answer.status_code == 200
    return read(answer)


async def test_news_is_worded_in_the_readers_language_and_never_read_as_a_template(world: World) -> None:
    nasty = "{{7*7}} ${7*7} {%x%} %(number)s <script>alert(1)</script>"
    await tell(world, "probe.ask", number="P-1", text=nasty)
    browser = await world.signed_in(AUTHOR)
    found = cast("list[dict[str, str]]", (await items(browser))["items"])
    assert [(one["title"], one["text"]) for one in found] == [("Сохранено", f"P-1: {nasty}")]
    page = await browser.get("/notifications")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "{{7*7}}" in page.text


async def test_a_room_may_word_its_news_itself(world: World) -> None:
    await tell(world, "probe.words", n="4")
    browser = await world.signed_in(AUTHOR)
    assert cast("list[dict[str, str]]", (await items(browser))["items"])[0]["text"] == "ru/4"


async def test_pages_are_complete_and_totals_exact(world: World) -> None:
    for _ in range(7):
        await tell(world, "probe.done")
    browser = await world.signed_in(AUTHOR)
    seen: list[str] = []
    cursor = ""
    while True:
        found = await items(browser, f"?limit=3{cursor}")
        assert (found["total"], found["unread"]) == (7, 7)
        seen += [one["id"] for one in cast("list[dict[str, str]]", found["items"])]
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    assert len(seen) == len(set(seen)) == 7


async def test_reading_one_and_reading_all(world: World) -> None:
    for _ in range(3):
        await tell(world, "probe.done")
    browser = await world.signed_in(AUTHOR)
    first = cast("list[dict[str, str]]", (await items(browser))["items"])[0]["id"]
    for expected in ({"marked": 1, "unread": 2}, {"marked": 0, "unread": 2}):
        assert read(await browser.post(f"/api/v1/notifications/{first}/read")) == expected
    assert (await items(browser, "?unread=true"))["total"] == 2
    assert read(await browser.post("/api/v1/notifications/read")) == {"marked": 2, "unread": 0}


async def test_opening_leads_to_the_object_and_marks_as_read(world: World) -> None:
    await tell(world, "probe.done")
    browser = await world.signed_in(AUTHOR)
    entry = cast("list[dict[str, str]]", (await items(browser))["items"])[0]["id"]
    answer = await browser.post(f"/notifications/{entry}/open")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{ORDER}")
    assert (await items(browser))["unread"] == 0


async def test_anothers_news_is_not_found(world: World) -> None:
    await tell(world, "probe.done")
    entry = cast("UUID", (await entries(world, AUTHOR))[0]["id"])
    for key in (HEAD, STRANGER, "hantengri/distributor_manager"):
        browser = await world.signed_in(key)
        assert (await items(browser))["total"] == 0
        for answer in (
            await browser.get(f"/api/v1/notifications/{entry}"),
            await browser.post(f"/api/v1/notifications/{entry}/read"),
            await browser.post(f"/notifications/{entry}/open"),
        ):
            assert answer.status_code == 404
    assert (await entries(world, AUTHOR))[0]["read_at"] is None


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiJd", "%00", "W10", "a" * 600])
async def test_an_invented_cursor_is_a_problem(world: World, cursor: str) -> None:
    browser = await world.signed_in(AUTHOR)
    assert (await browser.get(f"/api/v1/notifications?cursor={cursor}")).status_code == 400


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000", "x", "٣"])
async def test_a_page_has_a_size(world: World, limit: str) -> None:
    browser = await world.signed_in(AUTHOR)
    assert (await browser.get(f"/api/v1/notifications?limit={limit}")).status_code == 400
