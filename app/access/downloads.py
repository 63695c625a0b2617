"""Long answers that leave piece by piece, each piece only while the person may still have it.

Every piece is read in a transaction of its own that begins like a request: session, epoch and rights anew. Whoever
reads slowly is looked at twice a second meanwhile. Whose right is gone gets no more: the connection is cut within a
second.
"""

import asyncio
from collections.abc import AsyncGenerator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol, cast

import structlog
from litestar.types import HTTPScope, Message, Send
from msgspec import Struct

from app.access.actors import Actor
from app.access.entrance import Entered, Entrance
from app.access.policy import Policy
from app.access.sessions import Credential
from app.access.visitors import visitor_of
from app.infra.db.transaction import Transaction
from app.infra.http.unit import Held

_KEY: Final = "karavan.download"
_WATCH_S: Final = 0.4
_LONGEST_S: Final = 900.0
_log: Final = structlog.stdlib.get_logger("karavan.downloads")


class CutOffError(Exception):
    """The right to the rest of a download has ended."""


class Source(Protocol):
    """What a download is made of."""

    async def next(self, transaction: Transaction, actor: Actor) -> bytes | None:
        """Give the next piece, read in this transaction as this person; None at the end."""
        ...


class Download(Struct, frozen=True):
    """Pieces, and the permission without which nobody gets another one."""

    permission: str
    source: Source


def offer(scope: HTTPScope, download: Download) -> None:
    """Let the pieces follow the head of the answer, once the transaction of the request has committed."""
    cast("MutableMapping[str, object]", scope)[_KEY] = download


def offered(scope: HTTPScope) -> Download | None:
    """Find what a handler offered."""
    return cast("Download | None", cast("MutableMapping[str, object]", scope).get(_KEY))


class Pouring:
    """Sends downloads."""

    def __init__(self, entrance: Entrance, policy: Policy) -> None:
        """Know the way in and the rights."""
        self._entrance = entrance
        self._policy = policy

    async def pour(self, scope: HTTPScope, download: Download, answer: Sequence[Message], send: Send) -> None:
        """Send the head of the answer and then every piece.

        Raises:
            CutOffError: the right has ended; the server cuts the connection, so that half a file is not a whole one.
        """
        credential = visitor_of(scope).credential
        if credential is None:
            raise CutOffError
        await send(_without_length(answer[0]))
        try:
            async with asyncio.timeout(_LONGEST_S), asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch(credential, download.permission))
                await self._send_pieces(credential, download, send)
                watch.cancel()
        except* CutOffError:
            _log.info("download cut off", permission=download.permission)
            raise CutOffError from None

    async def _send_pieces(self, credential: Credential, download: Download, send: Send) -> None:
        piece: bytes | None = b""
        while piece is not None:
            async with self._entered(credential, download.permission) as entered:
                piece = await download.source.next(entered.transaction, entered.actor)
            if piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _watch(self, credential: Credential, permission: str) -> None:
        while True:
            await asyncio.sleep(_WATCH_S)
            async with self._entered(credential, permission):
                pass

    @asynccontextmanager
    async def _entered(self, credential: Credential, permission: str) -> AsyncGenerator[Entered]:
        held = Held()
        try:
            entered = await self._entrance.enter(credential, held)
            resource, _, action = permission.partition(":")
            if (
                entered is None
                or (await self._policy.decision(entered.transaction, entered.actor, resource, action)).is_empty
            ):
                raise CutOffError
            yield entered
        finally:
            await held.close()


def _without_length(start: Message) -> Message:
    if start["type"] != "http.response.start":
        raise CutOffError
    kept = [header for header in start["headers"] if header[0].lower() != b"content-length"]
    return {**start, "headers": kept}
