"""A line to the stand-in that is cut after so many bytes, a given number of times."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast
from urllib.parse import urlsplit

_PART = 4096


class Scissors:
    """Forwards TCP both ways; answers of the first ``cuts`` connections end after ``after`` bytes."""

    def __init__(self, url: str, cuts: int, after: int) -> None:
        self._place = urlsplit(url)
        self.cuts = cuts
        self._after = after
        self.lines: set[asyncio.Task[None]] = set()

    def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to serve one connection."""
        self.lines.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(self._place.hostname, self._place.port)
        questions = asyncio.create_task(_pass_on(reader, upstream_writer))
        try:
            left = self._after
            while data := await upstream_reader.read(_PART):
                if self.cuts > 0:
                    data = data[:left]
                    left -= len(data)
                writer.write(data)
                await writer.drain()
                if self.cuts > 0 and left <= 0:
                    self.cuts -= 1
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            questions.cancel()
            await questions
            for end in (upstream_writer, writer):
                end.transport.abort()
                with suppress(ConnectionError):
                    await end.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.CancelledError):
        while data := await reader.read(_PART):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def cut_line(url: str, *, cuts: int, after: int) -> AsyncIterator[tuple[str, Scissors]]:
    """Give the address of a line that will be cut."""
    scissors = Scissors(url, cuts, after)
    server = await asyncio.start_server(scissors.meet, "127.0.0.1", 0)
    port = cast("tuple[str, int]", server.sockets[0].getsockname())[1]
    try:
        yield f"http://127.0.0.1:{port}", scissors
    finally:
        server.close()
        for line in scissors.lines:
            line.cancel()
        await asyncio.gather(*scissors.lines)
