"""Parts of a locked order as rows of the session, to be changed; the flush asks whether they may be."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from app.infra.db.grounds import within
from app.infra.db.transaction import Transaction
from app.orders.models import BadLine, Order, OrderLine, Pickup

# What submit writes into a line and a return to the buyer takes out again.
_UNFROZEN: Final[Mapping[str, None]] = dict.fromkeys(
    ("price", "price_list_id", "price_version", "discount_pct", "vat_pct", "net", "vat", "gross", "kg", "warehouse_id")
)


async def read_line_models(transaction: Transaction, order: Order) -> list[OrderLine]:
    """Read the lines in their order."""
    statement = sa.select(OrderLine).where(*_of(transaction, OrderLine, order)).order_by(OrderLine.place)
    found = await transaction.session.execute(statement, execution_options={"populate_existing": True})
    return list(found.scalars())


async def read_lines_of(transaction: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """Read the lines of several orders for the exchange, which acts for no person."""
    if not order_ids:
        return {}
    statement = sa.select(OrderLine).where(
        OrderLine.tenant_id == transaction.tenant_id, OrderLine.order_id.in_(order_ids)
    )
    found = await transaction.session.execute(
        statement.order_by(OrderLine.order_id, OrderLine.place), execution_options={"populate_existing": True}
    )
    lines: dict[UUID, list[OrderLine]] = {}
    for line in found.scalars():
        lines.setdefault(line.order_id, []).append(line)
    return lines


async def read_bad_line(transaction: Transaction, order: Order, bad_id: UUID) -> BadLine | None:
    """Read one pasted line that waits for a fix; None if the order has no such."""
    statement = sa.select(BadLine).where(*_of(transaction, BadLine, order), BadLine.id == bad_id)
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def read_pickup(transaction: Transaction, order: Order) -> Pickup | None:
    """Read who comes for the goods; None until somebody was named."""
    statement = sa.select(Pickup).where(*_of(transaction, Pickup, order))
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def forget_agreements(transaction: Transaction, order: Order) -> None:
    """Let the lines keep their products only; the best agreement is found when they are priced."""
    await _write_lines(transaction, order, {"agreement_id": None})


async def unfreeze_lines(transaction: Transaction, order: Order) -> None:
    """Take prices and sums out of the lines: they are a draft's again."""
    await _write_lines(transaction, order, _UNFROZEN)


async def _write_lines(transaction: Transaction, order: Order, values: Mapping[str, None]) -> None:
    await transaction.session.execute(
        sa.update(OrderLine)
        .where(*_of(transaction, OrderLine, order, to_write=True))
        .values(dict(values))
        .execution_options(synchronize_session=False)
    )


def _of(
    transaction: Transaction,
    model: type[OrderLine | BadLine | Pickup],
    order: Order,
    *,
    to_write: bool = False,
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        model.tenant_id == transaction.tenant_id,
        model.order_id == order.id,
        within(transaction.grounds, "order", order.id, to_write=to_write),
    )
