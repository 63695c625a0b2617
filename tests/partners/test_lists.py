"""Every list is complete under the reader's rights, counted exactly, and silent about everything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

import asyncpg
import httpx
import pytest
from litestar.types import ASGIApp
from msgspec import Struct

from tests.access import people
from tests.access.browsers import Browser, open_portal, read, settings_for
from tests.access.people import Person, known_id
from tests.partners import papers
from tests.partners.papers import ABROAD, BUYER, CITY, DISTRIBUTOR, PAPERS, RIVAL, SOUTH
from tests.support.databases import Database
from tests.support.waiting import run_apart

OWN = sorted(paper.number for paper in PAPERS if paper.partner == DISTRIBUTOR)


@pytest.fixture(scope="module")
def everybody(module_database: Database) -> dict[str, Person]:
    """Two tenants with people and papers."""

    async def fill() -> dict[str, Person]:
        found = await people.seed(module_database.superuser_url, with_terms=False)
        await papers.write(module_database.superuser_url)
        return found

    return run_apart(fill())


class Site(Struct, frozen=True):
    """An open portal, and the people who know it."""

    front: ASGIApp
    people: dict[str, Person]

    @asynccontextmanager
    async def visited_by(self, who: str) -> AsyncIterator[Browser]:
        """Sign this person in."""
        async with Browser(self.front) as browser:
            answer = await browser.sign_in(self.people[who].login)
            assert answer.status_code == 200, answer.text
            yield browser


@pytest.fixture(scope="module")
async def site(
    everybody: dict[str, Person], module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The portal on that database, one for all tests here."""
    settings = settings_for(module_database, redis_url, tmp_path_factory.mktemp("portal"))
    opened: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def stay_open() -> None:
        # What the application opens has to be closed by the same task.
        async with open_portal(settings) as (_portal, front):
            opened.set_result(front)
            await done.wait()

    keeper = asyncio.create_task(stay_open())
    yield Site(await opened, everybody)
    done.set()
    await keeper


def items(answer: httpx.Response) -> list[dict[str, object]]:
    assert answer.status_code == 200, answer.text
    return cast("list[dict[str, object]]", read(answer)["items"])


async def assign(database: Database, person: Person, *, regions: list[UUID], partners: list[UUID]) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(
        "UPDATE memberships SET regions = $2, partners = $3 WHERE id = $1", person.membership_id, regions, partners
    )
    await connection.close()


async def test_a_client_sees_all_its_contracts_and_nobody_elses(site: Site) -> None:
    async with site.visited_by("alatau/distributor_manager") as browser:
        answer = await browser.get("/api/v1/contracts")
        assert [row["number"] for row in items(answer)] == OWN
        assert (read(answer)["total"], read(answer)["next"]) == (5, None)


async def test_pages_by_cursor_bring_every_row_once(site: Site) -> None:
    async with site.visited_by("alatau/distributor_manager") as browser:
        seen: list[object] = []
        cursor, pages = "", 0
        while cursor is not None:
            answer = await browser.get(
                "/api/v1/contracts", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
            )
            seen += [row["number"] for row in items(answer)]
            assert read(answer)["total"] == 5
            cursor = cast("str | None", read(answer)["next"])
            pages += 1
    assert (seen, pages) == (OWN, 3)


@pytest.mark.parametrize(
    ("resource", "own", "others"),
    [
        ("contracts", known_id("contract", "A-1"), [known_id("contract", number) for number in ("B-1", "C-1", "H-1")]),
        ("agreements", known_id("agreement", "A-1"), [known_id("agreement", number) for number in ("B-1", "H-1")]),
        ("consignees", known_id("address", "A-1"), [known_id("address", number) for number in ("B-1", "H-1")]),
        ("organisations", DISTRIBUTOR, [RIVAL, BUYER, ABROAD]),
    ],
)
async def test_a_strangers_object_answers_like_one_that_does_not_exist(
    site: Site, resource: str, own: UUID, others: list[UUID]
) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        assert read(await browser.get(f"/api/v1/{resource}/{own}"))["id"] == str(own)
        nowhere = await browser.get(f"/api/v1/{resource}/{UUID(int=1)}")
        assert nowhere.status_code == 404
        for other in others:
            answer = await browser.get(f"/api/v1/{resource}/{other}")
            assert answer.status_code == 404
            same = {name: value for name, value in read(answer).items() if name != "request_id"}
            assert same == {name: value for name, value in read(nowhere).items() if name != "request_id"}


@pytest.mark.parametrize("resource", ["contracts", "agreements", "consignees", "organisations"])
async def test_filters_by_a_strangers_id_find_nothing(site: Site, resource: str) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        wanted = {"organisation": str(RIVAL), "contract": str(known_id("contract", "B-1"))}
        name = "contract" if resource == "agreements" else "organisation"
        if resource == "organisations":
            return  # has no filter
        answer = await browser.get(f"/api/v1/{resource}", params={name: wanted[name]})
        assert (items(answer), read(answer)["total"]) == ([], 0)


async def test_in_force_means_on_the_business_date(site: Site) -> None:
    async with site.visited_by("alatau/distributor_senior") as browser:
        live = await browser.get("/api/v1/contracts", params={"live": "true"})
        over = await browser.get("/api/v1/contracts", params={"live": "false"})
        assert [row["number"] for row in items(live)] == ["A-1", "A-2", "A-3"]
        assert [(row["number"], row["live_agreements"]) for row in items(over)] == [("A-4", 0), ("A-5", 0)]
        agreements = items(await browser.get("/api/v1/agreements"))
        # The agreement of a contract that is over is over as well, whatever it says itself.
        assert {row["contract"]: row["is_live"] for row in agreements} == {
            "A-1": True, "A-2": True, "A-3": True, "A-4": False, "A-5": False,
        }  # fmt: skip


async def test_a_limited_manager_sees_assigned_clients_only(site: Site, module_database: Database) -> None:
    manager = site.people["alatau/manager_limited"]
    for partners, expected in (([], []), ([BUYER], ["C-1"]), ([BUYER, RIVAL], ["B-1", "C-1"])):
        await assign(module_database, manager, regions=[SOUTH], partners=partners)
        async with site.visited_by("alatau/manager_limited") as browser:
            answer = await browser.get("/api/v1/contracts")
            if not partners:
                assert answer.status_code == 403
                continue
            assert [row["number"] for row in items(answer)] == expected
            assert len(items(await browser.get("/api/v1/organisations"))) == len(partners)


async def test_a_full_manager_sees_clients_of_the_regions_and_of_all_inside(
    site: Site, module_database: Database
) -> None:
    for regions, expected in (([CITY], OWN), ([SOUTH], [*OWN, "C-1"])):
        await assign(module_database, site.people["alatau/manager_full"], regions=regions, partners=[])
        async with site.visited_by("alatau/manager_full") as browser:
            assert [row["number"] for row in items(await browser.get("/api/v1/contracts"))] == expected
            addresses = items(await browser.get("/api/v1/consignees"))
            assert [row["text"] for row in addresses] == [f"Склад {number}" for number in expected]


async def test_an_administrator_sees_the_whole_tenant_and_no_other(site: Site) -> None:
    async with site.visited_by("alatau/admin") as browser:
        answer = await browser.get("/api/v1/contracts")
        assert [row["number"] for row in items(answer)] == sorted(p.number for p in PAPERS if p.tenant == 1)


@pytest.mark.parametrize(
    ("who", "resource"),
    [
        ("forwarder", "contracts"),
        ("forwarder", "agreements"),
        ("forwarder", "consignees"),
        ("logistician", "contracts"),
        ("logistician", "agreements"),
        ("connect_manager", "contracts"),
        ("connect_manager", "consignees"),
    ],
)
async def test_a_role_without_the_right_is_refused(site: Site, who: str, resource: str) -> None:
    async with site.visited_by(f"alatau/{who}") as browser:
        answer = await browser.get(f"/api/v1/{resource}")
        assert (answer.status_code, read(answer)["code"]) == (403, "not_allowed")


async def test_a_discount_is_told_only_to_who_may_see_prices(site: Site, module_database: Database) -> None:
    hidden = known_id("agreement", "A-2")
    connection = await asyncpg.connect(module_database.superuser_url)
    person = site.people["alatau/distributor_manager"]
    await connection.execute("SELECT set_config('app.tenant', '1', false)")
    await connection.execute(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, agr, effect)"
        " VALUES (1, $1, $2, 'price', 'view', $3, 'deny')",
        hidden,
        f"u:{person.user_id}",
        str(hidden),
    )
    await connection.close()
    async with site.visited_by("alatau/distributor_manager") as browser:
        rows = items(await browser.get("/api/v1/agreements"))
    discounts = {row["contract"]: row["discount_pct"] for row in rows}
    assert discounts == {number: None if number == "A-2" else "7.50" for number in OWN}


async def test_regions_are_a_dictionary_for_everybody(site: Site) -> None:
    for who, expected in (("alatau/forwarder", 3), ("hantengri/distributor_head", 0)):
        async with site.visited_by(who) as browser:
            answer = await browser.get("/api/v1/regions")
            assert (len(items(answer)), read(answer)["total"]) == (expected, expected)
    async with site.visited_by("alatau/forwarder") as browser:
        region = read(await browser.get(f"/api/v1/regions/{CITY}"))
    assert (region["parent_id"], region["name"]) == (str(SOUTH), {"ru": "Регион", "kk": "Өңір", "en": "Region"})


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WyJhIl0", "WyJhIiwibm90IGFuIGlkIl0", "WyJcdTAwMDAiLCIxIl0"])
async def test_a_cursor_that_is_none_is_named(site: Site, cursor: str) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        answer = await browser.get("/api/v1/contracts", params={"cursor": cursor})
    problems = cast("list[dict[str, str]]", read(answer)["errors"])
    assert (answer.status_code, [one["code"] for one in problems]) == (400, ["cursor_malformed"])


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("ru", ("Договоры", "Действует", "Осталось 5 дней")),
        ("kk", ("Шарттар", "Қолданыста", "5 күн қалды")),
        ("en", ("Contracts", "In force", "Ends in 5 days")),
    ],
)
async def test_pages_show_contracts_in_the_readers_language(site: Site, locale: str, words: tuple[str, ...]) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        assert (await browser.patch("/api/v1/me", json={"locale": locale})).status_code == 204
        page = await browser.get("/contracts")
        assert page.status_code == 200
        assert f'<html lang="{locale}"' in page.text
        assert [word for word in words if word not in page.text] == []
        assert "B-1" not in page.text
        one = await browser.get(f"/contracts/{known_id('contract', 'A-3')}")
        assert (one.status_code, "A-3/1" in one.text) == (200, True)
        addresses = await browser.get("/consignees")
        assert (addresses.status_code, "698708" in addresses.text) == (200, True)


async def test_a_strangers_page_is_not_found(site: Site) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        for number in ("B-1", "H-1", "nothing"):
            assert (await browser.get(f"/contracts/{known_id('contract', number)}")).status_code == 404


@pytest.mark.parametrize(
    ("text", "found"), [("a-2", ["A-2"]), ("A", OWN), ("%", []), ("_", []), ("B-1", []), ("\\", [])]
)
async def test_search_takes_part_of_a_number_literally(site: Site, text: str, found: list[str]) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        page = await browser.get("/contracts", params={"q": text, "view": "all"})
    assert page.status_code == 200
    shown = [number for number in [*OWN, "B-1"] if f">{number}</a>" in page.text]
    assert shown == found


@pytest.mark.parametrize("query", ["q=%00", "q=%E2%80%AEx", "view=everything", "q=" + "x" * 101])
async def test_bad_questions_are_refused(site: Site, query: str) -> None:
    async with site.visited_by("alatau/distributor_head") as browser:
        assert (await browser.get(f"/contracts?{query}")).status_code == 400
