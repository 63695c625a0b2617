"""Orders under the reader's rights: another company's order and a missing one look the same."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.access.decisions import Column, Decision
from app.access.terms import Facts
from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError
from app.orders.models import Order

# Dimension -> column, for the compiled condition on a SELECT from orders.
ORDER_COLUMNS: Final[Mapping[str, Column]] = {
    "reg": Order.__table__.c.region_id,
    "org": Order.__table__.c.partner_id,
    "ctr": Order.__table__.c.contract_id,
    "live": Order.__table__.c.state != "draft",
    "author": Order.__table__.c.author_id,
    "branch": Order.__table__.c.branch,
    "shared": Order.__table__.c.shared,
}
# The same for SQL text, where the table is called o.
ORDER_TEXT: Final[Mapping[str, str]] = {
    "reg": "o.region_id",
    "org": "o.partner_id",
    "ctr": "o.contract_id",
    "live": "o.state <> 'draft'",
    "author": "o.author_id",
    "branch": "o.branch",
    "shared": "o.shared",
}


def facts_of(order: Order) -> Facts:
    """Give what a rule may ask about an order."""
    return Facts(
        reg=order.region_id,
        org=order.partner_id,
        ctr=order.contract_id,
        live=order.state != "draft",
        author=order.author_id,
        branch=order.branch,
        shared=order.shared,
    )


async def read_visible(transaction: Transaction, visible: Decision, order_id: UUID) -> Order:
    """Read an order.

    Raises:
        NotFoundError: no such order within the reader's rights.
    """
    return await _one(transaction, _select(transaction, visible, order_id))


async def lock_visible(transaction: Transaction, visible: Decision, order_id: UUID) -> Order:
    """Read an order and lock it against everybody else who would change it.

    Raises:
        NotFoundError: no such order within the reader's rights.
    """
    return await _one(transaction, _select(transaction, visible, order_id).with_for_update())


async def lock_any(transaction: Transaction, order_id: UUID) -> Order | None:
    """Lock an order for the exchange, which acts for no person."""
    statement = sa.select(Order).where(Order.tenant_id == transaction.tenant_id, Order.id == order_id)
    found = await transaction.session.execute(
        statement.with_for_update(), execution_options={"populate_existing": True}
    )
    return found.scalar_one_or_none()


async def lock_all(transaction: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Lock orders for the exchange, in the order of their keys; those that do not exist are absent."""
    if not order_ids:
        return {}
    statement = sa.select(Order).where(Order.tenant_id == transaction.tenant_id, Order.id.in_(order_ids))
    found = await transaction.session.execute(
        statement.order_by(Order.id).with_for_update(), execution_options={"populate_existing": True}
    )
    return {order.id: order for order in found.scalars()}


def _select(transaction: Transaction, visible: Decision, order_id: UUID) -> sa.Select[Order]:
    return sa.select(Order).where(
        Order.tenant_id == transaction.tenant_id, Order.id == order_id, visible.sql(ORDER_COLUMNS)
    )


async def _one(transaction: Transaction, statement: sa.Select[Order]) -> Order:
    # The row may have changed since this session last saw it.
    found = await transaction.session.execute(statement, execution_options={"populate_existing": True})
    order = found.scalar_one_or_none()
    if order is None:
        raise NotFoundError
    # An order opens its parts, and what its contract says of them.
    transaction.admit("order", order.id)
    transaction.admit("contract", order.contract_id)
    return order
