"""When to try again, and when to leave the ERP alone."""

import pytest

from app.erp.rules import Breaker, retry_after_s, source_version


@pytest.mark.parametrize(
    ("attempt", "chance", "asked_s", "pause_s"),
    [
        (0, 0.0, None, 0.0),
        (0, 0.5, None, 0.25),
        (3, 0.5, None, 2.0),
        (7, 0.5, None, 30.0),
        (1000, 0.999, None, 59.94),
        (0, 0.0, 0.8, 0.8),
        (7, 0.5, 0.8, 30.0),
    ],
)
def test_pause_doubles_up_to_a_minute_and_never_undercuts_what_the_erp_asked(
    attempt: int, chance: float, asked_s: float | None, pause_s: float
) -> None:
    assert retry_after_s(attempt, chance, asked_s) == pytest.approx(pause_s)


def test_source_versions_follow_batches_then_places() -> None:
    versions = [source_version(7, 0), source_version(7, 1), source_version(7, 2000), source_version(8, 0)]
    assert versions == sorted(versions)
    assert versions[0] == 7 * 2**20


def test_one_channel_failure_opens_the_breaker_at_once() -> None:
    breaker = Breaker(probe_every_s=15)
    breaker.failed(100.0, channel=True)
    assert breaker.is_open


def test_other_failures_open_it_only_in_a_row() -> None:
    breaker = Breaker(most_failures=3)
    for now in (1.0, 2.0):
        breaker.failed(now, channel=False)
    breaker.succeeded()
    for now in (3.0, 4.0):
        breaker.failed(now, channel=False)
    assert not breaker.is_open
    breaker.failed(5.0, channel=False)
    assert breaker.is_open


def test_an_open_breaker_lets_exactly_one_look_pass_each_period() -> None:
    breaker = Breaker(probe_every_s=15)
    breaker.failed(100.0, channel=True)
    looks = [now for now in range(100, 150) if breaker.may_probe(float(now))]
    assert looks == [115, 130, 145]


def test_a_good_answer_closes_it() -> None:
    breaker = Breaker()
    breaker.failed(1.0, channel=True)
    breaker.succeeded()
    assert breaker == Breaker(next_probe=breaker.next_probe)
