"""The outermost layer: every request passes here first and every answer last.

It names the request, refuses foreign hosts and impossible addresses, adds the headers every answer
carries, packs long texts, and turns whatever failed inside into one well-formed answer.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from time import perf_counter
from typing import Final, Protocol, cast
from uuid import uuid4

import structlog
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

from app.infra import audit
from app.infra.http.failures import EdgeError, Failure, describe
from app.infra.http.headers import finish_headers
from app.infra.http.origins import Origins
from app.infra.http.text import has_forbidden_character
from app.infra.http.visit import Visit, begin_visit
from app.infra.metrics import count_request
from app.infra.packing import choose_coding, pack_page

_log: Final = structlog.stdlib.get_logger("karavan.http")
_OPEN_PATHS: Final = ("/health/", "/metrics")  # asked by the starter and by monitors, under any local name
_MAX_TARGET: Final = 8192
# Asked for in the place of OPTIONS: the framework's own answers know the methods of one controller only, and its
# refusal of a method nobody takes knows them all. HEAD is answered as GET, without the body.
_NOBODYS: Final = "-"
_PACK_FROM: Final = 1400  # one packet; shorter answers gain nothing
_PACKABLE: Final = (b"text/", b"application/json", b"application/problem+json", b"image/svg+xml")


class Answer(Protocol):
    """Something that answers an ASGI request; a Litestar response after ``to_asgi_response``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        ...


Explain = Callable[[HTTPScope, Visit, Failure], Awaitable[Answer]]


class Front:
    """ASGI application around the application."""

    def __init__(
        self, app: ASGIApp, origins: Origins, explain: Explain, guess_locale: Callable[[str, str], str]
    ) -> None:
        """Wrap ``app``; ``explain`` words a failure, ``guess_locale`` reads path and Accept-Language."""
        self._app = app
        self._origins = origins
        self._explain = explain
        self._guess_locale = guess_locale

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
            return
        if scope["type"] == "websocket":
            begin_visit(scope, Visit(request_id=str(uuid4())))
        await self._app(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        headers = dict(scope["headers"])
        method = scope["method"]
        is_head = method == "HEAD"
        asked = "GET" if is_head else _NOBODYS if method == "OPTIONS" else method
        # A copy: the server measures the answer by the method it read, and the answer to HEAD has no body.
        scope = cast("HTTPScope", {**scope, "method": asked})
        visit = self._meet(scope, headers)
        device = headers.get(b"user-agent", b"").decode("latin-1")
        trace = audit.begin(audit.Origin(visit.request_id, visit.address, device))
        out = _Out(send, visit, headers, is_secure=self._origins.is_secure, is_head=is_head)
        try:
            self._check(scope, headers)
            await self._app(scope, receive, out)
        except Exception as error:
            if out.has_started:
                raise
            failure = describe(error)
            _note(error, failure, visit, scope)
            is_answer = method == "OPTIONS" and "Allow" in failure.headers
            answer = _allowed(failure) if is_answer else await self._explain(scope, visit, failure)
            await answer(scope, _nothing_more, out)
        finally:
            audit.end(trace)
        count_request(_template(scope), method, out.status, perf_counter() - started)

    def _meet(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> Visit:
        client = scope.get("client")
        visit = Visit(request_id=str(uuid4()), address=client[0] if client else "")
        language = headers.get(b"accept-language", b"").decode("latin-1")
        visit.locale = self._guess_locale(scope["path"], language[:200])
        begin_visit(scope, visit)
        return visit

    def _check(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> None:
        path = scope["path"]
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _MAX_TARGET:
            raise EdgeError(414, "too_large")
        if not path.startswith(_OPEN_PATHS) and not self._origins.is_our_host(
            headers.get(b"host", b"").decode("latin-1")
        ):
            raise EdgeError(400, "wrong_host")
        if has_forbidden_character(path) or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
            raise EdgeError(400, "malformed_request")


class _Out:
    """Passes the answer on: headers complete, long texts packed, nothing after the head of a HEAD."""

    def __init__(
        self, send: Send, visit: Visit, asked: Mapping[bytes, bytes], *, is_secure: bool, is_head: bool
    ) -> None:
        self._send = send
        self._visit = visit
        self._accepted = asked.get(b"accept-encoding", b"")
        self._is_secure = is_secure
        self._is_head = is_head
        self._start: MutableMapping[str, object] | None = None
        self.has_started = False
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            self.status = message["status"]
            self._start = cast("MutableMapping[str, object]", message)
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body = message.get("body", b"")
        more = message.get("more_body", False)
        if self._start is not None:
            body = await self._send_head(self._start, body, is_whole=not more)
            self._start = None
        if self._is_head:
            body = b""
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def _send_head(self, start: MutableMapping[str, object], body: bytes, *, is_whole: bool) -> bytes:
        headers = list(cast("list[tuple[bytes, bytes]]", start["headers"]))
        if is_whole and len(body) > _PACK_FROM and _is_packable(headers):
            headers.append((b"vary", b"Accept-Encoding"))
            if coding := choose_coding(self._accepted.decode("latin-1")):
                body = pack_page(body, coding)
                headers = [header for header in headers if header[0].lower() != b"content-length"]
                headers += [(b"content-length", str(len(body)).encode()), (b"content-encoding", coding.encode())]
        start["headers"] = finish_headers(headers, request_id=self._visit.request_id, is_secure=self._is_secure)
        await self._send(cast("Message", start))
        return body


def _is_packable(headers: list[tuple[bytes, bytes]]) -> bool:
    present = {name.lower(): value for name, value in headers}
    return b"content-encoding" not in present and present.get(b"content-type", b"").startswith(_PACKABLE)


def _template(scope: HTTPScope) -> str:
    return str(cast("MutableMapping[str, object]", scope).get("path_template", "-"))


def _note(error: Exception, failure: Failure, visit: Visit, scope: HTTPScope) -> None:
    if failure.status >= 500:  # noqa: PLR2004 - ours to mend
        _log.error(
            "request failed",
            code=failure.code,
            request_id=visit.request_id,
            route=_template(scope),
            exc_info=error,
        )


def _allowed(failure: Failure) -> Answer:
    return ASGIResponse(status_code=204, headers=dict(failure.headers))


async def _nothing_more() -> HTTPReceiveMessage:
    return {"type": "http.request", "body": b"", "more_body": False}
