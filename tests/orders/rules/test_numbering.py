"""Numbers that tell nobody how many orders there are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orders.rules.numbering import SIZE, order_number, shuffle

KEYS = st.binary(min_size=16, max_size=16)


@given(key=KEYS, counters=st.sets(st.integers(0, SIZE - 1), min_size=2, max_size=60))
def test_no_two_counters_give_one_number(key: bytes, counters: set[int]) -> None:
    numbers = {shuffle(one, key) for one in counters}
    assert len(numbers) == len(counters)
    assert all(0 <= one < SIZE for one in numbers)


def test_a_whole_year_of_a_large_tenant_has_a_number_each() -> None:
    numbers = {shuffle(one, b"k" * 16) for one in range(1, 20_001)}
    assert len(numbers) == 20_000
    assert max(numbers) < SIZE


@given(key=KEYS, first=st.integers(0, SIZE - 300))
def test_numbers_do_not_grow_with_the_counter(key: bytes, first: int) -> None:
    numbers = [shuffle(one, key) for one in range(first, first + 300)]
    grown = sum(before < after for before, after in pairwise(numbers))
    # Of a random order half the steps go up; beyond these bounds lies one order in many millions.
    assert 100 < grown < 200
    gaps = {after - before for before, after in pairwise(numbers)}
    assert len(gaps) > 290


def test_another_key_is_another_order() -> None:
    first, second = ([shuffle(one, key) for one in range(100)] for key in (b"a" * 16, b"b" * 16))
    assert sum(one == other for one, other in zip(first, second, strict=True)) <= 1


def test_a_number_once_given_stays_the_number_of_its_counter() -> None:
    # Numbers are kept: another shuffling would sooner or later give one of them to a second order.
    counters = (0, 1, 2, 4095, 4096, SIZE - 1)
    given = [9_209_654, 681_437, 3_489_951, 933_429, 2_871_149, 6_238_756]
    assert [shuffle(one, b"k" * 16) for one in counters] == given
    # The first number beyond seven digits is where this counter comes to at first.
    assert shuffle(9_065_737, b"k" * 16) == 9_924_550


def test_a_number_always_has_seven_digits() -> None:
    numbers = [order_number("P", 2026, one, b"key") for one in range(3000)]
    assert {len(one) for one in numbers} == {len("P-2026-4829131")}
    assert any(one.startswith("P-2026-0") for one in numbers)


@pytest.mark.parametrize("counter", [-1, SIZE])
def test_a_counter_that_has_run_out_is_refused(counter: int) -> None:
    with pytest.raises(ValueError, match="beyond 7 digits"):
        shuffle(counter, b"key")
