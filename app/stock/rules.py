"""Promises against stock: values only."""

from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class Want(Struct, frozen=True):
    """What one order line asks of one warehouse, in order units."""

    line_id: UUID
    product_id: UUID
    warehouse_id: UUID
    quantity: Decimal


class Shortage(Struct, frozen=True):
    """Where stock does not suffice; ``free`` is what could still be promised (never below zero)."""

    product_id: UUID
    warehouse_id: UUID
    free: Decimal


def find_shortages(wants: list[Want], free: dict[tuple[UUID, UUID], Decimal]) -> list[Shortage]:
    """Compare what is asked with what is free; several lines of one product share one figure."""
    asked: dict[tuple[UUID, UUID], Decimal] = {}
    for want in wants:
        key = (want.product_id, want.warehouse_id)
        asked[key] = asked.get(key, Decimal(0)) + want.quantity
    return [
        Shortage(*key, max(free.get(key, Decimal(0)), Decimal(0)))
        for key, quantity in asked.items()
        if quantity > free.get(key, Decimal(0))
    ]
