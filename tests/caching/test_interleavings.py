"""No older version is ever shown after a newer one: writers, readers, lost keys and crashes in any order.

A small database by hand: transactions have numbers, end in any order or are given up; a snapshot sees what had ended.
What ended is carried to the store by a worker that may die between its steps. The store may lose any key at any moment.
"""

import asyncio
import os
from collections.abc import Coroutine
from typing import Final, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import Struct

from app.caching.flight import Flights
from app.caching.marks import Mark, Moment, raised_by
from app.caching.rules import SKEW_MS
from app.caching.versioned import Versioned
from app.caching.write_through import WriteThrough
from tests.caching.fakes import FENCE, ONE, FakeStore, call

T = TypeVar("T")
TAGS: Final = (("orders", ONE),)
EXAMPLES: Final = int(os.environ.get("KARAVAN_EXAMPLES", "150"))


class Snapshot(Struct):
    """What one reader sees of the database, from the moment it began."""

    begun_ms: int
    horizon: int
    value: int  # how many changes had ended
    untold: list[Mark]
    must_see: int  # what somebody had been shown before this one began


def _writes(life: object) -> bool:
    return isinstance(life, Life) and bool(life.running)


def _reads(life: object) -> bool:
    return isinstance(life, Life) and bool(life.readers)


def _waits(life: object) -> bool:
    return isinstance(life, Life) and bool(life.marks)


def _keeps(life: object) -> bool:
    return isinstance(life, Life) and bool(life.store.floors or life.store.values)


class Life(RuleBasedStateMachine):
    """Everything that may happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = FakeStore()
        self.cache = WriteThrough(Versioned(self.store, Flights(self.store)))
        self.now_ms = 10_000
        self.next_number = 1
        self.running: list[int] = []
        self.value = 0
        self.marks: list[Mark] = []
        self.readers: list[Snapshot] = []
        self.shown = 0

    def teardown(self) -> None:
        self.loop.close()

    def wait_for(self, work: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(work)

    @rule()
    def a_writer_begins(self) -> None:
        self.running.append(self.next_number)
        self.next_number += 1

    @precondition(_writes)
    @rule(place=st.integers(0, 9), is_kept=st.booleans(), is_large=st.booleans(), dies=st.booleans())
    def a_writer_ends(self, place: int, is_kept: bool, is_large: bool, dies: bool) -> None:
        """A writer that does not die between its commit and Redis raises the floors itself; its mark stays as well."""
        number = self.running.pop(place % len(self.running))
        if is_kept:
            self.value += 1
            mark = Mark("orders", None if is_large else ONE, number)
            self.marks.append(mark)
            if not dies:
                self.store.laid_ms = self.now_ms
                self.wait_for(self.store.raise_floors(list(raised_by(FENCE, [mark]).items())))

    @rule(seconds=st.sampled_from([0, 1, 3]))
    def a_reader_begins(self, seconds: int) -> None:
        horizon = min(self.running, default=self.next_number)
        self.readers.append(Snapshot(self.now_ms, horizon, self.value, list(self.marks), self.shown))
        self.now_ms += seconds * 1000

    @precondition(_reads)
    @rule(place=st.integers(0, 9), is_away=st.booleans())
    def a_reader_reads(self, place: int, is_away: bool) -> None:
        snapshot = self.readers.pop(place % len(self.readers))
        moment = Moment(snapshot.horizon, snapshot.untold, snapshot.begun_ms)

        async def load() -> str:
            return str(snapshot.value)

        asked = call(
            load,
            tags=TAGS,
            horizon=moment.horizon,
            needed=moment.needed(TAGS) or 0,
            begun_ms=moment.begun_ms,
        )
        self.store.laid_ms = self.now_ms
        self.store.is_away = is_away
        value = int(self.wait_for(self.cache.read(asked)).value or "")
        self.store.is_away = False
        assert value >= snapshot.value, "older than the reader's own snapshot"
        assert value >= snapshot.must_see, "older than what was shown before the reader began"
        self.shown = max(self.shown, value)

    @precondition(_waits)
    @rule(many=st.integers(1, 5), dies=st.booleans())
    def the_worker_carries(self, many: int, dies: bool) -> None:
        taken = self.marks[:many]
        self.store.laid_ms = self.now_ms
        self.wait_for(self.store.raise_floors(list(raised_by(FENCE, taken).items())))
        if not dies:
            self.marks = self.marks[many:]

    @precondition(_keeps)
    @rule(place=st.integers(0, 99))
    def a_key_is_lost(self, place: int) -> None:
        keys = sorted([*self.store.floors, *self.store.values])
        for lost in keys if place == 0 else [keys[place % len(keys)]]:
            self.store.floors.pop(lost, None)
            self.store.values.pop(lost, None)

    @rule(is_large=st.booleans(), with_values=st.booleans())
    def a_change_is_carried_and_then_floors_are_lost(self, is_large: bool, with_values: bool) -> None:
        """What takes a slow reader by surprise, in one step, so that it comes up often."""
        self.a_writer_begins()
        self.a_writer_ends(len(self.running) - 1, True, is_large, True)
        self.the_worker_carries(len(self.marks), False)
        self.store.floors.clear()
        if with_values:
            self.store.values.clear()

    @rule()
    def a_reader_comes_and_reads(self) -> None:
        self.now_ms += SKEW_MS
        self.a_reader_begins(0)
        self.a_reader_reads(len(self.readers) - 1, False)

    @rule()
    def time_passes(self) -> None:
        self.now_ms += SKEW_MS

    @invariant()
    def nobody_is_shown_what_has_not_happened(self) -> None:
        assert self.shown <= self.value


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None)
