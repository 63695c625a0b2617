"""What is short, told before anything is taken."""

from decimal import Decimal
from uuid import UUID

from app.stock.rules import Shortage, Want, find_shortages

OIL, GREASE = UUID(int=1), UUID(int=2)
ALMATY, AKTOBE = UUID(int=11), UUID(int=12)


def want(product: UUID, warehouse: UUID, quantity: str) -> Want:
    return Want(UUID(int=99), product, warehouse, Decimal(quantity))


def test_lines_of_one_product_share_what_is_free_in_one_warehouse() -> None:
    free = {(OIL, ALMATY): Decimal(10), (OIL, AKTOBE): Decimal(1), (GREASE, ALMATY): Decimal(5)}
    assert find_shortages([want(OIL, ALMATY, "6"), want(OIL, ALMATY, "4")], free) == []
    over = [want(OIL, ALMATY, "6"), want(OIL, ALMATY, "4.001"), want(GREASE, ALMATY, "5"), want(OIL, AKTOBE, "2")]
    assert find_shortages(over, free) == [Shortage(OIL, ALMATY, Decimal(10)), Shortage(OIL, AKTOBE, Decimal(1))]


def test_nothing_known_is_nothing_free_and_less_than_nothing_reads_as_nothing() -> None:
    assert find_shortages([want(OIL, ALMATY, "0.5")], {}) == [Shortage(OIL, ALMATY, Decimal(0))]
    assert find_shortages([want(OIL, ALMATY, "1")], {(OIL, ALMATY): Decimal(-3)}) == [Shortage(OIL, ALMATY, Decimal(0))]
    assert find_shortages([], {}) == []
