"""Words a failure for whoever asked: a problem document for scripts, a page for people."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

import structlog
from litestar.response.base import ASGIResponse
from litestar.types import HTTPScope
from markupsafe import escape

from app.infra.http.failures import Failure
from app.infra.http.page import Stage
from app.infra.http.problems import MEDIA_TYPE, ProblemDocument, encode_problem, problem_document
from app.infra.http.routes import is_for_scripts
from app.infra.http.visit import Visit
from app.infra.http.words import Wording

_log: Final = structlog.stdlib.get_logger("karavan.http")
_NOT_SIGNED_IN: Final = 401
_NO_HANDLER: Final = frozenset({403, 404, 405})  # answered before anybody looked whose session it was
_HTML: Final = "text/html"  # the framework adds the charset


class SignInPlace(Protocol):
    """Knows where a person of this request signs in."""

    def __call__(self, scope: HTTPScope) -> str:
        """Give the address, with the way back in it."""
        ...


Recognise = Callable[[HTTPScope], Awaitable[None]]


class Explainer:
    """Makes the answer to a failure; never fails itself."""

    def __init__(self, stage: Stage, wording: Wording, sign_in: SignInPlace, recognise: Recognise) -> None:
        """Know templates, words, the way to sign in, and who can tell whose session a request carries."""
        self._recognise = recognise
        self._stage = stage
        self._wording = wording
        self._sign_in = sign_in

    async def __call__(self, scope: HTTPScope, visit: Visit, failure: Failure) -> ASGIResponse:
        """Word the failure; an Accept header that asks for something else changes nothing."""
        if failure.status in _NO_HANDLER:
            await self._look_who_asks(scope, visit)
        document = problem_document(failure, self._wording, visit.locale, visit.request_id)
        if wants_document(scope):
            return ASGIResponse(
                body=encode_problem(document),
                status_code=failure.status,
                media_type=MEDIA_TYPE,
                headers=dict(failure.headers),
            )
        is_partial = any(name == b"hx-request" for name, _ in scope["headers"])
        if failure.status == _NOT_SIGNED_IN:
            target = self._sign_in(scope)
            if is_partial:
                return ASGIResponse(status_code=401, headers={"HX-Redirect": target})
            return ASGIResponse(status_code=303, headers={"Location": target})
        html = await self._page(scope, visit, document, is_partial=is_partial)
        return ASGIResponse(
            body=html.encode(),
            status_code=failure.status,
            media_type=_HTML,
            headers={"Vary": "HX-Request, Cookie", **failure.headers},
        )

    async def _look_who_asks(self, scope: HTTPScope, visit: Visit) -> None:
        try:
            await self._recognise(scope)
        except Exception as error:  # noqa: BLE001 - a stranger's words are better than none
            _log.warning("nobody could tell who asked", request_id=visit.request_id, exc_info=error)

    async def _page(self, scope: HTTPScope, visit: Visit, document: ProblemDocument, *, is_partial: bool) -> str:
        context: dict[str, object] = {
            "status": document.status,
            "title": document.title,
            "detail": document.detail,
            "problems": document.errors,
            "request_id": document.request_id,
            "home_href": "/",
            "csrf_token": visit.csrf_token,
        }
        renderer = self._stage.renderer
        try:
            if is_partial:
                return renderer.render_block(
                    "public/error.html", "problem", context, locale=visit.locale, zone=visit.zone
                )
            frame: Mapping[str, object] = await self._stage.frames.frame(scope, None)
            is_inside = "shell" in frame
            context["frame_template"] = "base.html" if is_inside else "public.html"
            context["home_href"] = "/home" if is_inside else "/"
            return renderer.render("public/error.html", {**context, **frame}, locale=visit.locale, zone=visit.zone)
        except Exception as error:  # noqa: BLE001 - the page about a failure must not be the next one
            _log.warning("error page without its frame", request_id=visit.request_id, exc_info=error)
            return _bare(document, visit.locale)


def wants_document(scope: HTTPScope) -> bool:
    """Whether a script asks: by its address, or by an Accept header that prefers JSON to a page."""
    if is_for_scripts(scope["path"]):
        return True
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"json" in accept and b"text/html" not in accept


def _bare(document: ProblemDocument, locale: str) -> str:
    title, detail = escape(document.title), escape(document.detail)
    return (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1><p>{detail}</p><p>{document.request_id}</p></main></body></html>"
    )
