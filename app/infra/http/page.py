"""Answers made of templates. A handler names template and context; the frame around it is added here.

The frame (menu, badges, bell) needs statements of its own, so it is read only when a whole page is
really written, inside the same transaction, and never for a fragment.
"""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol, cast

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec.structs import replace

from app.infra.http.visit import visit_of
from app.infra.pages.renderer import Renderer
from app.infra.pages.shell import Flash, PublicView

FLASH_COOKIE: Final = "karavan_flash"
_HTML: Final = "text/html"  # the framework adds the charset


class Frames(Protocol):
    """Supplies what surrounds a page: ``shell`` for a signed-in person, ``public`` for anybody else."""

    async def frame(self, scope: HTTPScope, flash: Flash | None) -> Mapping[str, object]:
        """Give the context names the base template needs."""
        ...


class FlashBox:
    """Carries a short word over a redirect in a signed cookie, shown once."""

    def __init__(self, secret_key: str, *, is_secure: bool) -> None:
        """Derive an own key from the installation's secret."""
        self._key = hmac.digest(secret_key.encode(), b"karavan flash", sha256)
        self._is_secure = is_secure

    def cookie(self, flash: Flash) -> Cookie:
        """Pack the word."""
        body = msgspec.json.encode(flash)
        packed = base64.urlsafe_b64encode(hmac.digest(self._key, body, sha256) + body).decode()
        return self._cookie(packed, 60)

    def empty(self) -> Cookie:
        """Take the cookie away."""
        return self._cookie("", 0)

    def read(self, packed: str) -> Flash | None:
        """Unpack; a cookie that is not ours is nothing."""
        try:
            raw = base64.urlsafe_b64decode(packed.encode("ascii"))
            if not hmac.compare_digest(raw[:32], hmac.digest(self._key, raw[32:], sha256)):
                return None
            return msgspec.json.decode(raw[32:], type=Flash)
        except (ValueError, msgspec.MsgspecError):
            return None

    def _cookie(self, value: str, max_age: int) -> Cookie:
        return Cookie(
            key=FLASH_COOKIE,
            value=value,
            path="/",
            max_age=max_age,
            httponly=True,
            secure=self._is_secure,
            samesite="lax",
        )


class Stage(msgspec.Struct, frozen=True):
    """What all pages of a process share."""

    renderer: Renderer
    frames: Frames
    flashes: FlashBox


class PageResponse(Response[str]):
    """An HTML answer, written at the last moment, while the transaction is still open."""

    def __init__(
        self,
        stage: Stage,
        template: str,
        context: Mapping[str, object],
        *,
        block: str = "",
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what will be rendered; an empty ``block`` is the whole page."""
        super().__init__("", status_code=status_code, media_type=_HTML, headers=dict(headers or {}))
        self._stage = stage
        self._template = template
        self._context = context
        self._block = block

    def to_asgi_response(self, *_args: object, **_kwargs: object) -> ASGIApp:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Give the application that renders and sends; handler-level extras do not apply to pages."""

        async def send_page(scope: Scope, receive: Receive, send: Send) -> None:
            html = await self._write(cast("HTTPScope", scope))
            await ASGIResponse(
                body=html.encode(),
                status_code=self.status_code or 200,
                media_type=_HTML,
                headers={"Vary": "HX-Request, Cookie", **self.headers},
                cookies=self.cookies,
            )(scope, receive, send)

        return send_page

    async def _write(self, scope: HTTPScope) -> str:
        visit, renderer = visit_of(scope), self._stage.renderer
        token = {"csrf_token": visit.csrf_token}
        if self._block:
            return renderer.render_block(
                self._template, self._block, {**token, **self._context}, locale=visit.locale, zone=visit.zone
            )
        packed = cookie_of(scope, FLASH_COOKIE)
        flash = self._stage.flashes.read(packed) if packed else None
        if packed:
            self.set_cookie(self._stage.flashes.empty())
        framed = self._context.get("public") or self._context.get("shell")
        if isinstance(framed, PublicView):
            frame: Mapping[str, object] = {"public": replace(framed, flash=flash or framed.flash)}
            return renderer.render(
                self._template, {**token, **self._context, **frame}, locale=visit.locale, zone=visit.zone
            )
        frame = {} if framed else await self._stage.frames.frame(scope, flash)
        return renderer.render(
            self._template, {**token, **frame, **self._context}, locale=visit.locale, zone=visit.zone
        )


class Page:
    """What a handler answers with; a dependency of every page handler."""

    def __init__(self, stage: Stage, scope: HTTPScope) -> None:
        """Know the request."""
        self._stage = stage
        self._scope = scope

    @property
    def locale(self) -> str:
        """The reader's language: ru, kk or en."""
        return visit_of(self._scope).locale

    @property
    def is_partial(self) -> bool:
        """Whether a script asks for a part of the page (``HX-Request``)."""
        return any(name == b"hx-request" and value == b"true" for name, value in self._scope["headers"])

    def render(
        self,
        template: str,
        /,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> PageResponse:
        """Answer with a whole page; a form that came back says its status (400, 422) and ``has_errors``."""
        return PageResponse(self._stage, template, context, status_code=status_code, headers=headers)

    def fragment(
        self,
        template: str,
        block: str,
        /,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> PageResponse:
        """Answer with one block of a page, for a partial request."""
        return PageResponse(self._stage, template, context, block=block, status_code=status_code, headers=headers)

    def redirect(self, path: str, *, flash: Flash | None = None) -> Response[None]:
        """Send the reader to another page of ours (303), with a word that is shown there once.

        A partial request is told to load the page as a whole.
        """
        target = safe_path(path)
        cookies = [self._stage.flashes.cookie(flash)] if flash else []
        if self.is_partial:
            return Response(None, status_code=204, headers={"HX-Redirect": target}, cookies=cookies)
        return Response(None, status_code=303, media_type="text/plain", headers={"Location": target}, cookies=cookies)


def safe_path(path: str, fallback: str = "/") -> str:
    """Give the path if it stays with us; another host, a scheme or a line break goes to ``fallback``."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return fallback
    return path if path.isprintable() and path.isascii() else fallback


def cookie_of(scope: Scope, name: str) -> str:
    """Read one cookie without believing the header; the first of a repeated name counts."""
    for header, value in scope["headers"]:
        if header == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, _, found = part.strip().partition("=")
                if key == name:
                    return found.strip('"')
    return ""
