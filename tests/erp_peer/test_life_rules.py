"""The life of an order: nothing that waits is lost on the way."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_peer.rules.life import Left, State, Status, Step, next_step, ship, state_after_posting


@pytest.mark.parametrize(
    ("status", "percent", "step"),
    [
        (Status.DRAFT, 0, Step.POST),
        (Status.SUPPLY, 0, Step.PICK),
        (Status.SHIPPING, 0, Step.SHIP),
        (Status.SHIPPING, 99, Step.SHIP),
        (Status.SHIPPING, 100, Step.CLOSE),
        (Status.CLOSED, 100, None),
        (Status.CLOSED, 0, None),
    ],
)
def test_the_next_step(status: Status, percent: int, step: Step | None) -> None:
    assert next_step(status, percent) is step


def test_prepaid_orders_wait_for_money() -> None:
    assert state_after_posting(0) is State.AWAITS_PREPAYMENT
    assert state_after_posting(1) is State.AWAITS_SUPPLY


def test_pieces_leave_in_whole_packs() -> None:
    done = ship(Left(Decimal(40), Decimal("100.00")), Decimal("0.5"), 12, None)
    assert (done.taken, done.measured, done.debt) == (Decimal(12), Decimal(12), Decimal("30.00"))
    assert done.left == Left(Decimal(28), Decimal("70.00"))


def test_even_a_small_part_ships_a_pack() -> None:
    assert ship(Left(Decimal(12), Decimal(5)), Decimal("0.1"), 12, None).left.quantity == 0


def test_bulk_is_paid_as_measured_and_gives_back_what_it_held() -> None:
    done = ship(Left(Decimal("20.000"), Decimal("2000.00")), Decimal(1), 1, Decimal("-0.003"))
    assert (done.taken, done.measured, done.debt) == (Decimal("20.000"), Decimal("19.940"), Decimal("1994.00"))
    assert done.left == Left(Decimal("0.000"), Decimal("0.00"))


@given(
    st.integers(1, 400),
    st.integers(1, 24),
    st.decimals("0.01", "1000000", places=2),
    st.decimals("0.01", "1", places=2),
)
def test_shipping_to_the_end_moves_exactly_what_was_held(
    packs: int, multiple: int, amount: Decimal, part: Decimal
) -> None:
    left, debt, shipped = Left(Decimal(packs * multiple), amount), Decimal(0), Decimal(0)
    for _ in range(packs + 1):
        if left.quantity == 0:
            break
        done = ship(left, part, multiple, None)
        assert done.taken > 0
        debt, shipped, left = debt + done.debt, shipped + done.measured, done.left
    assert left == Left(Decimal(0), Decimal(0))
    assert (debt, shipped) == (amount, packs * multiple)
