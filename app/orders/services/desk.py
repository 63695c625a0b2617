"""Who works on an order, under which rights, in which transaction, on which day."""

from datetime import date, datetime
from typing import cast
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.decisions import Decision, require
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.kernel.clock import business_date
from app.kernel.errors import ChangedMeanwhileError, NotFoundError
from app.orders.models import Order
from app.orders.queries.access import facts_of, lock_visible, read_visible


class Desk(Struct, frozen=True):
    """One request's place of work; ``now`` is aware UTC."""

    transaction: Transaction
    policy: Policy
    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The tenant's business date (R15)."""
        return business_date(self.now, self.actor.zone)

    async def decision(self, resource: str, action: str) -> Decision:
        """Ask the policy what the actor may do."""
        return await self.policy.decision(self.transaction, self.actor, resource, action)

    async def read(self, order_id: UUID) -> Order:
        """Read an order the actor may see.

        Raises:
            NotFoundError: there is none, or it is not theirs to see.
        """
        return await read_visible(self.transaction, await self.decision("order", "view"), order_id)

    async def read_draft(self, order_id: UUID) -> Order:
        """Read a draft the actor may see.

        Raises:
            NotFoundError: there is none, it is not theirs to see, or it is no draft any more.
        """
        order = await self.read(order_id)
        insist_on_draft(order)
        return order

    async def lock(self, order_id: UUID, action: str, *, resource: str = "order") -> Order:
        """Lock an order the actor may see and do ``action`` to.

        Raises:
            NotFoundError: there is none, or it is not theirs to see.
            NotAllowedError: they may see it but not do this.
        """
        order = await lock_visible(self.transaction, await self.decision("order", "view"), order_id)
        allowed = await self.decision(resource, action)
        require(allowed, facts_of(order))
        self._may_write(order, allowed)
        return order

    async def add(self, order: Order, allowed: Decision) -> None:
        """Write a new order; ``allowed`` is order:draft.

        Raises:
            NotAllowedError: as it stands now, the actor would not have been allowed to begin it.
        """
        self._may_write(order, allowed)
        self.transaction.session.add(order)
        await self.transaction.session.flush()

    def _may_write(self, order: Order, allowed: Decision) -> None:
        if self.transaction.grounds is None:
            return
        self.transaction.admit("order", order.id, to_write=True)
        # Asked again of every order as it is about to be written: none may be moved out of the writer's reach.
        self.transaction.grounds.judge_writes(Order, lambda row: require(allowed, facts_of(cast("Order", row))))


def insist_on_version(order: Order, version: int | None) -> None:
    """Refuse to change what moved on since it was read; None means the caller did not look.

    Raises:
        ChangedMeanwhileError: the order has another version now.
    """
    if version is not None and version != order.version:
        raise ChangedMeanwhileError(order.version)


def insist_on_draft(order: Order) -> None:
    """Only drafts are edited; anything else is no draft to find.

    Raises:
        NotFoundError: the order is not a draft any more.
    """
    if order.state != "draft":
        raise NotFoundError
