"""Who hears of an order: open pages at once, people by bell and letter."""

from app.infra.db.transaction import Transaction
from app.infra.live import publish
from app.notifications.services import Audience, notify
from app.orders.models import Order


async def tell_state(transaction: Transaction, order: Order) -> None:
    """Tell open pages that an order moved on."""
    data = {"state": order.state, "number": order.number, "erp_number": order.erp_number}
    await publish(transaction, order.partner_id, "order.state", "order", order.id, data)


async def tell_people(transaction: Transaction, order: Order, kind: str, **params: str) -> None:
    """Ring the bell and write to those whom an order concerns; open pages hear of it as well."""
    await tell_state(transaction, order)
    await notify(transaction, _audience(order), kind, "order", order.id, {"number": order.number, **params})


async def tell_decision_needed(transaction: Transaction, order: Order) -> None:
    """Tell buyer and manager that an order waits for a decision; its page says why."""
    # Without the reason: it may name sums that are not for everybody who hears of the order.
    await tell_people(transaction, order, "order.needs_decision")


def _audience(order: Order) -> Audience:
    return Audience(partner_id=order.partner_id, author_id=order.author_id, region_id=order.region_id)
