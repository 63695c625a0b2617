"""The crash matrix of the exchange: every step of the way out and in, and what dies at it.

A cell stops a process exactly at the step (docs/adr/0012-waypoints.md), kills a part, lets the rest go on, and then
asks the stand-in's audit: nothing lost, nothing doubled, nothing that differs.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.faults.dealer import Dealer
from tests.faults.oracle import Oracle
from tests.support.portal import Portal
from tests.support.waiting import eventually

VICTIMS: Final = ("web", "worker", "erp_peer", "redis", "postgres")
# What the wire does instead of a death; each as rules of the stand-in on the calls of one direction.
OUT: Final = {"path~": "/commands$"}
IN: Final = {"path~": "/changes"}
ACK: Final = {"path~": "/changes/ack$"}
STEPS_OUT: Final = (
    "out.held",  # web: holds taken, nothing committed
    "out.enqueued",  # web: the intent is written, nothing committed
    "out.committed",  # web: committed, the caches not told
    "out.told",  # web: the caches are told, the buyer has no answer yet
    "out.claiming",  # worker: leased, the lease not committed
    "out.claimed",  # worker: the lease is committed, nothing sent
    "out.asked",  # worker: an intent that may have left was asked about, nothing sent again yet
    "out.sending",  # worker: about to send
    "erp.committed",  # the ERP has done it, its answer is on the way
    "out.answered",  # worker: the answer is here, not written
    "out.recording",  # worker: the answer is written, not committed
    "out.recorded",  # worker: committed
)
STEPS_IN: Final = (
    "in.received",  # a batch is here, nothing written
    "in.staged",  # its rows lie beside the tables
    "in.applied",  # rows and inbox are written, not the watermark
    "in.committing",  # the watermark as well, not committed
    "in.committed",  # committed, the caches not told
    "in.carried",  # the caches are told, not acknowledged
    "in.acknowledged",  # acknowledged
    "in.loading",  # a full load is written, not committed
)
STEPS_CACHE: Final = (
    "cache.marked",  # a change is written with its marks, not committed
    "cache.carrying",  # its marks are read, no floor raised
    "cache.raised",  # floors are raised, the marks still stand
    "cache.ended",  # the marks are taken away
    "cache.filling",  # web: a reader has the new value, not kept
    "cache.filled",  # web: it is kept
)
_POINTS: Final = {"cache.marked": "in.committing"}
WIRE: Final[Mapping[str, Mapping[str, object]]] = {
    "drop_after_commit": {"times": 2},
    "drop_before_handle": {"times": 2},
    "http 500": {"status": 500, "body": "html", "times": 2},
    "http 502": {"status": 502, "body": "empty", "times": 2},
    "latency": {"ms": 9000, "times": 1},
    "duplicate_delivery": {"times": 2},
    "truncate_body": {"bytes": 40, "times": 2},
    "truncate_body whole": {"bytes": 40, "end": "whole", "times": 2},
    "html_login_page": {"times": 2},
    "lock_conflict": {"ms": 200, "times": 3},
    "deadlock": {"times": 3},
    "maintenance": {"for_s": 4},
    "maintenance refuse": {"mode": "refuse", "for_s": 4},
    "clock_skew": {"s": 86_400, "times": 3},
    "cold_start": {"ms": 1200},
    "sessions": {"limit": 1, "wait_ms": 100, "for_s": 4},
}
BACK_WITHIN_S: Final = 60.0
_FAR: Final = date(2035, 1, 1)
_READING_S: Final = 3.0
_ENDS: Final = "SELECT count(*) FROM agreements WHERE tenant_id = 1 AND id = '{}' AND valid_to = '{}'"
BUYER_WAITS_AT_MOST_S: Final = 6.0  # on a loaded machine; an answer of the ERP would take longer
_WIDE: Final = 6  # columns of a table


class Cell(Struct, frozen=True):
    """One way to break: a part dies at a step, or the wire does something to a direction."""

    step: str
    harm: str

    @property
    def is_death(self) -> bool:
        """A part dies, as against the wire."""
        return self.harm in VICTIMS

    def __str__(self) -> str:
        """As a table and a test name it."""
        return f"{self.step} x {self.harm}"


_STEPS: Final = (*STEPS_OUT, *STEPS_IN, *STEPS_CACHE)
DEATHS: Final = tuple(Cell(step, victim) for step, victim in product(_STEPS, VICTIMS))
WIRES: Final = tuple(Cell(way, fault) for way, fault in product(("way out", "way in", "acknowledging"), WIRE))
ALL: Final = (*DEATHS, *WIRES)


SAMPLE: Final = tuple(
    Cell(step, harm)
    for step, harm in (
        ("out.held", "web"),
        ("out.enqueued", "postgres"),
        ("out.committed", "web"),
        ("out.claimed", "worker"),
        ("out.sending", "redis"),
        ("erp.committed", "erp_peer"),
        ("out.answered", "postgres"),
        ("out.recording", "redis"),
        ("in.received", "erp_peer"),
        ("in.staged", "web"),
        ("in.applied", "worker"),
        ("in.committed", "redis"),
        ("in.acknowledged", "worker"),
        ("in.loading", "postgres"),
        ("cache.marked", "redis"),
        ("cache.raised", "worker"),
        ("cache.filling", "web"),
        ("cache.ended", "postgres"),
        ("way out", "drop_after_commit"),
        ("way out", "truncate_body whole"),
        ("way out", "lock_conflict"),
        ("way out", "clock_skew"),
        ("way in", "html_login_page"),
        ("acknowledging", "duplicate_delivery"),
    )
)


class Stops:
    """Where processes of one portal are asked to stop."""

    def __init__(self, folder: Path) -> None:
        """Take the folder the portal was started with."""
        self._folder = folder

    def ask(self, step: str) -> None:
        """Let whoever comes by first stop there."""
        (self._folder / step).touch()

    def wait(self, step: str, within_s: float = 30) -> int:
        """Wait until somebody stands there; give the process."""
        found: list[int] = []

        def is_there() -> bool:
            found[:] = [int(one.suffix[1:]) for one in self._folder.glob(f"{step}.*")]
            return bool(found) and _is_stopped(found[0])

        assert eventually(is_there, within_s), f"nobody came by {step}"
        return found[0]

    def clear(self) -> None:
        """Forget everything, and let go whoever still stands."""
        for one in self._folder.iterdir():
            if one.suffix[1:].isdigit():
                _go_on(int(one.suffix[1:]))
            one.unlink(missing_ok=True)


class Matrix:
    """Runs cells on one portal, one after the other."""

    def __init__(self, portal: Portal, stops: Stops) -> None:
        """Break this portal."""
        self.portal = portal
        self._stops = stops
        self._count = 0
        self._killed = ("", 0)
        self._results: dict[Cell, str] = {}

    def run(self, cell: Cell, dealer: Dealer, oracle: Oracle) -> None:
        """Break as the cell says and see that nothing came of it."""
        self._count += 1
        self._killed = ("", 0)
        began = time.monotonic()
        self._results[cell] = "FAILED"
        with self._afterwards(oracle):
            if cell.is_death and cell.step in STEPS_CACHE:
                self._die_at_the_cache(cell, dealer, oracle)
            elif cell.is_death and cell.step in STEPS_OUT:
                self._die_on_the_way_out(cell, dealer, oracle)
            elif cell.is_death:
                self._die_on_the_way_in(cell, oracle)
            else:
                self._suffer(cell, dealer, oracle)
        self._await_back()
        assert oracle.differences() == [], "the portal shows what the ERP does not say"
        self._results[cell] = f"{time.monotonic() - began:.0f} s"

    def table(self) -> str:
        """What was run, as a table: steps down, harms across."""
        lines: list[str] = []
        for harms in (VICTIMS, *(tuple(WIRE)[start : start + _WIDE] for start in range(0, len(WIRE), _WIDE))):
            steps = list(dict.fromkeys(cell.step for cell in self._results if cell.harm in harms))
            rows = [[step, *(self._results.get(Cell(step, harm), "-") for harm in harms)] for step in steps]
            if rows:
                lines += ["", *("".join(f"{word:<20}" for word in row).rstrip() for row in [["", *harms], *rows])]
        passed = sum(result != "FAILED" for result in self._results.values())
        return "\n".join([*lines, "", f"{passed} of {len(self._results)} cells: 0 lost, 0 doubled, 0 different", ""])

    @contextmanager
    def _afterwards(self, oracle: Oracle) -> Iterator[None]:
        try:
            yield
        finally:
            self._stops.clear()
            oracle.heal()

    def _die_on_the_way_out(self, cell: Cell, dealer: Dealer, oracle: Oracle) -> None:
        drafts = [dealer.draft(self._count + place) for place in range(2)]
        with ThreadPoolExecutor(2) as pool:
            submits = self._reach(cell, pool, dealer, oracle, drafts)
            for one in submits:
                one.result(BACK_WITHIN_S * 2)
        self._await_back()
        oracle.assert_all_arrived_once(dealer, drafts)

    def _reach(
        self, cell: Cell, pool: ThreadPoolExecutor, dealer: Dealer, oracle: Oracle, drafts: Sequence[str]
    ) -> list[Future[float]]:
        """Submit, and kill as soon as the step is reached."""
        if cell.step == "erp.committed":
            oracle.fault({"fault": "slow_drip", "bps": 1, "match": OUT, "times": 1})
        else:
            if cell.step == "out.asked":
                oracle.fault({"fault": "drop_after_commit", "match": OUT, "times": 1})
            self._stops.ask(cell.step)
        submits = [pool.submit(dealer.submit, one, BACK_WITHIN_S) for one in drafts]
        if cell.step == "erp.committed":
            assert eventually(lambda: any(oracle.writes(one) for one in drafts), 30), "the ERP got nothing"
            self._kill(cell.harm)
        else:
            self._kill_at(cell)
        return submits

    def _die_on_the_way_in(self, cell: Cell, oracle: Oracle) -> None:
        self._stops.ask(cell.step)
        stand = oracle.stand()
        oracle.edit_stock(stand, self._count)
        if cell.step == "in.loading":
            oracle.ask_load("stock")
        self._kill_at(cell)
        self._await_back()
        assert eventually(lambda: oracle.has_stock(stand), BACK_WITHIN_S), "the change never arrived"

    def _die_at_the_cache(self, cell: Cell, dealer: Dealer, oracle: Oracle) -> None:
        """A page that was kept shows the change, and never again what was before it."""
        agreement = dealer.agreements()[0]
        news = (_FAR + timedelta(days=self._count)).isoformat()
        with ThreadPoolExecutor(1) as pool:
            if cell.step in {"cache.filling", "cache.filled"}:
                oracle.end_agreement(agreement.number, news)
                assert eventually(lambda: oracle.count(_ENDS.format(agreement.id, news)) == 1, BACK_WITHIN_S)
                self._stops.ask(cell.step)
                # Again and again: just after Redis was away a reader keeps nothing.
                pool.submit(eventually, lambda: not dealer.agreements(), _READING_S)
            else:
                self._stops.ask(_POINTS.get(cell.step, cell.step))
                oracle.end_agreement(agreement.number, news)
            self._kill_at(cell)
        self._await_back()
        assert eventually(lambda: dealer.agreements()[0].valid_to == news, BACK_WITHIN_S), "the page stayed old"
        assert {dealer.agreements()[0].valid_to for _ in range(20)} == {news}, "the page turned old again"

    def _suffer(self, cell: Cell, dealer: Dealer, oracle: Oracle) -> None:
        match = {"way out": OUT, "way in": IN, "acknowledging": ACK}[cell.step]
        drafts = [dealer.draft(self._count + place) for place in range(2)]
        oracle.fault({"fault": cell.harm.partition(" ")[0], "match": match, **WIRE[cell.harm]})
        stand = oracle.stand()
        oracle.edit_stock(stand, self._count)
        assert max(dealer.submit(one) for one in drafts) < BUYER_WAITS_AT_MOST_S, "the buyer waited for the ERP"
        oracle.assert_all_arrived_once(dealer, drafts)
        assert eventually(lambda: oracle.has_stock(stand), BACK_WITHIN_S), "the change never arrived"

    def _kill_at(self, cell: Cell) -> None:
        stopped = self._stops.wait(_POINTS.get(cell.step, cell.step))
        self._kill(cell.harm)
        # Killed parts take a moment to be gone; whoever stood still meets that when it goes on.
        time.sleep(0.2)
        _go_on(stopped)

    def _kill(self, part: str) -> None:
        pid = self.portal.status.parts[part].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self._killed = (part, pid)

    def _await_back(self) -> None:
        """Wait until what was killed is there again, with everything else."""
        part, pid = self._killed

        def is_back() -> bool:
            status = self.portal.status
            return status.state == "ready" and (not part or status.parts[part].pid not in {None, pid})

        assert eventually(is_back, BACK_WITHIN_S), f"{part or 'the portal'} did not come back"


def _is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def _go_on(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return
