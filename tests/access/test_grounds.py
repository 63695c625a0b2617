"""No statement of a person's transaction touches a protected table without a decision, in whatever form it comes."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.rules import Rule
from app.infra.db.engine import make_engine
from app.infra.db.grounds import PROTECTED, REASONS, Grounds, UngroundedError, read_statement, tables_of, within
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.http.unit import Unit
from app.kernel.errors import NotAllowedError
from app.orders.models import Order, OrderLine
from app.orders.queries.access import ORDER_COLUMNS, ORDER_TEXT, facts_of, read_visible
from app.orders.queries.lines import read_lines
from app.orders.queries.writing import add_event
from tests.access import tenants
from tests.access.tenants import BUYER, CLIENT, TENANT
from tests.support.databases import Database

ORDER: Final = UUID(int=0x901)
FOREIGN: Final = UUID(int=0x902)
VIEW: Final = Rule(UUID(int=1), "r:distributor_manager", "order", "view", "allow", org="@own")
LOOK: Final = Rule(UUID(int=3), "r:distributor_head", "access", "view", "allow")
DRAFT: Final = Rule(UUID(int=2), "r:distributor_manager", "order", "draft", "allow", org="@own")
Ask = Callable[[Transaction], Awaitable[object]]

# Tables nobody's decision opens, each with the reason that is enough.
OPEN: Final = {
    "tenants": "the house itself; row-level security shows one",
    "tenant_logos calendars calendar_days": "the brand, and when people work: for everybody to see",
    "tenant_infobases": "one row, the administrator's (tenant:admin); the client role has no right to it",
    "regions product_lines plants warehouses segments standards price_lists packages": "names, no amounts",
    "batches": "what stands on the container: numbers, days, certificates",
    "grades products segment_items": "goods as printed in a brochure; who is offered them is agreements and prices",
    "segment_bits price_list_bits facet_bits facet_values search_tokens search_grams": "goods again, as bitmaps",
    "access_versions facts_versions": "numbers; every request begins by reading them",
    "users logins memberships idempotency_keys": "one's own rows: row-level security by person",
    "invitations delegations last_seen": "row-level security by company; who lists them asks user:view",
    "spent_challenges": "hashes of what was answered once",
    "factor_roles": "names of roles",
    "seeings": "who looks as whom; begun and ended by whoever looks (user:see_as)",
    "live_events outbox counters": "clients only append; the hub tells each event under a decision",
    "erp_inbox erp_streams erp_freshness erp_aliases erp_probes": "the exchange; no rows of clients",
    "cache_marks cache_changes": "which collections changed, and ids of what changed in them; no word of what it is",
    "alembic_version": "the schema's own mark",
}


@pytest.fixture
async def staff(database: Database) -> AsyncIterator[AsyncEngine]:
    """The manufacturer's connections, to a tenant with a client's order and a stranger's."""
    owner = make_engine(database.owner_url)
    await tenants.make_tenant(owner)
    await owner.dispose()
    engine = make_engine(database.staff_url)
    async with open_tenant_transaction(engine, TENANT) as transaction:
        await tenants.write_rules(transaction, [VIEW, DRAFT, LOOK])
        for order_id, partner_id in ((ORDER, CLIENT), (FOREIGN, tenants.OTHER_CLIENT)):
            await transaction.driver.execute(
                "INSERT INTO orders (tenant_id, id, number, partner_id, author_id) VALUES ($1, $2, $3, $4, $5)",
                *(TENANT, order_id, str(order_id), partner_id, BUYER.user_id),
            )
    yield engine
    await engine.dispose()


@pytest.fixture
async def acting(staff: AsyncEngine) -> AsyncIterator[tuple[Transaction, Actor]]:
    """A writing transaction of a person, as a request has it."""
    unit = Unit(staff)
    statement = "SELECT set_config('app.tenant', $1, true)"
    await unit.begin(read_only=False, statement=statement, args=(str(TENANT),), tenant_id=TENANT)
    assert unit.transaction is not None
    yield unit.transaction, await tenants.with_versions(unit.transaction, BUYER)
    await unit.close()


async def _with_driver(transaction: Transaction) -> object:
    return await transaction.driver.fetch("SELECT number FROM orders WHERE tenant_id = $1", TENANT)


async def _one_row(transaction: Transaction) -> object:
    return await transaction.driver.fetchrow("SELECT 1 FROM products p, orders WHERE p.id = orders.id")


async def _one_value(transaction: Transaction) -> object:
    return await transaction.driver.fetchval("SELECT (SELECT count(*) FROM public.orders)")


async def _change(transaction: Transaction) -> object:
    return await transaction.driver.execute("UPDATE orders SET comment = 'x'")


async def _many(transaction: Transaction) -> object:
    return await transaction.driver.executemany("DELETE FROM orders WHERE id = $1", [[ORDER]])


async def _copy(transaction: Transaction) -> object:
    return await transaction.driver.copy_to_table("orders", source=b"")


async def _with_core(transaction: Transaction) -> object:
    return await transaction.connection.execute(sa.select(Order.__table__.c.id))


async def _with_text(transaction: Transaction) -> object:
    return await transaction.connection.execute(sa.text('SELECT * FROM "orders"'))


async def _with_session(transaction: Transaction) -> object:
    return await transaction.session.execute(sa.select(Order))


async def _by_key(transaction: Transaction) -> object:
    return await transaction.session.get(Order, (TENANT, ORDER))


async def _by_join(transaction: Transaction) -> object:
    return await transaction.session.scalar(sa.select(sa.func.count()).select_from(OrderLine))


@pytest.mark.parametrize(
    "ask",
    [
        *(_with_driver, _one_row, _one_value, _change, _many, _copy),
        *(_with_core, _with_text, _with_session, _by_key, _by_join),
    ],
)
async def test_a_protected_table_without_a_decision_is_refused(acting: tuple[Transaction, Actor], ask: Ask) -> None:
    with pytest.raises(UngroundedError):
        await ask(acting[0])


async def test_a_decision_opens_its_table_in_every_form(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    decision = await Policy().decision(transaction, actor, "order", "view")
    allowed, values = decision.text(ORDER_TEXT, 1)
    by_driver = await transaction.driver.fetch(f"SELECT o.id FROM orders o WHERE {allowed}", *values)
    statement = sa.select(Order.__table__.c.id).where(decision.sql(ORDER_COLUMNS))
    by_core = await transaction.connection.scalars(statement)
    assert [row["id"] for row in by_driver] == list(by_core) == [ORDER]


async def test_a_decision_about_something_else_opens_nothing(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    decision = await Policy().decision(transaction, actor, "region", "view")
    assert decision.is_empty
    with pytest.raises(UngroundedError, match="orders touched without a decision"):
        await transaction.connection.execute(sa.select(Order.__table__.c.id).where(decision.sql(ORDER_COLUMNS)))


async def test_parts_are_read_only_of_what_was_read_under_a_decision(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    decision = await Policy().decision(transaction, actor, "order", "view")
    with pytest.raises(UngroundedError):
        await read_lines(transaction, ORDER)
    await read_visible(transaction, decision, ORDER)
    assert await read_lines(transaction, ORDER) == []
    with pytest.raises(UngroundedError):
        await read_lines(transaction, FOREIGN)


async def test_whoever_only_looked_cannot_write_parts(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    order = await read_visible(transaction, await Policy().decision(transaction, actor, "order", "view"), ORDER)
    with pytest.raises(UngroundedError, match="not to be changed"):
        await add_event(transaction, order, "x", actor)
    with pytest.raises(UngroundedError, match="not to be changed"):
        within(transaction.grounds, "order", ORDER, to_write=True)
    transaction.session.add(_line())
    with pytest.raises(UngroundedError, match="not to be changed"):
        await transaction.session.flush()


async def test_a_row_is_written_only_if_somebody_decided_about_it(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    order = await read_visible(transaction, await Policy().decision(transaction, actor, "order", "view"), ORDER)
    order.comment = "mine"
    with pytest.raises(UngroundedError, match="written without a decision"):
        await transaction.session.flush()


async def test_a_row_cannot_be_moved_out_of_the_writers_reach(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    policy = Policy()
    order = await read_visible(transaction, await policy.decision(transaction, actor, "order", "view"), ORDER)
    drafting = await policy.decision(transaction, actor, "order", "draft")

    def judge(row: object) -> None:
        assert row is order
        if not drafting.check(facts_of(order)):
            raise NotAllowedError

    assert transaction.grounds is not None
    transaction.grounds.judge_writes(Order, judge)
    order.comment = "still mine"
    await transaction.session.flush()
    order.partner_id = tenants.OTHER_CLIENT
    with pytest.raises(NotAllowedError):
        await transaction.session.flush()


async def test_a_job_acts_for_nobody_and_needs_no_grounds(staff: AsyncEngine) -> None:
    async with open_tenant_transaction(staff, TENANT, read_only=True) as transaction:
        assert transaction.grounds is None
        assert await transaction.driver.fetchval("SELECT count(*) FROM orders") == 2
        assert await transaction.session.get(Order, (TENANT, ORDER)) is not None


async def test_a_connection_taken_past_the_transactions_has_no_grounds(staff: AsyncEngine) -> None:
    async with staff.connect() as connection:
        with pytest.raises(UngroundedError):
            await connection.execute(sa.select(Order.__table__.c.id))


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("SELECT 1 FROM orders", "orders"),
        ("select * from products, Orders o", "orders"),
        ('SELECT * FROM public."orders"', "orders"),
        ("TABLE orders", "orders"),
        ("WITH x AS (UPDATE order_lines SET place = 1) SELECT 1", "order_lines"),
        ("SELECT m.partners, count(*) AS orders FROM memberships m", ""),
        ("SELECT 'from orders' -- from orders\n /* orders */ FROM products", ""),
    ],
)
def test_tables_are_found_wherever_they_stand(text: str, tables: str) -> None:
    assert tables_of(text) == set(tables.split())


@pytest.mark.parametrize(
    ("text", "is_shut"),
    [
        ("SELECT /*by order:view*/ 1 FROM orders", False),
        ("SELECT '/*by order:view*/' FROM orders", True),
        ("SELECT 1 -- /*by order:view*/\n FROM orders", True),
        ("SELECT /*by offer:view*/ 1 FROM orders", True),
        ("SELECT /*by order:view*/ 1 FROM orders, sales_plans", True),
        ("SELECT /*free deciding*/ 1 FROM contracts", False),
        ("SELECT /*free deciding*/ 1 FROM orders", True),
        ("SELECT /*free because*/ 1 FROM contracts", True),
        ("SELECT /*under access:view*/ 1 FROM access_rules", False),
        ("SELECT /*by access:view*/ 1 FROM access_rules", True),
        ("SELECT /*under order:view*/ 1 FROM access_rules", True),
        ("SELECT /*under order:view*/ 1 FROM orders", True),
        ("SELECT /*within person $1*/ 1 FROM notifications", False),
        ("SELECT /*within person $1*/ 1 FROM audit_records", True),
    ],
)
def test_only_a_mark_that_fits_the_table_opens_it(text: str, is_shut: bool) -> None:
    assert bool(read_statement(text).fault) is is_shut


def test_every_reason_given_anywhere_is_one_there_is_and_some_table_allows() -> None:
    texts = [file.read_text(encoding="utf-8") for file in Path("app").rglob("*.py") if file.name != "grounds.py"]
    given = {mark[1] for text in texts for mark in re.finditer(r"/\*free ([a-z_]+)\*/", text)}
    assert given == set(REASONS) == {reason for one in PROTECTED.values() for reason in one.free}


def test_rows_no_term_divides_are_read_by_whoever_has_the_right_at_all() -> None:
    grounds, texts = Grounds(), ("/*under access:view*/ SELECT 1", "/*under access*/ TABLE access_rules")
    for text in texts:
        with pytest.raises(UngroundedError, match="access: no such right was decided"):
            grounds.check_statement(f"{text} FROM access_rules", [])
    grounds.decide("access", "edit")
    with pytest.raises(UngroundedError):
        grounds.check_statement(f"{texts[0]} FROM access_rules", [])
    grounds.check_statement(texts[1], [])


async def test_only_a_right_to_something_is_a_right_at_all(acting: tuple[Transaction, Actor]) -> None:
    transaction, actor = acting
    assert (await Policy().decision(transaction, actor, "access", "view")).is_empty
    with pytest.raises(UngroundedError):
        await transaction.driver.fetch("SELECT /*under access:view*/ 1 FROM access_rules")
    head = replace(actor, role="distributor_head")
    assert not (await Policy().decision(transaction, head, "access", "view")).is_empty
    await transaction.driver.fetch("SELECT /*under access:view*/ 1 FROM access_rules")


async def test_ones_own_rows_are_those_of_the_person_who_acts(staff: AsyncEngine) -> None:
    own = "SELECT /*within person $1*/ count(*) FROM notifications WHERE user_id = $1"
    async with open_tenant_transaction(staff, TENANT, user_id=BUYER.user_id, grounds=Grounds()) as transaction:
        assert await transaction.driver.fetchval(own, BUYER.user_id) == 0
        with pytest.raises(UngroundedError, match="person: not read under a decision"):
            await transaction.driver.fetchval(own, UUID(int=3))


def test_an_object_is_named_by_its_id_and_by_nothing_else() -> None:
    grounds = Grounds()
    grounds.admit("order", ORDER)
    grounds.check_statement("SELECT /*within order $1*/ 1 FROM orders", [ORDER])
    grounds.check_statement("SELECT /*within order $1*/ 1 FROM orders", [[ORDER]])
    for named in (str(ORDER), [ORDER, FOREIGN], FOREIGN, [str(ORDER)]):
        with pytest.raises(UngroundedError):
            grounds.check_statement("SELECT /*within order $1*/ 1 FROM orders", [named])


async def test_every_table_is_protected_or_open_for_a_reason(staff: AsyncEngine, database: Database) -> None:
    assert staff is not None
    connection = await asyncpg.connect(database.superuser_url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    standing = {str(cast("object", row["tablename"])) for row in rows}
    opened = set(" ".join(OPEN).split())
    assert standing - opened == set(PROTECTED), "a table belongs into policies/tables.csv, or here with a reason"
    assert all((one.opened_by or one.under) and one.free <= REASONS.keys() for one in PROTECTED.values())


def _line() -> OrderLine:
    return OrderLine(
        tenant_id=TENANT,
        id=UUID(int=5),
        order_id=ORDER,
        partner_id=CLIENT,
        place=1,
        product_id=ORDER,
        quantity=1,
        unit="",
    )
