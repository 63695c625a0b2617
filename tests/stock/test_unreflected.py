"""No stock is sold twice and none is forgotten, whatever the age of the ERP's figures (ERP-EXCHANGE 4.6).

A model of the ERP keeps the truth: what is in the warehouse and which orders it has reserved, at every tick of
its clock. The portal only ever sees old figures of it, in any interleaving with holds, postings and
cancellations that are told late, twice or before their figures.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.engine import make_engine
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.ids import new_id
from app.stock import services as stock
from app.stock.rules import Want
from tests.orders.shop import ALPHA, DRUM, TENANT, WAREHOUSE
from tests.support.databases import Database

T = TypeVar("T")
_START = 20
_CLEAN = "DELETE FROM stock_holds WHERE tenant_id = $1"
_LEVEL = """
    UPDATE stock_levels SET erp_free = $3, as_of_batch = $4 {more}
    WHERE tenant_id = $1 AND product_id = $2
"""


class Held:
    """One order as the model knows it."""

    def __init__(self, quantity: int) -> None:
        self.id = new_id()
        self.quantity = quantity
        self.posted_batch = 0
        self.is_told = False  # whether the portal has heard of the posting
        self.is_cancelled = False


def _has_waiting(machine: object) -> bool:
    return isinstance(machine, Warehouse) and bool(machine.waiting)


def _has_untold(machine: object) -> bool:
    return isinstance(machine, Warehouse) and bool(machine.untold)


def _has_living(machine: object) -> bool:
    return isinstance(machine, Warehouse) and bool(machine.living)


class Warehouse(RuleBasedStateMachine):
    """The ERP's truth beside the portal's holds."""

    engine: AsyncEngine
    runner: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.clock = 100
        self.on_hand = _START
        self.free_at = {100: _START}
        self.seen_batch = 100
        self.orders: list[Held] = []
        self.work(self._reset)

    def work(self, deed: Callable[[Transaction], Awaitable[T]]) -> T:
        async def inside() -> T:
            async with open_tenant_transaction(self.engine, TENANT) as transaction:
                return await deed(transaction)

        return self.runner.run(inside())

    async def _reset(self, transaction: Transaction) -> None:
        await transaction.driver.execute(_CLEAN, TENANT)
        statement = _LEVEL.format(more=", unreflected = 0")
        await transaction.driver.execute(statement, TENANT, DRUM, Decimal(_START), 100)

    def _tick(self) -> None:
        self.clock += 1
        reserved = sum(one.quantity for one in self.orders if one.posted_batch and not one.is_cancelled)
        self.free_at[self.clock] = self.on_hand - reserved

    def _pick(self, place: int, orders: list[Held]) -> Held:
        return orders[place % len(orders)]

    @property
    def waiting(self) -> list[Held]:
        """Orders the ERP has not seen yet."""
        return [one for one in self.orders if not one.posted_batch and not one.is_cancelled]

    @property
    def untold(self) -> list[Held]:
        """Orders the ERP has posted without the portal knowing."""
        return [one for one in self.orders if one.posted_batch and not one.is_told and not one.is_cancelled]

    @property
    def living(self) -> list[Held]:
        """Orders that shall get their goods."""
        return [one for one in self.orders if not one.is_cancelled]

    @rule(quantity=st.integers(1, 12))
    def a_buyer_orders(self, quantity: int) -> None:
        order = Held(quantity)
        want = Want(new_id(), DRUM, WAREHOUSE, Decimal(quantity))

        async def take(transaction: Transaction) -> bool:
            if await stock.take(transaction, order.id, ALPHA, [want]):
                await transaction.connection.rollback()
                return False
            return True

        if self.work(take):
            self.orders.append(order)

    @precondition(_has_waiting)
    @rule(place=st.integers(0, 30))
    def the_erp_posts(self, place: int) -> None:
        order = self._pick(place, self.waiting)
        assert self.free_at[self.clock] >= order.quantity, "the ERP would refuse what the portal has sold"
        self.clock += 1
        order.posted_batch = self.clock
        self.free_at[self.clock] = self.free_at[self.clock - 1] - order.quantity

    @precondition(_has_untold)
    @rule(place=st.integers(0, 30), times=st.integers(1, 2))
    def the_portal_hears_of_it(self, place: int, times: int) -> None:
        order = self._pick(place, self.untold)
        for _ in range(times):
            self.work(lambda transaction: stock.mark_posted(transaction, {order.id: order.posted_batch}))
        order.is_told = True

    @rule(ahead=st.integers(0, 40), times=st.integers(1, 2))
    def a_figure_arrives(self, ahead: int, times: int) -> None:
        batch = min(self.seen_batch + ahead, self.clock)
        self.seen_batch = batch

        async def see(transaction: Transaction) -> None:
            statement = _LEVEL.format(more="")
            await transaction.driver.execute(statement, TENANT, DRUM, Decimal(self.free_at[batch]), batch)
            await stock.refresh_unreflected(transaction, [(DRUM, WAREHOUSE)])

        for _ in range(times):
            self.work(see)

    @precondition(_has_living)
    @rule(place=st.integers(0, 30), times=st.integers(1, 2))
    def an_order_is_cancelled(self, place: int, times: int) -> None:
        order = self._pick(place, self.living)
        order.is_cancelled = True
        if order.posted_batch:
            self._tick()
        for _ in range(times):
            self.work(lambda transaction: stock.release(transaction, order.id))

    @rule(quantity=st.integers(1, 10))
    def goods_arrive(self, quantity: int) -> None:
        self.on_hand += quantity
        self._tick()

    @invariant()
    def nothing_is_sold_twice(self) -> None:
        assert sum(one.quantity for one in self.living) <= self.on_hand

    @invariant()
    def every_order_is_counted_until_the_figure_contains_it(self) -> None:
        unreflected, held, _ = self.work(_figures)
        expected = sum(one.quantity for one in self.living if not (one.is_told and one.posted_batch <= self.seen_batch))
        assert unreflected == held == expected

    def teardown(self) -> None:
        """Let everything be told and seen: what is left is exactly what can still be sold."""
        for order in self.waiting:
            self.clock += 1
            order.posted_batch = self.clock
            self._at_rest(order)
        for order in self.untold:
            self._at_rest(order)
        self._tick()
        self.seen_batch = self.clock
        self.a_figure_arrives(ahead=0, times=1)
        unreflected, _, free = self.work(_figures)
        living = sum(one.quantity for one in self.living)
        assert unreflected == 0
        assert free == self.on_hand - living

    def _at_rest(self, order: Held) -> None:
        self.work(lambda transaction: stock.mark_posted(transaction, {order.id: order.posted_batch}))
        order.is_told = True


async def _figures(transaction: Transaction) -> tuple[Decimal, Decimal, Decimal]:
    row = await transaction.driver.fetchrow(
        "SELECT l.unreflected, l.erp_free - l.unreflected AS free,"
        " coalesce((SELECT sum(quantity) FROM stock_holds h WHERE h.tenant_id = $1 AND h.state = 'held'), 0) AS held"
        " FROM stock_levels l WHERE l.tenant_id = $1 AND l.product_id = $2",
        TENANT,
        DRUM,
    )
    assert row is not None
    values = (row["unreflected"], row["held"], row["free"])
    assert all(isinstance(one, Decimal) for one in values)
    return Decimal(str(values[0])), Decimal(str(values[1])), Decimal(str(values[2]))


def test_figures_of_any_age_never_sell_stock_twice(shop_database: Database) -> None:
    with asyncio.Runner() as own:

        class Here(Warehouse):
            engine = make_engine(shop_database.staff_url, 1)
            runner = own

        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
            ),
        )
        own.run(Here.engine.dispose())
