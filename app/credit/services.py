"""Taking credit, giving it back, and keeping the portal's holds in step with the ERP's figures.

Left to spend = ``erp_limit - erp_debt - erp_orders - unreflected``; the algebra is that of the stock room.
Every function may be called twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.access.decisions import Decision
from app.caching.shelf import read
from app.credit.families import LIMITS, MONTHS, LimitsAsk, MonthAsk
from app.credit.queries import holds as queries
from app.credit.queries.accounts import LimitRow, MonthPlan
from app.infra.db.transaction import Transaction


async def take(transaction: Transaction, order_id: UUID, contract_id: UUID, amount: Decimal) -> bool:
    """Hold an amount (with VAT, contract currency) of a contract's credit; False: it does not fit.

    False also where overdue debt forbids it or the ERP never named this credit. The caller holds the lock
    on the order and takes stock afterwards. An order that costs nothing holds nothing.
    """
    return amount == 0 or await queries.take_account(transaction, order_id, contract_id, amount)


async def release(transaction: Transaction, order_id: UUID) -> None:
    """Give back what an order holds."""
    await queries.lock_orders(transaction, [order_id])
    await queries.release_order(transaction, order_id)


async def mark_posted(transaction: Transaction, posted: Mapping[UUID, int]) -> None:
    """Note the ERP batch that posted each order; holds the figures already contain stop counting at once."""
    await queries.lock_orders(transaction, list(posted))
    await queries.post_orders(transaction, posted)
    await queries.reflect(transaction, None, list(posted))


async def note_holding(transaction: Transaction, order_ids: Sequence[UUID], batch: int) -> None:
    """Note orders that are inside the figures of a batch; call it once those figures are written."""
    await queries.post_orders(transaction, dict.fromkeys(order_ids, batch))


async def forget_clock(transaction: Transaction) -> None:
    """Forget which batch holds and figures are of; see the stock room."""
    await queries.forget_batches(transaction)


async def refresh_unreflected(transaction: Transaction, contracts: Sequence[UUID] | None = None) -> None:
    """Let go of holds that newer ERP figures contain; call it in the transaction that wrote the figures.

    ``contracts`` are those whose figures changed; None looks at all.
    """
    await queries.lock_seen(transaction, contracts)
    await queries.reflect(transaction, contracts, None)


async def month_plan(
    transaction: Transaction, decision: Decision, partner_id: UUID, month: date
) -> Sequence[MonthPlan]:
    """Read a client's plan of one month by product line, for the meter beside an order. ``decision`` is plan:view."""
    return await read(transaction, MONTHS, MonthAsk(decision, partner_id, month))


async def credit_of(transaction: Transaction, decision: Decision, contract_id: UUID) -> LimitRow | None:
    """Read the credit of one contract under limit:view; None where there is none to see. Shown, not decided on."""
    if decision.is_empty:
        return None
    rows, _ = await read(transaction, LIMITS, LimitsAsk(decision, None, 1, contract_id=contract_id))
    return rows[0] if rows else None
