"""The line to Redis: one connection a process, on which every call of the moment travels together.

A pool would take a connection a call; a hit of the cache costs less than that. Answers come in the order of the calls.
Whoever is not answered in time gives the line up, and everybody who waits on it: a Redis that hangs, hangs for all.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Final, cast
from urllib.parse import unquote, urlsplit

import hiredis

Word = str | bytes | int
# Its own types say that a command has one word.
_pack: Final = cast("Callable[[tuple[Word, ...]], bytes]", hiredis.pack_command)
_PORT: Final = 6379
_RUN: Final = b"run_id:"
_RUN_LENGTH: Final = 8


class LineError(Exception):
    """Redis is away or hangs."""


class AnewError(Exception):
    """Redis answers, but was started anew: what was asked for was named after an earlier run."""


class RefusedError(Exception):
    """Redis refused a command; its words say why."""


class Script:
    """A script, named by its hash: Redis is told its text only once."""

    def __init__(self, text: str) -> None:
        """Know text and name."""
        self.text = text
        self.name = sha1(text.encode(), usedforsecurity=False).hexdigest()


class _Wire(asyncio.Protocol):
    """One connection and who waits on it, in order."""

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[object]] = deque()
        self._outgoing: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self._loop = asyncio.get_running_loop()
        self.is_up = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self.is_up = True

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while True:
            answer = cast("object", self._reader.gets())
            if answer is False or not self._waiting:
                return
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.cut("the connection ended" if exc is None else str(exc))

    def send(self, packed: bytes) -> "asyncio.Future[object]":
        future: asyncio.Future[object] = self._loop.create_future()
        self._waiting.append(future)
        if not self._outgoing:
            # Everything that is said in this turn of the loop leaves in one piece.
            self._loop.call_soon(self._flush)
        self._outgoing.append(packed)
        return future

    def cut(self, reason: str = "no answer in time") -> None:
        """End the connection for everybody."""
        self.is_up = False
        if self._transport is not None:
            self._transport.abort()
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(LineError(reason))

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        if self._transport is not None and self.is_up:
            self._transport.write(b"".join(outgoing))


class Line:
    """The line of one process; it is made at first use, and again after it broke."""

    def __init__(self, url: str, patience_s: float) -> None:
        """Remember where to and for how long to wait."""
        self._url = urlsplit(url)
        self._patience_s = patience_s
        self._wire: _Wire | None = None
        self._making = asyncio.Lock()
        self.run = ""  # names the run of the server this line leads to

    async def call(self, *words: Word) -> object:
        """Ask one thing.

        Raises:
            LineError: there was no answer in time.
            AnewError: it is another run of the server than before.
            RefusedError: Redis refused.
        """
        wire = self._wire
        if wire is None or not wire.is_up:
            wire = await self._make()
        return await self._ask(wire, words)

    async def run_script(self, script: Script, keys: Sequence[str], args: Sequence[Word]) -> object:
        """Run a script.

        Raises:
            LineError: as ``call``.
            RefusedError: as ``call``.
        """
        try:
            return await self.call("EVALSHA", script.name, len(keys), *keys, *args)
        except RefusedError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
        return await self.call("EVAL", script.text, len(keys), *keys, *args)

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.cut("closed")

    async def _ask(self, wire: _Wire, words: Sequence[Word]) -> object:
        future = wire.send(_pack(tuple(words)))
        timer = asyncio.get_running_loop().call_later(self._patience_s, wire.cut)
        try:
            answer = await future
        finally:
            timer.cancel()
        if isinstance(answer, hiredis.ReplyError):
            raise RefusedError(str(answer))
        return answer

    async def _make(self) -> _Wire:
        async with self._making:
            if self._wire is not None and self._wire.is_up:
                return self._wire
            try:
                async with asyncio.timeout(self._patience_s):
                    wire = await self._connect()
            except (OSError, TimeoutError) as error:
                raise LineError(str(error)) from error
            await self._greet(wire)
            self._wire = wire
            return wire

    async def _connect(self) -> _Wire:
        loop, url = asyncio.get_running_loop(), self._url
        if url.scheme == "unix":
            return (await loop.create_unix_connection(_Wire, url.path))[1]
        is_sealed = True if url.scheme == "rediss" else None
        host, port = url.hostname or "127.0.0.1", url.port or _PORT
        return (await loop.create_connection(_Wire, host, port, ssl=is_sealed))[1]

    async def _greet(self, wire: _Wire) -> None:
        """Say who we are, and hear which run of the server this is: what an earlier one kept, it may half remember."""
        if self._url.password:
            name = [unquote(self._url.username)] if self._url.username else []
            await self._ask(wire, ["AUTH", *name, unquote(self._url.password)])
        if (place := self._url.path.strip("/")).isdigit() and place != "0":
            await self._ask(wire, ["SELECT", place])
        told = cast("bytes", await self._ask(wire, ["INFO", "server"]))
        found = told.partition(_RUN)[2][:_RUN_LENGTH].decode()
        before, self.run = self.run, found
        if before and before != found:
            # Whoever asks has named what an earlier run kept: let them ask anew.
            self._wire = wire
            message = "Redis was started anew"
            raise AnewError(message)
