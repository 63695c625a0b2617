"""The ERP's truth beside the portal's holds, of stock or of credit: one machine for both (ERP-EXCHANGE 4.6).

A model of the ERP keeps the truth: how much there is and which orders it has counted, at every tick of its clock. The
portal only ever sees old figures of it, in any interleaving with holds, postings and cancellations that are told late,
twice or before their figures.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.engine import make_engine
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.ids import new_id
from tests.orders.shop import TENANT
from tests.support.databases import Database

T = TypeVar("T")
START = 20


class Held:
    """One order as the model knows it."""

    def __init__(self, quantity: int) -> None:
        self.id = new_id()
        self.quantity = quantity
        self.posted_batch = 0
        self.is_told = False  # whether the portal has heard of the posting
        self.is_cancelled = False


def _has_waiting(machine: object) -> bool:
    return isinstance(machine, Promises) and bool(machine.waiting)


def _has_untold(machine: object) -> bool:
    return isinstance(machine, Promises) and bool(machine.untold)


def _has_living(machine: object) -> bool:
    return isinstance(machine, Promises) and bool(machine.living)


class Promises(RuleBasedStateMachine):
    """What a room of holds must keep to; the room itself is below, in the abstract methods."""

    engine: AsyncEngine
    runner: asyncio.Runner

    @abstractmethod
    async def reset(self, transaction: Transaction) -> None:
        """Begin without holds, with a figure of ``START`` as of batch 100."""

    @abstractmethod
    async def take(self, transaction: Transaction, order_id: UUID, quantity: int) -> bool:
        """Hold so much for an order; False if it does not fit."""

    @abstractmethod
    async def post(self, transaction: Transaction, order_id: UUID, batch: int) -> None:
        """Hear which batch posted an order."""

    @abstractmethod
    async def release(self, transaction: Transaction, order_id: UUID) -> None:
        """Give back what an order holds."""

    @abstractmethod
    async def see(self, transaction: Transaction, free: int, batch: int) -> None:
        """Take over the ERP's figure as of a batch."""

    @abstractmethod
    async def figures(self, transaction: Transaction) -> tuple[Decimal, Decimal, Decimal]:
        """Read what counts as unreflected, the sum of open holds, and what can still be promised."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 100
        self.on_hand = START
        self.free_at = {100: START}
        self.seen_batch = 100
        self.orders: list[Held] = []
        self.work(self.reset)

    def work(self, deed: Callable[[Transaction], Awaitable[T]]) -> T:
        async def inside() -> T:
            async with open_tenant_transaction(self.engine, TENANT) as transaction:
                return await deed(transaction)

        return self.runner.run(inside())

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

        async def take(transaction: Transaction) -> bool:
            fits = await self.take(transaction, order.id, quantity)
            if not fits:
                await transaction.connection.rollback()
            return fits

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
            self.work(lambda transaction: self.post(transaction, order.id, order.posted_batch))
        order.is_told = True

    @rule(ahead=st.integers(0, 40), times=st.integers(1, 2))
    def a_figure_arrives(self, ahead: int, times: int) -> None:
        batch = min(self.seen_batch + ahead, self.clock)
        self.seen_batch = batch

        for _ in range(times):
            self.work(lambda transaction: self.see(transaction, self.free_at[batch], batch))

    @precondition(_has_living)
    @rule(place=st.integers(0, 30), times=st.integers(1, 2))
    def an_order_is_cancelled(self, place: int, times: int) -> None:
        order = self._pick(place, self.living)
        order.is_cancelled = True
        if order.posted_batch:
            self._tick()
        for _ in range(times):
            self.work(lambda transaction: self.release(transaction, order.id))

    @rule(quantity=st.integers(1, 10))
    def goods_arrive(self, quantity: int) -> None:
        self.on_hand += quantity
        self._tick()

    @invariant()
    def nothing_is_sold_twice(self) -> None:
        assert sum(one.quantity for one in self.living) <= self.on_hand

    @invariant()
    def every_order_is_counted_until_the_figure_contains_it(self) -> None:
        unreflected, held, _ = self.work(self.figures)
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
        unreflected, _, free = self.work(self.figures)
        living = sum(one.quantity for one in self.living)
        assert unreflected == 0
        assert free == self.on_hand - living

    def _at_rest(self, order: Held) -> None:
        self.work(lambda transaction: self.post(transaction, order.id, order.posted_batch))
        order.is_told = True


def run_promises(machine: type[Promises], database: Database) -> None:
    """Run a room's machine against a real database."""
    with asyncio.Runner() as own:
        engine_of_run = make_engine(database.staff_url, 1)
        here = type("Here", (machine,), {"engine": engine_of_run, "runner": own})
        run_state_machine_as_test(
            here,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
            ),
        )
        own.run(engine_of_run.dispose())
