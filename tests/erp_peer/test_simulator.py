"""The simulator's decisions depend on seed and order alone."""

import datetime as dt
from decimal import Decimal

import pytest

from erp_peer.staff.simulator import Waiting, luck, part_of, wait_s

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("status", "percent", "usual"), [("КОбеспечению", 0, 1200), ("КОтгрузке", 40, 10_800), ("КОтгрузке", 100, 172_800)]
)
def test_waits_are_around_the_usual_and_repeat(status: str, percent: int, usual: int) -> None:
    waits = [wait_s(1, Waiting(str(n), status, percent, NOW), 1) for n in range(200)]
    assert waits == [wait_s(1, Waiting(str(n), status, percent, NOW), 1) for n in range(200)]
    assert usual * 0.5 <= min(waits) < max(waits) <= usual * 1.5
    assert wait_s(1, Waiting("0", status, percent, NOW), 60) == pytest.approx(waits[0] / 60)


def test_some_first_shipments_take_a_part() -> None:
    parts = [part_of(1, Waiting(str(n), "КОтгрузке", 0, NOW)) for n in range(600)]
    assert 60 < parts.count(Decimal("0.5")) < 140
    assert part_of(1, Waiting("x", "КОтгрузке", 50, NOW)) == 1


def test_luck_differs_by_seed_and_step() -> None:
    assert len({luck(1, "a", "x"), luck(2, "a", "x"), luck(1, "b", "x"), luck(1, "a", "y")}) == 4
