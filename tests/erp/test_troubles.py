"""What an administrator must hear of, and when it is nothing yet. No server takes part."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from msgspec.structs import replace

from app.erp.rules import Standing, Trouble, troubles_of

NOW: Final = datetime(2026, 11, 22, 10, 42, tzinfo=UTC)
BOUNDS: Final = {"prices": 10, "regions": 3_600}
WELL: Final = Standing(
    now=NOW,
    feed_at=NOW,
    paused_at=None,
    answered_at=NOW,
    broken_since=None,
    failure="",
    skew_s=0.2,
    seen_at=NOW,
    dead=0,
    objects=10_000,
    open=0,
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def kinds(standing: Standing) -> list[Trouble]:
    return troubles_of(standing, BOUNDS)


def test_nothing_is_wrong_with_an_exchange_that_follows() -> None:
    assert kinds(WELL) == []


def test_news_is_late_once_it_is_two_minutes_beyond_the_bound() -> None:
    assert kinds(replace(WELL, feed_at=ago(130))) == []
    assert kinds(replace(WELL, feed_at=ago(131))) == [Trouble("lag")]


def test_a_minute_without_an_answer_is_a_lost_heartbeat() -> None:
    assert kinds(replace(WELL, answered_at=ago(59))) == []
    assert kinds(replace(WELL, answered_at=ago(60))) == [Trouble("heartbeat")]


def test_a_stream_of_its_own_is_late_by_its_own_bound() -> None:
    assert kinds(replace(WELL, behind={"prices": ago(130), "regions": ago(3_720)})) == []
    late = kinds(replace(WELL, behind={"prices": ago(131), "regions": ago(3_721)}))
    assert late == [Trouble("behind", "prices"), Trouble("behind", "regions")]


def test_a_stopped_stream_is_told_at_once_and_once() -> None:
    assert kinds(replace(WELL, stopped=("prices",), behind={"prices": ago(900)})) == [Trouble("stopped", "prices")]


def test_messages_given_up_are_told_with_their_number() -> None:
    assert kinds(replace(WELL, dead=2)) == [Trouble("dead", detail="2")]


def test_an_erp_away_for_five_minutes_is_told() -> None:
    assert kinds(replace(WELL, broken_since=ago(299), failure="channel")) == []
    assert kinds(replace(WELL, broken_since=ago(300), failure="channel")) == [Trouble("breaker", detail="channel")]


@pytest.mark.parametrize("skew", [5.1, -5.1])
def test_clocks_may_differ_by_five_seconds_either_way(skew: float) -> None:
    assert kinds(replace(WELL, skew_s=5.0)) == []
    assert kinds(replace(WELL, skew_s=-5.0)) == []
    assert kinds(replace(WELL, skew_s=None)) == []
    assert kinds(replace(WELL, skew_s=skew)) == [Trouble("skew", detail=f"{skew:.0f}")]


def test_differences_are_told_above_one_in_a_thousand() -> None:
    assert kinds(replace(WELL, open=10)) == []
    assert kinds(replace(WELL, open=11)) == [Trouble("difference", detail="11")]


def test_what_follows_from_a_pause_is_no_alert() -> None:
    still = replace(WELL, paused_at=ago(600), feed_at=ago(600), answered_at=ago(600), behind={"prices": ago(600)})
    assert kinds(still) == []
    assert kinds(replace(still, dead=1)) == [Trouble("dead", detail="1")]


def test_before_the_first_answer_nothing_is_late() -> None:
    assert kinds(replace(WELL, feed_at=None, answered_at=None)) == []
