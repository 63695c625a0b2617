"""Parts of the portal die in the middle of submits, and nothing is lost or doubled."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle
from tests.support.portal import Portal
from tests.support.waiting import eventually

ORDERS = 8
READY_WITHIN_S = 40


def kill(portal: Portal, part: str) -> None:
    """End a part as the kernel would for want of memory."""
    pid = portal.status.parts[part].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def kill_twice(portal: Portal, part: str) -> None:
    """Again when it is hardly back."""
    before = portal.status.parts[part].pid
    kill(portal, part)
    assert eventually(lambda: portal.status.parts[part].pid not in {None, before}, READY_WITHIN_S)
    time.sleep(0.3)
    kill(portal, part)


def empty_and_kill(portal: Portal, part: str) -> None:
    """Take everything it knew, so that it comes back with nothing."""
    kill(portal, part)
    shutil.rmtree(portal.folder / part / "appendonlydir", ignore_errors=True)


def halt(portal: Portal, part: str) -> None:
    """Let it hear nothing for a while: connections stand, answers do not come."""
    pid = portal.status.parts[part].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    time.sleep(4)
    os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("part", "harm"),
    [
        ("worker", kill_twice),
        ("web", kill_twice),
        ("redis", empty_and_kill),
        ("redis", halt),
    ],
)
def test_orders_survive_what_befalls_a_part_in_the_middle_of_submits(
    portal: Portal, oracle: Oracle, dealer: Dealer, part: str, harm: Callable[[Portal, str], None]
) -> None:
    drafts = [dealer.draft(number) for number in range(ORDERS)]
    with ThreadPoolExecutor(ORDERS) as pool:
        submits = [pool.submit(dealer.submit, one) for one in drafts[: ORDERS // 2]]
        harm(portal, part)
        submits += [pool.submit(dealer.submit, one) for one in drafts[ORDERS // 2 :]]
        for one in submits:
            one.result(READY_WITHIN_S * 2)
    oracle.assert_all_arrived_once(dealer, drafts)
    assert eventually(lambda: portal.status.state == "ready", READY_WITHIN_S)
    assert "Traceback" not in Path(portal.folder / "log" / "starter.log").read_text()
