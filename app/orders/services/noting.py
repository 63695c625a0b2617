"""What the audit trail hears of orders: how an order stood before and after."""

from collections.abc import Mapping

from app.infra import audit
from app.orders.models import Order
from app.orders.services.desk import Desk

Standing = dict[str, object]


def standing(order: Order) -> Standing:
    """Remember how the order stands; asked for before and after a change."""
    return {
        "state": order.state,
        "gross": order.gross,
        "kg": order.kg,
        "shared": order.shared,
        "archived": order.archived_at is not None,
    }


async def note(
    desk: Desk, order: Order, kind: str, before: Standing, detail: Mapping[str, object] | None = None
) -> None:
    """Record what was done, with what it changed."""
    await audit.record(
        desk.transaction,
        f"order.{kind}",
        "order",
        order.id,
        actor_id=desk.actor.user_id,
        object_name=order.number,
        partner_id=order.partner_id,
        before=before,
        after=standing(order),
        detail={"currency": order.currency, **(detail or {})},
    )
