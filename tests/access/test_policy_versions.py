"""Deciding costs nothing while nothing changed, and never serves what did (ACCESS 2.7)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.book import BrokenRulesError
from app.access.policy import Facts, Policy
from app.access.rules import Link, Rule
from app.infra.db.engine import make_engine
from app.infra.db.transaction import Driver, Row, Transaction, open_tenant_transaction
from tests.access import tenants
from tests.access.tenants import BUYER, CLIENT, CONTRACT, OTHER_CLIENT, TENANT
from tests.support.databases import Database

ALLOW: Final = Rule(UUID(int=1), "r:distributor_manager", "order", "view", "allow", org="@own")
BY_CONTRACT: Final = Rule(UUID(int=2), "r:distributor_manager", "contract", "view", "allow", ctr="@own")
BY_REGION: Final = Rule(UUID(int=3), "r:logistician", "order", "view", "allow", reg="@own")
MINE: Final = Facts(org=CLIENT)


class Counting:
    """A driver that counts what it is asked."""

    def __init__(self, driver: Driver) -> None:
        """Stand before the real one."""
        self._driver = driver
        self.statements = 0

    async def fetch(self, query: str, *args: object) -> list[Row]:
        self.statements += 1
        return list(await self._driver.fetch(query, *args))

    async def fetchrow(self, query: str, *args: object) -> Row | None:
        self.statements += 1
        return await self._driver.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> object:
        self.statements += 1
        return await self._driver.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        self.statements += 1
        return await self._driver.execute(query, *args)

    async def executemany(self, command: str, args: object) -> None:
        raise NotImplementedError

    async def copy_to_table(self, table_name: str, **options: object) -> str:
        raise NotImplementedError


@pytest.fixture
async def staff(database: Database) -> AsyncIterator[AsyncEngine]:
    """The manufacturer's connections, to a tenant with three rules."""
    owner = make_engine(database.owner_url)
    await tenants.make_tenant(owner)
    await owner.dispose()
    engine = make_engine(database.staff_url)
    async with open_tenant_transaction(engine, TENANT) as transaction:
        await tenants.write_rules(transaction, [ALLOW, BY_CONTRACT, BY_REGION])
        await tenants.write_contract(transaction, CONTRACT, CLIENT)
    yield engine
    await engine.dispose()


@pytest.fixture
async def client(staff: AsyncEngine, database: Database) -> AsyncIterator[AsyncEngine]:
    """Connections of the clients' role; they may read what deciding needs."""
    assert staff is not None
    engine = make_engine(database.client_url)
    yield engine
    await engine.dispose()


async def test_a_warm_decision_asks_the_database_nothing(client: AsyncEngine) -> None:
    policy = Policy()
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        first = await policy.decision(transaction, actor, "order", "view")
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        driver = Counting(transaction.driver)
        seen: list[object] = []

        def note(*given: object) -> None:
            seen.append(given[2])

        watched = Transaction(transaction.connection, transaction.session, driver, TENANT)
        event.listen(client.sync_engine, "before_cursor_execute", note)
        again = await policy.decision(watched, actor, "order", "view")
    assert again is first
    assert (driver.statements, seen) == (0, [])


async def test_a_cold_decision_asks_at_most_five_statements(client: AsyncEngine) -> None:
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        driver = Counting(transaction.driver)
        watched = Transaction(transaction.connection, transaction.session, driver, TENANT)
        policy = Policy()
        await policy.decision(watched, actor, "order", "view")
        assert driver.statements == 5  # rules, links, regions, facts, clock
        await policy.decision(watched, actor, "contract", "view")
        assert driver.statements == 6  # the clock alone: the rest is known


async def test_a_revoked_right_is_gone_from_the_next_transaction_on(client: AsyncEngine, staff: AsyncEngine) -> None:
    policy = Policy()
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        assert (await policy.decision(transaction, actor, "order", "view")).check(MINE)
    async with open_tenant_transaction(staff, TENANT) as transaction:
        await transaction.driver.execute("DELETE FROM access_rules WHERE id = $1", ALLOW.id)
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        assert (await policy.decision(transaction, actor, "order", "view")).is_empty


async def test_an_open_snapshot_keeps_the_rules_it_began_with(client: AsyncEngine, staff: AsyncEngine) -> None:
    policy = Policy()
    async with tenants.reading_as(client, BUYER) as (early, actor):
        async with open_tenant_transaction(staff, TENANT) as transaction:
            await tenants.write_rules(transaction, [BY_CONTRACT])
        async with tenants.reading_as(client, BUYER) as (late, newer):
            assert (await policy.decision(late, newer, "order", "view")).is_empty
        # Rights and data are of one moment: the old snapshot still shows old data under old rules.
        assert (await policy.decision(early, actor, "order", "view")).check(MINE)


async def test_a_writer_that_reads_newer_rules_uses_them_and_remembers_them_as_newer(staff: AsyncEngine) -> None:
    policy = Policy()
    async with open_tenant_transaction(staff, TENANT) as writing:
        actor = await tenants.with_versions(writing, BUYER)
        async with open_tenant_transaction(staff, TENANT) as other:
            await tenants.write_rules(other, [BY_CONTRACT])
        assert (await policy.decision(writing, actor, "order", "view")).is_empty
    async with tenants.reading_as(staff, BUYER) as (transaction, newer):
        assert newer.rules_v > actor.rules_v
        assert (await policy.decision(transaction, newer, "order", "view")).is_empty


async def test_a_contract_that_changes_hands_is_the_old_owners_no_more(client: AsyncEngine, staff: AsyncEngine) -> None:
    policy, contract = Policy(), Facts(ctr=CONTRACT)
    other = replace(BUYER, user_id=UUID(int=9), membership_id=UUID(int=9), partner_id=OTHER_CLIENT)
    for owner, stranger, moved_to in ((BUYER, other, OTHER_CLIENT), (other, BUYER, CLIENT)):
        for who, expected in ((owner, True), (stranger, False)):
            async with tenants.reading_as(client, who) as (transaction, actor):
                decision = await policy.decision(transaction, actor, "contract", "view")
                assert decision.check(contract) is expected
        async with open_tenant_transaction(staff, TENANT) as transaction:
            await tenants.write_contract(transaction, CONTRACT, moved_to)


async def test_a_region_serves_for_all_regions_inside_it_and_only_while_they_are(staff: AsyncEngine) -> None:
    policy = Policy()
    logistician = replace(BUYER, role="logistician", partner_id=None, regions=(tenants.REGION,))
    inside = Facts(reg=tenants.CHILD_REGION)
    for parent, expected in ((tenants.REGION, True), (None, False)):
        async with open_tenant_transaction(staff, TENANT) as transaction:
            await tenants.write_region(transaction, tenants.REGION, None)
            await tenants.write_region(transaction, tenants.CHILD_REGION, parent)
        async with tenants.reading_as(staff, logistician) as (transaction, actor):
            assert (await policy.decision(transaction, actor, "order", "view")).check(inside) is expected


async def test_a_region_that_only_changes_its_name_reloads_no_rules(staff: AsyncEngine) -> None:
    async with open_tenant_transaction(staff, TENANT) as transaction:
        await tenants.write_region(transaction, tenants.REGION, None)
        before = await tenants.with_versions(transaction, BUYER)
        await transaction.driver.execute("UPDATE regions SET name_ru = 'Север'")
        assert (await tenants.with_versions(transaction, BUYER)).rules_v == before.rules_v


async def test_a_changed_membership_is_noticed_without_any_version(client: AsyncEngine) -> None:
    policy = Policy()
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        assert (await policy.decision(transaction, actor, "order", "view")).check(MINE)
        demoted = replace(actor, role="forwarder")
        assert (await policy.decision(transaction, demoted, "order", "view")).is_empty


async def test_a_dated_rule_begins_and_ends_by_itself(client: AsyncEngine, staff: AsyncEngine) -> None:
    policy = Policy()
    now = datetime.now(UTC)
    soon, later = now + timedelta(seconds=1.2), now + timedelta(seconds=2.4)
    dated = replace(ALLOW, valid_from=soon, valid_to=later)
    async with open_tenant_transaction(staff, TENANT) as transaction:
        await tenants.write_rules(transaction, [dated])
    seen: list[bool] = []
    for moment in (now, soon, later):
        await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds() + 0.3))
        async with tenants.reading_as(client, BUYER) as (transaction, actor):
            seen.append((await policy.decision(transaction, actor, "order", "view")).check(MINE))
    assert seen == [False, True, False]


async def test_many_requests_at_once_load_the_rules_once(client: AsyncEngine) -> None:
    policy = Policy()
    statements: list[int] = []

    async def ask() -> None:
        async with tenants.reading_as(client, BUYER) as (transaction, actor):
            driver = Counting(transaction.driver)
            watched = Transaction(transaction.connection, transaction.session, driver, TENANT)
            await policy.decision(watched, actor, "order", "view")
            statements.append(driver.statements)

    await asyncio.gather(*(ask() for _ in range(8)))
    assert sum(count >= 3 for count in statements) == 1


@pytest.mark.parametrize(
    ("case", "rules", "links"),
    [
        ("no rule at all", [], []),
        ("a circle of roles", [ALLOW], [Link("r:a", "r:b"), Link("r:b", "r:a")]),
        (
            "five steps from role to role",
            [ALLOW],
            [Link(f"r:{a}", f"r:{b}") for a, b in zip("abcde", "bcdef", strict=True)],
        ),
    ],
)
async def test_rules_that_cannot_be_served_refuse_everybody(
    staff: AsyncEngine, case: str, rules: list[Rule], links: list[Link]
) -> None:
    async with open_tenant_transaction(staff, TENANT) as transaction:
        await tenants.write_rules(transaction, rules, links)
    async with tenants.reading_as(staff, BUYER) as (transaction, actor):
        with pytest.raises(BrokenRulesError):
            await Policy().decision(transaction, actor, "order", "view")
    assert case


async def test_a_permission_nobody_listed_cannot_be_asked_for(client: AsyncEngine) -> None:
    async with tenants.reading_as(client, BUYER) as (transaction, actor):
        with pytest.raises(LookupError, match=r"order:destroy is not in policies/permissions\.csv"):
            await Policy().decision(transaction, actor, "order", "destroy")
