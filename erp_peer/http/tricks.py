"""What faults do to a request on its way in and to an answer on its way out."""

import asyncio
import os
import socket
import struct
from typing import Protocol, runtime_checkable

from litestar.types import HTTPReceiveMessage, HTTPScope, Message, Receive, Send, WebSocketReceiveMessage
from litestar.types.asgi_types import HTTPRequestEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from erp_peer.faults.shapes import TruncateBody

TRANSPORT = "erp_peer.transport"
_DRIPS_A_SECOND = 10


class DroppableProtocol(HttpToolsProtocol):
    """The server's protocol, with its connection within reach of the faults."""

    def on_message_begin(self) -> None:
        """Put the connection into the scope of each request."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[typeddict-item]


@runtime_checkable
class _HasDescriptor(Protocol):
    """What an event loop gives out as its socket."""

    def fileno(self) -> int:
        """The descriptor."""
        ...


@runtime_checkable
class _Line(Protocol):
    """A connection as every event loop has it; theirs share no base class."""

    def get_extra_info(self, name: str) -> object:
        """Facts about the connection, such as its socket."""
        ...

    def abort(self) -> None:
        """Close without sending what is left."""
        ...

    def close(self) -> None:
        """Close after sending what is left."""
        ...


def _line(scope: HTTPScope) -> _Line:
    extensions: dict[str, object] = dict(scope.get("extensions") or {})
    transport = extensions.get(TRANSPORT)
    if not isinstance(transport, _Line):
        raise ConnectionResetError
    return transport


def reset(scope: HTTPScope) -> None:
    """Break the connection as a crash would: the client sees a reset, not an end."""
    transport = _line(scope)
    sock = transport.get_extra_info("socket")
    if isinstance(sock, _HasDescriptor):
        with socket.socket(fileno=os.dup(sock.fileno())) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def cutting(scope: HTTPScope) -> Send:
    """Swallow an answer and break the connection at its end; a streamed one only ends once its reader is gone."""

    async def swallow(message: Message) -> None:
        if message["type"] == "http.response.body" and not message["more_body"]:
            reset(scope)

    return swallow


async def nowhere(message: Message) -> None:
    """Swallow an answer."""


def truncating(scope: HTTPScope, send: Send, rule: TruncateBody) -> Send:
    """Let the first bytes of the body through."""
    left, is_over = rule.bytes, False

    async def send_first(message: Message) -> None:
        nonlocal left, is_over
        if is_over:
            return
        if message["type"] == "http.response.start":
            if rule.end == "whole":
                # What was cut claims to be all: the length of the whole must not give it away.
                message["headers"] = [pair for pair in message["headers"] if pair[0].lower() != b"content-length"]
            await send(message)
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message["body"][:left]
        left -= len(body)
        is_over = len(body) < len(message["body"]) or not message["more_body"]
        claims = rule.end == "whole" and is_over
        await send({"type": "http.response.body", "body": body, "more_body": not claims})
        if is_over and rule.end == "close":
            _line(scope).close()
        elif is_over and rule.end == "reset":
            # What was sent must be on its way before the line breaks.
            await asyncio.sleep(0.05)
            reset(scope)

    return send_first


def garbling(send: Send, at: int) -> Send:
    """Turn over the bits of one byte of the body."""
    left = at

    async def send_garbled(message: Message) -> None:
        nonlocal left
        if message["type"] == "http.response.body":
            body = message["body"]
            if 0 <= left < len(body):
                message["body"] = body[:left] + bytes([body[left] ^ 0xFF]) + body[left + 1 :]
            left -= len(body)
        await send(message)

    return send_garbled


def dripping(send: Send, bps: int) -> Send:
    """Pass the body on piece by piece."""
    piece = max(bps // _DRIPS_A_SECOND, 1)

    async def send_slowly(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body, more = message["body"], message["more_body"]
        while len(body) > piece:
            await send({"type": "http.response.body", "body": body[:piece], "more_body": True})
            body = body[piece:]
            await asyncio.sleep(piece / bps)
        await send({"type": "http.response.body", "body": body, "more_body": more})

    return send_slowly


def with_headers(send: Send, *pairs: tuple[bytes, bytes]) -> Send:
    """Add headers to an answer."""

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *pairs]
        await send(message)

    return send_more


async def read_whole(receive: Receive) -> bytes:
    """The body of a request; what a caller who left had sent."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message["body"])
        if not message["more_body"]:
            break
    return b"".join(parts)


def repeating(body: bytes, receive: Receive) -> Receive:
    """Hand a body that was read out once more, and then whatever else comes."""
    is_told = False

    async def receive_again() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        again: HTTPRequestEvent = {"type": "http.request", "body": body, "more_body": False}
        return again

    return receive_again
