"""When a kept value may still be shown: the rules alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.caching.rules import (
    Bounds,
    Floor,
    floor_above,
    join_lives,
    lifetime_s,
    may_keep,
    pause_s,
    reaches,
    standing,
)

BOUNDS = Bounds(ttl_s=60, stale_s=30, error_s=300)


@pytest.mark.parametrize(("chance", "expected"), [(0.0, 90.0), (0.5, 100.0), (1.0, 110.0)])
def test_a_lifetime_is_spread_by_a_tenth_up_and_down(chance: float, expected: float) -> None:
    assert lifetime_s(100, chance) == pytest.approx(expected)


def test_that_there_is_none_is_believed_for_five_seconds_at_most() -> None:
    assert lifetime_s(100, 0.5, is_negative=True) == 5.0
    assert lifetime_s(2, 0.5, is_negative=True) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("over", "expected"),
    [(-1.0, "fresh"), (0.0, "stale"), (29.9, "stale"), (30.0, "erring"), (299.9, "erring"), (300.0, "dead")],
)
def test_a_value_is_fresh_then_stale_then_only_for_errors_then_dead(over: float, expected: str) -> None:
    assert standing(1000.0, 0.0, BOUNDS, 1000.0 + over, 0.5) == expected


def test_a_value_without_grace_is_dead_at_its_end() -> None:
    assert standing(1000.0, 0.0, Bounds(ttl_s=60), 1000.0, 0.5) == "dead"


def test_who_is_drawn_fetches_before_the_end_and_the_dearer_the_value_the_likelier() -> None:
    # With a chance of 1/e a value that costs two seconds is taken to end two seconds earlier.
    drawn = math.exp(-1)
    assert standing(1000.0, 2.0, BOUNDS, 998.0, drawn) == "early"
    assert standing(1000.0, 2.0, BOUNDS, 997.9, drawn) == "fresh"
    assert standing(1000.0, 1.0, BOUNDS, 998.5, drawn) == "fresh"
    assert standing(1000.0, 2.0, BOUNDS, 999.9, 1.0) == "fresh"


def test_nobody_is_drawn_where_the_family_says_never() -> None:
    assert standing(1000.0, 50.0, Bounds(ttl_s=60, beta=0), 999.9, 0.001) == "fresh"


@pytest.mark.parametrize(("version", "expected"), [(9, False), (10, True), (11, True)])
def test_a_value_below_a_floor_is_not_shown(version: int, expected: bool) -> None:
    floors = [Floor(5, 3), Floor(6, 10)]
    assert reaches(version, join_lives(floors), floors) is expected


def test_a_value_is_not_shown_where_a_floor_was_lost_or_laid_anew() -> None:
    floors = [Floor(5, 3), Floor(6, 10)]
    lives = join_lives(floors)
    assert reaches(10, lives, floors)
    assert not reaches(10, lives, [None, Floor(6, 10)])
    assert not reaches(10, lives, [Floor(5, 3), Floor(7, 0)])
    assert not reaches(10, lives, [Floor(6, 10), Floor(5, 3)]), "floors have an order"


def test_lives_fit_into_the_header() -> None:
    assert join_lives([Floor(10**13, 0)] * 5) < 2**32
    assert join_lives([]) == 0


@pytest.mark.parametrize(
    ("begun_ms", "version", "expected"),
    [(7_000, 10, True), (6_999, 10, False), (7_000, 9, False)],
)
def test_what_was_read_before_a_floor_was_laid_or_below_it_is_not_kept(
    begun_ms: int, version: int, expected: bool
) -> None:
    assert may_keep([Floor(5_000, 10), Floor(1, 0)], version, begun_ms) is expected


def test_a_floor_stands_above_the_transaction_that_raised_it() -> None:
    assert floor_above(41) == 42


@given(st.integers(0, 500), st.floats(0, 1))
def test_whoever_waits_looks_again_within_a_tenth_of_a_second(attempt: int, chance: float) -> None:
    assert 0.0025 <= pause_s(attempt, chance) <= 0.1


def test_whoever_waits_looks_less_often_each_time() -> None:
    assert [pause_s(attempt, 1.0) for attempt in range(6)] == pytest.approx([0.005, 0.01, 0.02, 0.04, 0.08, 0.1])
    assert pause_s(0, 0.0) == pytest.approx(0.0025)


def test_a_lazy_value_is_of_use_until_its_longest_grace_ends() -> None:
    assert BOUNDS.kept_s == pytest.approx(366.0)
    assert Bounds(ttl_s=10, stale_s=5).kept_s == pytest.approx(16.0)
