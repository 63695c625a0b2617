"""The outermost layer: request ids, and the faults that strike before or after the work is done."""

import asyncio
import os
import socket
import struct
from typing import Protocol, runtime_checkable

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from erp_peer.faults import Faults, Rule
from erp_peer.http.answers import HTML, JSON

TRANSPORT = "erp_peer.transport"
_OPEN_PATHS = ("/_control", "/healthz")
_ATOM = "application/atom+xml;type=entry;charset=utf-8"
_ATOM_ERROR = (
    '<m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
    '<m:code>-1</m:code><m:message xml:lang="ru">Отказ по заказу теста</m:message></m:error>'
)
_BODIES = {
    "json": (JSON, '{"error":{"code":"injected","retry":true,"after_ms":null,"message":"Отказ по заказу теста"}}'),
    "atom": (_ATOM, _ATOM_ERROR),
    "html": (HTML, "<!DOCTYPE html><html><body><h1>Сервер временно недоступен</h1></body></html>"),
    "empty": ("text/plain", ""),
}

_ODATA_ERROR = '{"odata.error":{"code":"-1","message":{"lang":"ru","value":"Отказ по заказу теста"}}}'
_INTERFACE = "/odata/standard.odata"


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


def _reset(scope: HTTPScope) -> None:
    """Break the connection as a crash would: the client sees a reset, not an end."""
    extensions: dict[str, object] = dict(scope.get("extensions") or {})
    transport = extensions.get(TRANSPORT)
    if not isinstance(transport, _Line):
        raise ConnectionResetError
    sock = transport.get_extra_info("socket")
    if isinstance(sock, _HasDescriptor):
        with socket.socket(fileno=os.dup(sock.fileno())) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class FaultLayer:
    """Wraps the application. The control surface is never hit."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with what the rules do to it."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN_PATHS):
            await self._app(scope, receive, send)
            return
        echoing = _echo(scope, send)
        drops_after = False
        for rule in self._faults.strike(scope["method"], scope["path"]):
            if rule.fault == "latency":
                await asyncio.sleep(self._faults.delay_s(rule))
            elif rule.fault == "drop_after_commit":
                drops_after = True
            elif rule.fault == "drop_before_handle" or (rule.fault == "maintenance" and rule.mode == "refuse"):
                _reset(scope)
                return
            else:
                await self._answer(rule, echoing, is_interface=_INTERFACE in scope["path"])
                return
        if drops_after:
            await self._app(scope, receive, _cutting(scope))
            return
        await self._app(scope, receive, echoing)

    async def _answer(self, rule: Rule, send: Send, *, is_interface: bool) -> None:
        """A fault that is an answer; the standard interface words its failures in its own way."""
        if rule.fault == "maintenance":
            status = 503
            # Before the standard interface it is the web server that speaks, whatever the window looks like to ours.
            kind, body = _BODIES["html"] if rule.mode == "html" or is_interface else (JSON, self._maintenance())
        else:
            kind, body = _BODIES[rule.body]
            status = rule.status
            body = _ODATA_ERROR if is_interface and rule.body == "json" else body
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body.encode())).encode())]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body.encode(), "more_body": False})

    def _maintenance(self) -> str:
        left = self._faults.maintenance_until()
        after = "null" if not left else str(int(left.total_seconds() * 1000))
        return f'{{"error":{{"code":"maintenance","retry":true,"after_ms":{after},"message":"Регламентные работы"}}}}'


def _cutting(scope: HTTPScope) -> Send:
    """Swallow an answer and break the connection at its end; a streamed one only ends once its reader is gone."""

    async def swallow(message: Message) -> None:
        if message["type"] == "http.response.body" and not message["more_body"]:
            _reset(scope)

    return swallow


def _echo(scope: HTTPScope, send: Send) -> Send:
    """Give the caller's X-Request-Id back."""
    found = [value for name, value in scope["headers"] if name == b"x-request-id"]
    if not found:
        return send

    async def with_id(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", found[0])]
        await send(message)

    return with_id
