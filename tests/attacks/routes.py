"""Every route of the application, and how to call it with a given object."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar
from msgspec import Struct

from app.infra.http.routes import http_handlers_of
from tests.access.browsers import Browser
from tests.attacks.bodies import FORMS, JSON

_PARAMETER: Final = re.compile(r"{([a-z_]+)}")
# Drawn anew for every page, so equal for nobody; or a digest of the panel, which says the id asked for and is
# compared itself.
_TOKEN: Final = re.compile(
    r'((?:name="csrf-token" content|name="_csrf_token" value|name="_idempotency_key" value|data-facets|data-options'
    r'|name="ticket" value)=")[^"]+'
)
_WORDS: Final[Mapping[str, str]] = {
    "locale": "en", "tenant_code": "alatau", "digest": "0" * 16, "name": "nothing.css", "path": "nothing", "n": "1",
    "country": "KZ", "direction": "in", "deed": "retry", "stream": "prices", "token": "1.nothing",
}  # fmt: skip


class Route(Struct, frozen=True, order=True):
    """One method of one address and the permission it names."""

    path: str
    method: str
    permission: str

    @property
    def key(self) -> str:
        """How tables name it."""
        return f"{self.method} {self.path}"

    @property
    def is_page(self) -> bool:
        """Whether a person opens it."""
        return not self.path.startswith(("/api/", "/schema", "/health", "/metrics", "/assets"))

    @property
    def ids(self) -> list[str]:
        """Which objects its address names."""
        return [found[1] for found in _PARAMETER.finditer(self.path) if found[1].endswith("_id")]

    def address(self, ids: Mapping[str, UUID]) -> str:
        """Put ids and words into the path."""
        return _PARAMETER.sub(lambda found: str(ids.get(found[1], _WORDS.get(found[1], ""))), self.path)


class Traces(Struct, frozen=True):
    """What somebody can learn from an answer."""

    status: int
    head: Mapping[str, str]
    text: str


def routes_of(application: Litestar) -> Iterator[Route]:
    """List what the application really answers."""
    for route in application.routes:
        for handler in http_handlers_of(route):
            opt = cast("Mapping[str, object]", handler.opt)
            for method in handler.http_methods:
                yield Route(route.path_format or "/", str(method), str(opt["permission"]))


def documented(document: bytes) -> Iterator[Route]:
    """List what the OpenAPI document promises."""
    paths = msgspec.convert(
        msgspec.json.decode(document, type=dict[str, object])["paths"], dict[str, dict[str, dict[str, object]]]
    )
    for path, item in paths.items():
        for method, operation in item.items():
            yield Route(path, method.upper(), str(operation["x-permission"]))


async def call(browser: Browser, route: Route, ids: Mapping[str, UUID], version: int) -> httpx.Response:
    """Send a sound request: right version, right body, a fresh key."""
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": f"{route.key} {sorted(ids.items())}"[:255]}
    if "/api/" not in route.path:
        del headers["If-Match"], headers["Idempotency-Key"]
    address = route.address(ids)
    if route.method == "GET":
        return await browser.get(address, headers=headers)
    if route.is_page:
        form = {name: _filled(str(value), ids, version) for name, value in FORMS[route.key].items()}
        return await browser.request(route.method, address, data=form, headers=headers)
    return await browser.request(route.method, address, json=JSON[route.key], headers=headers)


def _filled(value: str, ids: Mapping[str, UUID], version: int) -> str:
    return {"VERSION": str(version), "LINE": str(ids.get("line_id", ""))}.get(value, value)


def traces(answer: httpx.Response, ids: Mapping[str, UUID]) -> Traces:
    """Take away the request's own number, the ids asked for and the length, which they change once packed."""
    head = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "content-length"}}
    text = _TOKEN.sub(r"\1TOKEN", answer.text.replace(answer.headers["x-request-id"], "REQUEST"))
    for one in ids.values():
        text = text.replace(str(one), "ID")
        head = {name: value.replace(str(one), "ID") for name, value in head.items()}
    return Traces(answer.status_code, head, text)
