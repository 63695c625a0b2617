"""The demo installation: every role can sign in, a second start changes nothing, a lost file is made good."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actors import CABINET_OF_ROLE
from app.access.defaults import default_rules
from app.access.passwords import Hashing
from app.admin import demo
from app.admin.accounts import Account
from app.admin.people import NoDemoPeopleError
from app.admin.tenants import DEMO_TENANTS
from app.config import Settings
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction, open_transaction
from tests.admin import firms
from tests.support.databases import Database


def make_settings(database: Database, folder: Path) -> Settings:
    return Settings(
        database_url=database.owner_url,
        database_client_url=database.client_url,
        database_staff_url=database.staff_url,
        redis_url="redis://127.0.0.1:1",
        erp_url="http://127.0.0.1:1",
        erp_password="",
        host="127.0.0.1",
        port=1,
        web_workers=1,
        secret_key="s" * 32,
        public_url="http://127.0.0.1:1",
        data_dir=folder,
        smtp_url="",
        profile="tiny",
    )


@pytest.fixture
async def owner(database: Database, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """The owner's connections to a database with both tenants and what their ERP brought."""
    await demo.seed_tenants(make_settings(database, tmp_path))
    engine = make_engine(database.owner_url, pool_size=1)
    for tenant in DEMO_TENANTS:
        async with open_tenant_transaction(engine, tenant.id) as transaction:
            await firms.load(transaction)
    yield engine
    await engine.dispose()


class Quick(Hashing):
    """Keeps passwords as they are: a hundred real hashes would be all these tests do."""

    async def hash(self, password: str) -> str:
        return f"plain {password}"


async def seed(database: Database, folder: Path) -> list[Account]:
    owner = make_engine(database.owner_url, pool_size=1)
    await demo.create_accounts(owner, make_settings(database, folder), Quick())
    await owner.dispose()
    return msgspec.json.decode((folder / "accounts.json").read_bytes(), type=list[Account])


@pytest.mark.usefixtures("owner")
async def test_every_tenant_has_an_account_of_every_role(database: Database, tmp_path: Path) -> None:
    accounts = await seed(database, tmp_path)
    for tenant in DEMO_TENANTS:
        own = [account for account in accounts if account.tenant == tenant.code]
        assert {account.role for account in own} == set(CABINET_OF_ROLE)
        assert all(account.cabinet == CABINET_OF_ROLE[account.role] for account in own)
        assert {account.locale for account in own} == {"ru", "kk", "en"}
        companies = {
            cabinet: {a.organisation for a in own if a.cabinet == cabinet} for cabinet in CABINET_OF_ROLE.values()
        }
        assert [len(companies[kind]) for kind in ("distributor", "direct_buyer", "logistics")] == [2, 2, 2]
        assert companies["service"] == companies["admin"] == {tenant.name}
    assert len({account.login for account in accounts}) == len(accounts)
    assert len({account.password for account in accounts}) == len(accounts)
    assert stat.S_IMODE((tmp_path / "accounts.json").stat().st_mode) == 0o600


@pytest.mark.usefixtures("owner")
async def test_companies_with_the_most_live_agreements_come_first(database: Database, tmp_path: Path) -> None:
    accounts = await seed(database, tmp_path)
    chosen = [a.organisation for a in accounts if a.tenant == "alatau" and a.role == "distributor_head"]
    assert chosen == ["distributor 2", "distributor 1"]


@pytest.mark.usefixtures("owner")
async def test_the_password_told_is_the_password_stored(database: Database, tmp_path: Path) -> None:
    await demo.seed_accounts(make_settings(database, tmp_path))
    account = msgspec.json.decode((tmp_path / "accounts.json").read_bytes(), type=list[Account])[0]
    engine = make_engine(database.client_url, pool_size=1)
    async with open_transaction(engine, read_only=False) as transaction:
        row = await transaction.driver.fetchrow("SELECT * FROM find_login($1)", account.login)
    await engine.dispose()
    assert row is not None
    assert (row["tenant_id"], row["disabled"]) == (1, False)
    hashing = Hashing()
    assert await hashing.verify(str(row["password_hash"]), account.password)
    hashing.close()


async def test_a_second_start_changes_nothing(database: Database, tmp_path: Path, owner: AsyncEngine) -> None:
    first = await seed(database, tmp_path)
    before = await everything(owner)
    await demo.seed_tenants(make_settings(database, tmp_path))
    assert await seed(database, tmp_path) == first
    assert await everything(owner) == before


async def test_a_lost_file_gives_the_same_people_new_passwords(
    database: Database, tmp_path: Path, owner: AsyncEngine
) -> None:
    first = await seed(database, tmp_path)
    (tmp_path / "accounts.json").write_text("[{")
    second = await seed(database, tmp_path)
    assert [account.login for account in second] == [account.login for account in first]
    assert not {account.password for account in second} & {account.password for account in first}
    async with open_tenant_transaction(owner, 1) as transaction:
        # Whoever was signed in with the old password is signed out.
        assert await transaction.driver.fetchval("SELECT min(epoch) FROM users") == 2


async def test_an_administrators_rules_survive_a_start(database: Database, tmp_path: Path, owner: AsyncEngine) -> None:
    async with open_tenant_transaction(owner, 1) as transaction:
        await transaction.driver.execute("DELETE FROM access_rules WHERE resource = 'plan'")
    await demo.seed_tenants(make_settings(database, tmp_path))
    async with open_tenant_transaction(owner, 1) as transaction:
        kept = await transaction.driver.fetchval("SELECT count(*) FROM access_rules")
    assert kept == len([rule for rule in default_rules("alatau") if rule.resource != "plan"])


async def test_what_a_manager_serves_follows_the_erp(database: Database, tmp_path: Path, owner: AsyncEngine) -> None:
    await seed(database, tmp_path)
    async with open_tenant_transaction(owner, 1) as transaction:
        moved = firms.key(transaction, "distributor", 0)
        await transaction.driver.execute("UPDATE partners SET manager_id = NULL WHERE id <> $1", moved)
    await seed(database, tmp_path)
    async with open_tenant_transaction(owner, 1) as transaction:
        rows = await transaction.driver.fetch("SELECT role, partners FROM memberships WHERE partner_id IS NULL")
    serves = {str(row["role"]): row["partners"] for row in rows}
    assert serves == {role: [moved] if role == "manager_limited" else [] for role in firms.STAFF}


async def test_accounts_before_the_first_load_say_what_is_missing(database: Database, tmp_path: Path) -> None:
    settings = make_settings(database, tmp_path)
    await demo.seed_tenants(settings)
    with pytest.raises(NoDemoPeopleError, match=r"has nobody for: admin, connect_manager, direct_buyer_head"):
        await demo.seed_accounts(settings)
    assert not (tmp_path / "accounts.json").exists()


async def everything(owner: AsyncEngine) -> list[str]:
    """Every row of the tables this room writes."""
    tables = ("users", "logins", "memberships", "access_rules", "access_role_links", "tenants")
    found: list[str] = []
    for tenant in DEMO_TENANTS:
        async with open_tenant_transaction(owner, tenant.id) as transaction:
            for table in tables:
                found += [str(row) for row in await transaction.driver.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]
    return found


@pytest.mark.usefixtures("owner")
async def test_an_overdue_company_is_marked_and_never_the_first(database: Database, tmp_path: Path) -> None:
    before = [account for account in await seed(database, tmp_path) if account.tenant == DEMO_TENANTS[0].code]
    assert not any(account.note for account in before)
    first = next(account.organisation for account in before if account.role == "distributor_head")
    engine = make_engine(database.owner_url, pool_size=1)
    async with open_tenant_transaction(engine, DEMO_TENANTS[0].id) as transaction:
        await transaction.driver.execute(
            """
            INSERT INTO credit_accounts (tenant_id, contract_id, partner_id, currency, overdue_days, forbid_overdue,
                                         as_of, as_of_batch, src_version)
            SELECT t.tenant_id, t.id, t.partner_id, t.currency, 5, true, now(), 1, 1 FROM contracts t
            JOIN partners p ON p.tenant_id = t.tenant_id AND p.id = t.partner_id WHERE p.name = $1
            """,
            first,
        )
    await engine.dispose()
    after = [account for account in await seed(database, tmp_path) if account.tenant == DEMO_TENANTS[0].code]
    assert next(account.organisation for account in after if account.role == "distributor_head") != first
    assert {account.organisation for account in after if account.note} == {first}
    seen = set[str]()
    for account in after:
        assert account.role in seen or account.locale == "ru"
        seen.add(account.role)
