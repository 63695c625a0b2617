"""Waking those who wait for changes: one LISTEN connection for the whole process."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from erp_peer.store.writing import CHANNEL

_LOOK_EVERY_S = 1.0


class Bell:
    """Rings for an infobase after each commit of a write to it, in this process or another."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._events: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._followers: list[Callable[[str], None]] = []
        self.is_closed = False

    def follow(self, follower: Callable[[str], None]) -> None:
        """Call back on every ring."""
        self._followers.append(follower)

    def event(self, ib: str) -> asyncio.Event:
        """The event of the next ring; take it before looking, wait on it after finding nothing."""
        return self._events[ib]

    async def wait(self, event: asyncio.Event, timeout_s: float) -> None:
        """Wait for a ring, not longer than told."""
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout_s)

    def close(self) -> None:
        """Send everybody home: the process is about to stop."""
        self.is_closed = True
        for event in self._events.values():
            event.set()

    def _ring(self, *heard: object) -> None:
        ib = str(heard[-1])
        # A fresh event for the next waiters: those of now have heard.
        self._events.pop(ib, asyncio.Event()).set()
        for follower in self._followers:
            follower(ib)

    async def run(self) -> None:
        """Listen until cancelled, again after the server was away."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                conn = await asyncpg.connect(self._dsn)
                try:
                    await conn.add_listener(CHANNEL, self._ring)
                    for ib in list(self._events):
                        self._ring(ib)
                    lost = asyncio.Event()
                    conn.add_termination_listener(lambda _, lost=lost: lost.set())
                    await lost.wait()
                finally:
                    conn.terminate()
            await asyncio.sleep(_LOOK_EVERY_S)
