"""The operator founds a tenant: everything or nothing, once, and its administrator can sign in and settle it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access import passwords
from app.access.defaults import default_links, default_rules
from app.admin.founding import FoundingError, MakeLink, NewTenant, find_faults, found_tenant, list_tenants
from app.admin.tenants import create_tenants
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction, open_transaction
from app.people.links import Links
from app.people.services.first_link import FirstLinks
from tests.access.browsers import Browser, open_portal, settings_for
from tests.settings.desk import API, told
from tests.support.databases import Database

PLAN = NewTenant(
    code="altyn",
    name="Алтын Дала",
    name_en="Altyn Dala",
    country="KZ",
    infobase="erp3",
    prefix="A",
    admin_email="saule.k@altyn-dala.example",
    admin_name="Сауле Каримова",
)


CHOSEN: Final = "four quiet camels walking"


async def choose(browser: Browser, token: str, login: str = PLAN.admin_email) -> int:
    """Choose a password on the page the link leads to."""
    form = {"login": login, "password": CHOSEN, "repeat": CHOSEN}
    page = f"/ru/{PLAN.code}/recover/{token}"
    assert (await browser.get(page)).status_code == 200
    return (await browser.post(page, data=form)).status_code


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[AsyncEngine]:
    """The owner's connections to an installation with the two tenants of the demo."""
    engine = make_engine(database.owner_url, pool_size=2)
    await create_tenants(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
def make_link(database: Database, redis_url: str, tmp_path: Path) -> MakeLink:
    """Make links as the portal that will open them does."""
    return FirstLinks(Links(settings_for(database, redis_url, tmp_path).secret_key)).make


async def test_the_first_administrator_signs_in_and_settles_the_brand(
    owner: AsyncEngine, make_link: MakeLink, database: Database, redis_url: str, tmp_path: Path
) -> None:
    made = await found_tenant(owner, PLAN, make_link)
    assert (made.tenant_id, made.is_new) == (3, True)
    async with open_tenant_transaction(owner, 3, read_only=True) as transaction:
        rules = await transaction.driver.fetchval("SELECT count(*) FROM access_rules WHERE tenant_id = 3")
        links = await transaction.driver.fetchval("SELECT count(*) FROM access_role_links WHERE tenant_id = 3")
        trail = await transaction.driver.fetchval(
            "SELECT object_name FROM audit_records WHERE tenant_id = 3 AND action = 'tenant.founded'"
        )
    assert (rules, links) == (len(default_rules("altyn")), len(default_links()))
    assert trail == "Алтын Дала"
    async with open_portal(settings_for(database, redis_url, tmp_path)) as (portal, app):
        await portal.redis.flushdb()
        admin = Browser(app)
        assert await choose(admin, made.token) == 303
        assert (await admin.sign_in(PLAN.admin_email, CHOSEN)).status_code == 200
        brand = told(await admin.get(f"{API}/brand"))
        assert (brand["name_ru"], brand["name_en"]) == ("Алтын Дала", "Altyn Dala")
        assert told(await admin.get(f"{API}/money"))["currency"] == "KZT"
        assert told(await admin.get(f"{API}/time"))["zone"] == "Asia/Almaty"


async def test_founding_again_changes_nothing(owner: AsyncEngine, make_link: MakeLink) -> None:
    first = await found_tenant(owner, PLAN, make_link)
    again = await found_tenant(owner, replace(PLAN, name="Другое имя", zone="Asia/Tashkent"), make_link)
    assert (again.tenant_id, again.is_new) == (first.tenant_id, False)
    assert [(one.code, one.name, one.zone, one.administrators) for one in await list_tenants(owner)][2:] == [
        ("altyn", "Алтын Дала", "Asia/Almaty", 1)
    ]


async def test_the_link_opens_once_for_its_address_only_and_no_password_works_before(
    owner: AsyncEngine, make_link: MakeLink, database: Database, redis_url: str, tmp_path: Path
) -> None:
    lost = await found_tenant(owner, PLAN, make_link)
    made = await found_tenant(owner, PLAN, make_link)
    async with open_portal(settings_for(database, redis_url, tmp_path)) as (portal, app):
        await portal.redis.flushdb()
        admin = Browser(app)
        for password in (CHOSEN, "", passwords.NO_PASSWORD, made.token):
            assert (await admin.sign_in(PLAN.admin_email, password)).status_code in {400, 401}, password
        assert await choose(admin, lost.token) == 422, "the link before works no more"
        assert await choose(admin, made.token, "somebody@altyn-dala.example") == 422
        assert await choose(admin, made.token) == 303
        assert await choose(admin, made.token) == 422, "once"
        assert (await admin.sign_in(PLAN.admin_email, CHOSEN)).status_code == 200
    assert (await found_tenant(owner, PLAN, make_link)).token == "", "whoever has a password gets no link"


async def test_nothing_fits_where_there_is_no_password_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if some password should ever come to that hash."""

    def fits(_stored: str, _password: str) -> bool:
        return True

    monkeypatch.setattr(passwords, "_fits", fits)
    hashing = passwords.Hashing()
    assert [await hashing.verify(one, "x") for one in ("", None, passwords.NO_PASSWORD)] == [True, False, False]
    hashing.close()


async def test_a_link_lasts_a_week(
    owner: AsyncEngine, make_link: MakeLink, database: Database, redis_url: str, tmp_path: Path
) -> None:
    made = await found_tenant(owner, PLAN, make_link)
    async with open_tenant_transaction(owner, made.tenant_id) as transaction:
        whole = await transaction.driver.fetchval("SELECT expires_at - created_at FROM password_resets")
        assert whole == timedelta(days=7)
        await transaction.driver.execute("UPDATE password_resets SET expires_at = now()")
    async with open_portal(settings_for(database, redis_url, tmp_path)) as (portal, app):
        await portal.redis.flushdb()
        assert await choose(Browser(app), made.token) == 422


async def test_a_second_address_becomes_a_second_administrator(owner: AsyncEngine, make_link: MakeLink) -> None:
    await found_tenant(owner, PLAN, make_link)
    more = await found_tenant(owner, replace(PLAN, admin_email="second@altyn-dala.example"), make_link)
    assert (more.is_new, bool(more.token)) == (False, True)
    assert (await list_tenants(owner))[2].administrators == 2


async def test_what_is_another_tenants_is_refused_and_nothing_is_left(owner: AsyncEngine, make_link: MakeLink) -> None:
    await found_tenant(owner, PLAN, make_link)
    taken = replace(PLAN, code="other", admin_email="SAULE.K@altyn-dala.example")
    with pytest.raises(FoundingError) as caught:
        await found_tenant(owner, taken, make_link)
    assert len(caught.value.reasons) == 2
    assert "is altyn's" in caught.value.reasons[0]
    assert "another tenant" in caught.value.reasons[1]
    assert [one.code for one in await list_tenants(owner)] == ["alatau", "hantengri", "altyn"]


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (PLAN, []),
        (replace(PLAN, code="Altyn"), ["--code"]),
        (replace(PLAN, code="api"), ["--code"]),
        (replace(PLAN, name="  "), ["--name"]),
        (replace(PLAN, country="kz"), ["--country", "--zone"]),
        (replace(PLAN, country="DE"), ["--zone"]),
        (replace(PLAN, country="DE", zone="Europe/Berlin"), []),
        (replace(PLAN, zone="Mars"), ["--zone"]),
        (replace(PLAN, infobase="a/../b"), ["--infobase"]),
        (replace(PLAN, prefix="a"), ["--prefix"]),
        (replace(PLAN, currency="EUR"), ["--currency"]),
        (replace(PLAN, admin_email="nobody"), ["--admin-email"]),
        (replace(PLAN, admin_name=""), ["--admin-name"]),
        (replace(PLAN, locale="de"), ["--locale"]),
        (replace(PLAN, code="", prefix="", locale=""), ["--code", "--prefix", "--locale"]),
    ],
)
def test_every_reason_is_named_at_once(plan: NewTenant, named: list[str]) -> None:
    assert [fault.split()[0].rstrip(":") for fault in find_faults(plan)] == named


async def test_the_demos_tenants_count_in_the_currency_of_their_country(owner: AsyncEngine) -> None:
    async with open_transaction(owner, read_only=True) as transaction:
        rows = await transaction.driver.fetch("SELECT currency FROM tenants ORDER BY id")
    assert [str(row["currency"]) for row in rows] == ["KZT", "KGS"]
