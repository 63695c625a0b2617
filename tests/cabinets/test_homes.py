"""Each of the roles signs in and lands in its own cabinet, with a menu of what it may do and nothing else."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.access.actors import CABINET_OF_ROLE
from app.cabinets.frames import banner, initials
from app.cabinets.queries import Exchange
from app.infra.http.unit import Unit
from tests.access.browsers import Browser, World, read
from tests.access.people import PASSWORD, known_id
from tests.orders.shop import person
from tests.support.wire import wire_of

# Written by hand from PRODUCT 1 and the default rights: the pages of this release a role may open.
BUYER = {"/home", "/catalog", "/orders", "/contracts", "/consignees", "/absences", "/notifications"}
MENUS: dict[str, set[str]] = {
    "distributor_head": BUYER | {"/users", "/access"},
    "distributor_senior": BUYER,
    "distributor_manager": BUYER,
    "direct_buyer_head": BUYER | {"/users", "/access"},
    "direct_buyer_senior": BUYER,
    "direct_buyer_manager": BUYER,
    "forwarder": {"/home", "/absences", "/notifications"},
    "logistician": {"/home", "/catalog", "/orders", "/consignees", "/absences", "/notifications"},
    "manager_full": BUYER | {"/users", "/erp"},
    "manager_limited": BUYER,
    "connect_manager": {"/home", "/absences", "/notifications"},
    "admin": BUYER | {"/users", "/access", "/erp", "/audit", "/settings"},
}
_MENU = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)
_HREF = re.compile(r'<li><a href="([^"]+)"')


def menu_of(html: str) -> set[str]:
    found = _MENU.search(html)
    assert found is not None
    return set(_HREF.findall(found[0]))


@pytest.mark.parametrize("role", sorted(CABINET_OF_ROLE))
async def test_a_role_lands_at_home_with_its_own_menu(world: World, role: str) -> None:
    browser = Browser(world.app)
    answer = await browser.post(
        "/ru/alatau/sign-in", data={"login": world.people[f"alatau/{role}"].login, "password": PASSWORD}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    page = await browser.get("/home")
    assert page.status_code == 200
    assert '<html lang="ru"' in page.text
    pages = {route for route in MENUS[role] if world.portal.menu.has_page(route)}
    assert menu_of(page.text) == pages
    for path in pages:
        assert (await browser.get(path)).status_code == 200, path


@pytest.mark.parametrize("role", sorted(CABINET_OF_ROLE))
async def test_what_the_menu_leaves_out_is_closed_too(world: World, role: str) -> None:
    browser = await world.signed_in(f"alatau/{role}")
    everything = {path for menu in MENUS.values() for path in menu}
    for path in everything - MENUS[role]:
        if world.portal.menu.has_page(path):
            assert (await browser.get(path)).status_code == 403, path


@pytest.mark.parametrize(("locale", "word"), [("ru", "Главная"), ("kk", "Басты бет"), ("en", "Home")])
async def test_the_cabinet_speaks_the_persons_language(world: World, locale: str, word: str) -> None:
    browser = await world.signed_in("alatau/distributor_head")
    answer = await browser.post("/me/language", data={"locale": locale, "next": "/home"}, headers=await form(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    page = await browser.get("/home")
    assert f'<html lang="{locale}"' in page.text
    assert f"<title>{word}" in page.text


async def form(browser: Browser) -> dict[str, str]:
    """The form token as a page carries it."""
    return {"X-CSRF-Token": str(read(await browser.get("/api/v1/me"))["csrf_token"])}


async def test_a_form_without_scripts_carries_its_token_in_a_field(world: World) -> None:
    browser = await world.signed_in("alatau/distributor_head")
    page = await browser.get("/profile")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    del browser.headers["X-CSRF-Token"]
    refused = await browser.post("/me/theme", data={"theme": "dark", "next": "/home"})
    assert refused.status_code == 403
    done = await browser.post("/me/theme", data={"theme": "dark", "next": "/home", "_csrf_token": token[1]})
    assert done.status_code == 303
    assert 'data-theme="dark"' in (await browser.get("/home")).text


async def test_signing_out_ends_the_session_and_shows_the_way_back(world: World) -> None:
    browser = await world.signed_in("alatau/distributor_manager")
    cookie = browser.cookies["karavan_session"]
    answer = await browser.post("/sign-out", data={})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ru/alatau/sign-in")
    ghost = Browser(world.app)
    ghost.cookies.set("karavan_session", cookie, domain="127.0.0.1")
    assert (await ghost.get("/api/v1/me")).status_code == 401


async def test_a_word_after_an_action_is_shown_once(world: World) -> None:
    browser = await world.signed_in("alatau/distributor_senior")
    await browser.post("/profile", data={"name": "Anna", "phone": "+7 701"})
    assert "Сохранено" in (await browser.get("/profile")).text
    assert "Сохранено" not in (await browser.get("/profile")).text


async def test_a_forged_word_is_not_shown(world: World) -> None:
    browser = await world.signed_in("alatau/distributor_senior")
    browser.cookies.set("karavan_flash", "eyJ0ZXh0IjoiaGFja2VkIn0=", domain="127.0.0.1")
    page = await browser.get("/profile")
    assert page.status_code == 200
    assert "hacked" not in page.text


async def test_the_shell_costs_two_statements_at_most_whatever_the_menu(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in("alatau/distributor_head")
    await browser.get("/profile/password")  # decisions are warm from here on
    statements: list[str] = []
    begin = Unit.begin

    async def listening(self: Unit, **options: object) -> object:
        row = await begin(self, **options)  # pyright: ignore[reportArgumentType]
        transaction = self.transaction
        assert transaction is not None
        driver = await wire_of(transaction)
        driver.add_query_logger(lambda record: statements.append(record.query))
        return row

    monkeypatch.setattr(Unit, "begin", listening)
    assert (await browser.get("/profile/password")).status_code == 200
    await asyncio.sleep(0)  # the driver reports a little later
    own = [one for one in statements if "COMMIT" not in one]
    kept, always = [one for one in own if "my_places()" in one], [one for one in own if "erp_freshness" in one]
    assert len(always) == 1, "how old everything is, is never kept"
    assert len(kept) <= 1
    assert len(own) == len(kept) + 1


async def test_a_buyer_finds_the_plan_of_the_month_and_whom_to_call(world: World) -> None:
    head = world.people["alatau/direct_buyer_head"]
    connection = await asyncpg.connect(world.database.superuser_url)
    manager = known_id("Asel Guide")
    await connection.execute(
        "INSERT INTO managers (tenant_id, id, name, email, phone, src_version, src_label)"
        " VALUES (1, $1, 'Asel Guide', 'asel@example.test', '+7 700 000 11 22', 1, 'a')",
        manager,
    )
    await connection.execute("UPDATE partners SET manager_id = $1 WHERE id = $2", manager, head.partner_id)
    await connection.executemany(
        "INSERT INTO sales_plans (tenant_id, id, partner_id, line_id, month, planned_kg, fact_kg, src_version,"
        " src_label) VALUES (1, gen_random_uuid(), $1, gen_random_uuid(),"
        " date_trunc('month', now() AT TIME ZONE 'Asia/Almaty')::date, $2, $3, 1, 'a')",
        [(head.partner_id, 1000, 250), (head.partner_id, 3000, 3500)],
    )
    await connection.close()
    browser = await world.signed_in("alatau/direct_buyer_head")
    text = (await browser.get("/home")).text
    assert 'href="tel:+77000001122"' in text
    assert 'href="mailto:asel@example.test"' in text
    assert "3,8 из 4 т" in text  # the whole, then each line
    assert "0,3 из 1 т" in text
    other = (await (await world.signed_in("alatau/direct_buyer_head/2")).get("/home")).text
    assert "План:" not in other
    assert "asel@example.test" not in other


@pytest.mark.parametrize(("role", "searches"), [("forwarder", 0), ("connect_manager", 0), ("logistician", 1)])
async def test_who_has_nothing_to_find_gets_no_search(world: World, role: str, searches: int) -> None:
    page = await (await world.signed_in(f"alatau/{role}")).get("/home")
    assert page.text.count('role="search"') == searches


def test_a_strip_says_how_old_the_data_is() -> None:
    now = datetime(2026, 3, 7, 9, 30, tzinfo=UTC)
    actor = person(1, "distributor_manager", None, locale="ru")
    fresh = Exchange(now - timedelta(minutes=1))
    silent = Exchange(now - timedelta(minutes=10))
    away = Exchange(now - timedelta(minutes=10), now - timedelta(minutes=3))
    assert banner(fresh, actor, now) is None
    old, gone = banner(silent, actor, now), banner(away, actor, now)
    assert old is not None
    assert gone is not None
    assert (old.tone, gone.tone) == ("info", "warn")
    assert "14:20" in old.text
    assert "14:27" in gone.text


@pytest.mark.parametrize(("name", "letters"), [("Анна Петрова", "АП"), ("王", "王"), ("", ""), ("a b c", "AB")])
def test_initials_are_two_letters_at_most(name: str, letters: str) -> None:
    assert initials(name) == letters
