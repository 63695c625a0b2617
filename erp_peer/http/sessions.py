"""The pool of sessions of one infobase: every call holds one, an idle one grows cold, and there are only so many."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from msgspec import Struct

KEPT_S = 20.0


class NoLicenceError(Exception):
    """No session became free in time."""


class UnknownSessionError(Exception):
    """A session that was never started, or is over."""


class Session(Struct, eq=False):
    """One session; `used_at` is when its last call ended, never at first."""

    used_at: float = float("-inf")
    holder: str = ""  # the cookie of the one it is kept for

    def is_cold(self, since: float) -> bool:
        """Whether its next call has to wake it: idle too long, or not used since a moment."""
        return self.used_at < max(since, time.monotonic() - KEPT_S)


class Sessions:
    """Sessions are used again, the last one first, so that few calls keep few of them warm."""

    def __init__(self, size: int, wait_s: float) -> None:
        self.size = size
        self.wait_s = wait_s
        self._idle: list[Session] = []
        self._kept: dict[str, Session] = {}
        self._busy: set[Session] = set()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def take(
        self, cookie: str = "", size: int | None = None, wait_s: float | None = None
    ) -> AsyncIterator[Session]:
        """A session for one call.

        Raises:
            NoLicenceError: none became free in time.
            UnknownSessionError: the cookie names none.
        """
        session = await self._take(
            cookie, self.size if size is None else size, self.wait_s if wait_s is None else wait_s
        )
        try:
            yield session
        finally:
            session.used_at = time.monotonic()
            self._busy.discard(session)
            if not session.holder:
                self._idle.append(session)
            self._wake()

    def keep(self, session: Session) -> str:
        """Keep a session for whoever shows the cookie that is returned."""
        session.holder = session.holder or uuid4().hex
        self._kept[session.holder] = session
        return session.holder

    def release(self, session: Session) -> None:
        """Give a kept session back."""
        self._kept.pop(session.holder, None)
        session.holder = ""

    def _wake(self) -> None:
        self._freed.set()
        self._freed = asyncio.Event()

    async def _take(self, cookie: str, size: int, wait_s: float) -> Session:
        ends_at = time.monotonic() + wait_s
        while True:
            self._forget_kept()
            if cookie and cookie not in self._kept:
                raise UnknownSessionError
            session = self._free(cookie, size)
            if session is not None:
                self._busy.add(session)
                return session
            left = ends_at - time.monotonic()
            if left <= 0:
                raise NoLicenceError
            try:
                await asyncio.wait_for(self._freed.wait(), left)
            except TimeoutError:
                raise NoLicenceError from None

    def _free(self, cookie: str, size: int) -> Session | None:
        if cookie:
            session = self._kept[cookie]
            return None if session in self._busy else session
        kept_idle = sum(session not in self._busy for session in self._kept.values())
        if len(self._busy) + kept_idle >= size:
            return None
        return self._idle.pop() if self._idle else Session()

    def _forget_kept(self) -> None:
        """Sessions that nobody came back for end by themselves."""
        now = time.monotonic()
        for cookie, session in list(self._kept.items()):
            if session not in self._busy and now - session.used_at > KEPT_S:
                del self._kept[cookie]
