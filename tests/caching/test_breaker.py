"""The fuse before Redis, with a clock of one's own."""

from app.caching.breaker import Fuse


def test_a_whole_fuse_lets_everybody_through() -> None:
    fuse = Fuse(0.5)
    assert all(fuse.may_call(0.0) for _ in range(5))
    assert not fuse.is_blown


def test_a_blown_fuse_lets_nobody_through_for_half_a_second_and_then_exactly_one() -> None:
    fuse = Fuse(0.5)
    fuse.failed(10.0)
    assert not any(fuse.may_call(at) for at in (10.0, 10.49))
    assert [fuse.may_call(10.5) for _ in range(3)] == [True, False, False]


def test_the_one_that_looked_opens_it_for_all_or_shuts_it_again() -> None:
    fuse = Fuse(0.5)
    fuse.failed(10.0)
    assert fuse.may_call(10.6)
    fuse.failed(10.6)
    assert not fuse.may_call(11.0)
    assert fuse.may_call(11.1)
    fuse.succeeded()
    assert not fuse.is_blown
    assert [fuse.may_call(11.1) for _ in range(3)] == [True, True, True]


def test_one_that_was_cancelled_leaves_its_turn_to_another() -> None:
    fuse = Fuse(0.5)
    fuse.failed(10.0)
    assert fuse.may_call(10.5)
    fuse.gave_up()
    assert fuse.is_blown
    assert [fuse.may_call(10.5) for _ in range(2)] == [True, False]
