"""The page of the audit trail: who may read it, what narrows it, and how a change reads."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from app.admin.queries import audit as queries
from tests.access.browsers import Browser, World, open_world, read
from tests.access.people import known_id
from tests.admin.trails import IN_TENANT, Deed, put
from tests.support.databases import Database
from tests.support.statements import watching

THEN = datetime(2026, 3, 7, 9, 30, 15, tzinfo=UTC)
ORDER = known_id("order", "1")
CHANGE = Deed(
    action="order.submitted",
    object_id=ORDER,
    name="P-2026-0000118",
    before={"state": "draft", "gross": "1500.5", "shared": False},
    after={"state": "submitted", "gross": "18566809", "shared": True},
    detail={"currency": "KZT", "reason": "До конца месяца"},
    at=THEN,
)


@pytest.fixture
async def world(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database, redis_url, tmp_path) as opened:
        await opened.execute("UPDATE users SET locale = 'ru'")
        yield opened


@pytest.fixture
async def admin(world: World) -> Browser:
    return await world.signed_in("alatau/admin")


async def items(browser: Browser, **asked: str) -> list[Mapping[str, object]]:
    answer = await browser.get("/api/v1/audit", params=asked)
    assert answer.status_code == 200, answer.text
    return cast("list[Mapping[str, object]]", read(answer)["items"])


async def test_a_change_reads_as_before_and_after(world: World, admin: Browser) -> None:
    head, deputy = world.people["alatau/distributor_head"], world.people["alatau/distributor_manager"]
    deed = Deed(
        actor=deputy,
        behalf=head,
        object_id=CHANGE.object_id,
        name=CHANGE.name,
        before=CHANGE.before,
        after=CHANGE.after,
        detail=CHANGE.detail,
        at=THEN,
    )
    await put(world, deed)
    page = (await admin.get("/audit", params={"kind": "order"})).text
    for words in (
        "7 марта 2026", "14:30", "07.03.2026, 14:30:15", "Заказ отправлен", "P-2026-0000118", "от имени:",
        "<del>Черновик</del>", "<ins>Отправлен</ins>",
        "<del>1\xa0500,50\xa0₸</del>", "<ins>18\xa0566\xa0809,00\xa0₸</ins>",
        "<del>нет</del>", "<ins>да</ins>", "До конца месяца", "203.0.113.7", "Firefox, Windows", "1 действие",
    ):  # fmt: skip
        assert words in page, words
    [one] = await items(admin, kind="order")
    assert one["before"] == {"state": "draft", "gross": "1500.5", "shared": False}
    assert cast("Mapping[str, str]", one["actor"])["id"] == str(deputy.user_id)
    assert cast("Mapping[str, str]", one["on_behalf_of"])["id"] == str(head.user_id)
    assert one["seal"] is None


async def test_each_filter_narrows_and_all_together_too(world: World, admin: Browser) -> None:
    head, manager = world.people["alatau/distributor_head"], world.people["alatau/manager_full"]
    await put(
        world,
        CHANGE,
        Deed(actor=head, action="order.archived", name="P-7", at=THEN + timedelta(days=1)),
        Deed(actor=manager, behalf=head, action="order.shared", name="P-8", at=THEN + timedelta(days=2)),
        Deed(actor=manager, action="token.made", kind="token", after={"label": "Склад"}, at=THEN + timedelta(days=3)),
    )

    async def found(**asked: str) -> list[object]:
        rows = await items(admin, until="2026-03-31", **asked)
        return [row["action"] for row in rows]

    everything = ["token.made", "order.shared", "order.archived", "order.submitted"]
    assert await found() == everything
    assert await found(q="склад") == ["token.made"]
    assert await found(q="p-2026-00001") == ["order.submitted"]
    assert await found(q=str(ORDER)) == ["order.submitted"]
    assert await found(q="%") == []
    assert await found(person=str(head.user_id)) == ["order.shared", "order.archived"]
    assert await found(person=head.login.upper()[:12]) == ["order.shared", "order.archived"]
    assert await found(person="nobody at all") == []
    assert await found(action="order.shared") == ["order.shared"]
    assert await found(kind="order") == everything[1:]
    assert await found(object=str(ORDER)) == ["order.submitted"]
    # Days are the tenant's: five hours before Greenwich has them.
    assert await found(since="2026-03-08") == everything[:3]
    assert await items(admin, until="2026-03-06") == []
    assert await found(kind="order", person=manager.login, q="p-8", since="2026-03-09") == ["order.shared"]


async def test_pages_go_on_where_they_stopped_and_miss_nothing(world: World, admin: Browser) -> None:
    # Five of one moment: the id decides.
    await put(world, *(Deed(name=f"P-{number}", at=THEN) for number in range(5)))
    names: list[object] = []
    cursor = ""
    for _page in range(3):
        asked = {"kind": "order", "limit": "2", **({"cursor": cursor} if cursor else {})}
        answer = read(await admin.get("/api/v1/audit", params=asked))
        assert (answer["total"], answer["has_more"]) == (5, False)
        names += [one["object_name"] for one in cast("list[Mapping[str, object]]", answer["items"])]
        cursor = str(answer["next"] or "")
    assert names == ["P-4", "P-3", "P-2", "P-1", "P-0"]
    assert cursor == ""


async def test_counting_stops_where_more_is_enough(
    world: World, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(world, *(Deed(name=f"P-{number}", at=THEN) for number in range(4)))
    monkeypatch.setattr("app.admin.services.audit.COUNTED", 3)
    monkeypatch.setattr(queries.count_records, "__defaults__", (3,))
    answer = read(await admin.get("/api/v1/audit", params={"kind": "order", "limit": "2"}))
    assert (answer["total"], answer["has_more"]) == (3, True)
    assert "Более 3 действий" in (await admin.get("/audit", params={"kind": "order"})).text


async def test_a_search_in_texts_looks_back_a_quarter_unless_a_day_is_named(world: World, admin: Browser) -> None:
    now = datetime.now(UTC)
    await put(
        world,
        Deed(name="P-7 LATELY", at=now - timedelta(days=80)),
        Deed(name="P-7 LONG AGO", object_id=ORDER, at=now - timedelta(days=200)),
    )
    assert [one["object_name"] for one in await items(admin, q="p-7")] == ["P-7 LATELY"]
    page = (await admin.get("/audit", params={"q": "p-7"})).text
    assert "LONG AGO" not in page
    since = f"{(now - timedelta(days=300)).date()}"
    assert len(await items(admin, q="p-7", since=since)) == 2
    # An id has an index; where the search is bounded, the page names the day it begins with.
    assert [one["object_name"] for one in await items(admin, q=str(ORDER))] == ["P-7 LONG AGO"]
    assert page.partition('class="toolbar"')[2].count('class="chip"') == 2


@pytest.mark.parametrize(
    "asked", [{"since": "2026-02-30"}, {"until": "soon"}, {"object": "x"}, {"cursor": "abc"}, {"q": "x" * 101}]
)
async def test_what_cannot_be_read_is_400_on_both(admin: Browser, asked: Mapping[str, str]) -> None:
    for path in ("/audit", "/api/v1/audit"):
        assert (await admin.get(path, params=asked)).status_code == 400, path


async def test_nobody_reads_another_tenants_trail(world: World, admin: Browser) -> None:
    await put(world, Deed(name="FOREIGN", tenant_id=2, at=THEN), Deed(name="OWN", at=THEN))
    assert [one["object_name"] for one in await items(admin, kind="order")] == ["OWN"]
    other = await world.signed_in("hantengri/admin")
    assert [one["object_name"] for one in await items(other, kind="order")] == ["FOREIGN"]


@pytest.mark.parametrize("who", ["manager_full", "manager_limited", "logistician", "distributor_head", "forwarder"])
async def test_who_may_not_see_it_has_no_way_there(world: World, who: str) -> None:
    browser = await world.signed_in(f"alatau/{who}")
    for path in ("/audit", "/api/v1/audit"):
        assert (await browser.get(path)).status_code == 403, path
    for path in ("/audit/export", "/api/v1/audit/export"):
        assert (await browser.post(path, json={})).status_code == 403, path
    assert 'href="/audit"' not in (await browser.get("/home")).text


async def test_a_manager_with_the_right_in_a_region_sees_what_concerns_its_clients(world: World) -> None:
    manager = world.people["alatau/manager_full"]
    near, far = known_id("alatau", "distributor", ""), known_id("alatau", "distributor", "/2")
    for client, copy in ((near, ""), (far, "/2")):
        region = known_id("alatau", "region", copy)
        await world.execute("UPDATE partners SET region_id = $2 WHERE id = $1", client, region)
    await world.execute(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, reg)"
        " VALUES (1, gen_random_uuid(), $1, 'audit', 'view', 'allow', $2)",
        f"u:{manager.user_id}",
        str(known_id("alatau", "region", "")),
    )
    await put(
        world,
        Deed(name="NEAR", partner_id=near, at=THEN),
        Deed(name="OF NOBODY", at=THEN),
        Deed(name="ELSEWHERE", partner_id=far, at=THEN),
    )
    browser = await world.signed_in("alatau/manager_full")
    assert [one["object_name"] for one in await items(browser, kind="order")] == ["NEAR"]


async def test_a_client_whom_somebody_gave_the_right_still_gets_nothing(world: World) -> None:
    head = world.people["alatau/distributor_head"]
    await world.execute(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect)"
        " VALUES (1, gen_random_uuid(), $1, 'audit', 'view', 'allow')",
        f"u:{head.user_id}",
    )
    browser = await world.signed_in("alatau/distributor_head")
    assert (await browser.get("/api/v1/audit")).status_code == 403


async def test_without_the_right_to_prices_no_sum_is_told(world: World, admin: Browser) -> None:
    await put(world, CHANGE)
    await world.execute(
        f"{IN_TENANT} INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect)"
        " VALUES (1, gen_random_uuid(), 'r:admin', 'price', 'view', 'deny')"
    )
    [one] = await items(admin, kind="order")
    assert one["after"] == {"state": "submitted", "gross": "•••", "shared": True}
    assert "18566809" not in (await admin.get("/api/v1/audit")).text
    assert "566" not in (await admin.get("/audit", params={"kind": "order"})).text.partition('id="trail"')[2]


@pytest.mark.parametrize("path", ["/audit", "/audit?q=p-&person=of", "/api/v1/audit"])
async def test_the_number_of_statements_does_not_grow_with_the_trail(
    database: Database, redis_url: str, tmp_path: Path, path: str
) -> None:
    with watching() as watch:
        async with open_world(database, redis_url, tmp_path) as world:
            admin = await world.signed_in("alatau/admin")
            counts: list[int] = []
            for rows in (0, 3, 60):
                await put(world, *(Deed(name=f"P-{number}", at=THEN) for number in range(rows)))
                await admin.get(path)
                with watch.listening() as heard:
                    assert (await admin.get(path)).status_code == 200
                # The shell's own statement comes and goes with what is kept of it.
                counts.append(len([sql for sql in heard if "/*within person $2*/" not in sql]))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 8, counts
