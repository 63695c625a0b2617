"""Taking stock, giving it back, and keeping the portal's holds in step with the ERP's figures.

Free to promise = ``erp_free - unreflected``. A hold counts in ``unreflected`` until the ERP's figure contains
the order (``posted_batch <= as_of_batch``, exactly) or the hold is released; so a figure of any age neither
counts an order twice nor forgets it (ERP-EXCHANGE 4.6). Every function may be called twice.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.infra.db.transaction import Transaction
from app.stock import queries
from app.stock.queries import Place
from app.stock.rules import Shortage, Want, find_shortages


async def take(transaction: Transaction, order_id: UUID, partner_id: UUID, wants: Sequence[Want]) -> list[Shortage]:
    """Hold stock for all lines of an order, or say where it does not suffice.

    After a shortage the caller must give up the transaction: lines that fitted are held until it ends.
    The caller holds the lock on the order; credit is taken before.
    """
    if not wants:
        return []
    places = [(want.product_id, want.warehouse_id) for want in wants]
    free = await queries.lock_levels(transaction, places)
    held = await queries.take_levels(transaction, order_id, partner_id, wants)
    return [] if held == len(wants) else find_shortages(list(wants), free)


async def release(transaction: Transaction, order_id: UUID) -> None:
    """Give back what an order holds: it was refused, cancelled or returned before anything left."""
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
    """Forget which batch holds and figures are of: the ERP is counted differently from now on.

    Holds that no figure contains yet stay held until the new count says otherwise, which promises too little and
    never too much.
    """
    await queries.forget_batches(transaction)


async def refresh_unreflected(transaction: Transaction, places: Sequence[Place] | None = None) -> None:
    """Let go of holds that newer ERP figures contain; call it in the transaction that wrote the figures.

    ``places`` are (product, warehouse) pairs that changed; None looks at all.
    """
    await queries.lock_seen(transaction, places)
    await queries.reflect(transaction, places, None)
