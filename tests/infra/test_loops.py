"""Loops outlive every failure: they pause longer and longer, say why, and say when they run again."""

import asyncio

import asyncpg
import pytest
from structlog.testing import capture_logs

from app.infra import loops
from app.infra.loops import Loops, pause_s


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything take a hundredth of its time."""
    for name, seconds in (("_FIRST_PAUSE_S", 0.5), ("_LONGEST_PAUSE_S", 5), ("_RECOVERED_S", 3)):
        monkeypatch.setattr(loops, name, seconds / 100)


def test_pauses_grow_to_five_seconds_and_no_further() -> None:
    assert [pause_s(attempt, 1) for attempt in range(6)] == [0.5, 1, 2, 4, 5, 5]
    assert pause_s(10_000, 0.5) == 2.5


@pytest.mark.usefixtures("quick")
async def test_a_loop_that_failed_is_called_failing_until_it_has_run_for_a_while() -> None:
    failures = [OSError("no route"), asyncpg.CannotConnectNowError("starting up"), ValueError("a fault of ours")]
    seen: list[dict[str, str]] = []
    running = Loops()

    async def work() -> None:
        seen.append(dict(running.failing))
        if failures:
            raise failures.pop(0)
        await asyncio.sleep(60)

    with capture_logs() as logs:
        task = asyncio.create_task(running.forever("one", work))
        async with asyncio.timeout(5):
            while len(seen) < 4 or running.failing:  # noqa: ASYNC110 - the loop tells nobody
                await asyncio.sleep(0.005)
        task.cancel()
    assert seen == [{}, {"one": "OSError: no route"}, {"one": "CannotConnectNowError: starting up"},
                    {"one": "ValueError: a fault of ours"}]  # fmt: skip
    assert [(entry["event"], "exc_info" in entry) for entry in logs] == [
        ("loop.cut_off", False), ("loop.cut_off", False), ("loop.failed", True), ("loop.runs_again", False),
    ]  # fmt: skip


async def test_a_cancelled_loop_ends_and_says_nothing() -> None:
    running = Loops()
    task = asyncio.create_task(running.forever("one", lambda: asyncio.sleep(60)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=1)
    assert task.cancelled()
    assert running.failing == {}
