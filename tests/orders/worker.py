"""The worker as tests of orders see it, and 1C's version of an order, made from the portal's own."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from app.infra.db.transaction import open_tenant_transaction
from app.orders.queries.access import lock_any
from app.orders.queries.parts import read_lines_of
from app.orders.rules.differing import Line, Version
from app.orders.services.exchange import (
    ErpOrder,
    apply_erp_states,
    mark_posted,
    record_accepted,
    record_refused,
    record_sent,
)
from app.orders.services.holding import version_of
from tests.orders.shop import TENANT, Shop

Change = Callable[[Version], Version]


class Worker:
    """Acts as the worker does: staff's connection, one transaction a call."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def sent(self, order_id: UUID) -> None:
        async with open_tenant_transaction(self.shop.staff, TENANT) as transaction:
            await record_sent(transaction, order_id)

    async def accepted(self, order_id: UUID, batch: int = 120) -> None:
        async with open_tenant_transaction(self.shop.staff, TENANT) as transaction:
            await mark_posted(transaction, {order_id: batch})
            await record_accepted(transaction, order_id, "АЛ00-000124", "label")

    async def refused(self, order_id: UUID, code: str = "no_stock") -> None:
        async with open_tenant_transaction(self.shop.staff, TENANT) as transaction:
            await record_refused(transaction, order_id, code, "Недостаточно")

    async def terms(self, order_id: UUID) -> Version:
        """The order as the portal has it now."""
        async with open_tenant_transaction(self.shop.staff, TENANT) as transaction:
            order = await lock_any(transaction, order_id)
            assert order is not None
            return version_of(order, (await read_lines_of(transaction, [order_id])).get(order_id, []))

    async def state(
        self,
        order_id: UUID,
        stage: str,
        version: int,
        *,
        cancelled: bool = False,
        shipped: str = "0",
        batch: int = 120,
        label: str = "label",
        terms: Version | None = None,
    ) -> None:
        """Bring the news of an order; without ``terms`` 1C has what the portal has."""
        ours = await self.terms(order_id)
        moved = [replace(line, shipped=Decimal(shipped), is_cancelled=cancelled) for line in ours.lines]
        found = ErpOrder(
            id=order_id,
            number="АЛ00-000124",
            label=label,
            stage=stage,
            is_cancelled=cancelled,
            posted_batch=batch,
            version=version,
            terms=terms or replace(ours, lines=tuple(moved)),
        )
        async with open_tenant_transaction(self.shop.staff, TENANT) as transaction:
            await apply_erp_states(transaction, [found])


def summed(version: Version, *lines: Line) -> Version:
    """The same order with other lines, and the total they come to."""
    standing = [line for line in lines if not line.is_cancelled]
    vat = sum((line.vat for line in standing), start=Decimal(0))
    gross = vat + sum((line.net for line in standing), start=Decimal(0))
    return replace(version, vat=vat, gross=gross, lines=tuple(lines))
