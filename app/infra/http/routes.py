"""Walks the routes of the application: for the start-up check, the OpenAPI document and the tests."""

from collections.abc import Iterable, Iterator
from typing import Final

from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.routes import ASGIRoute, HTTPRoute, WebSocketRoute
from litestar.routes.base import BaseRoute

_SCRIPT_PATHS: Final = ("/api/", "/schema/", "/health/", "/metrics")


def is_for_scripts(path: str) -> bool:
    """Whether programs call this address; everything else is a page, or a part of one."""
    return path.startswith(_SCRIPT_PATHS)


def handlers_of(route: BaseRoute) -> Iterator[BaseRouteHandler]:
    """List the handlers somebody wrote; answers to OPTIONS that the framework makes are left out."""
    if isinstance(route, HTTPRoute):
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"}:
                yield handler
    elif isinstance(route, ASGIRoute | WebSocketRoute):
        yield route.route_handler


def http_handlers_of(route: BaseRoute) -> Iterator[HTTPRouteHandler]:
    """List the HTTP handlers of a route."""
    for handler in handlers_of(route):
        if isinstance(handler, HTTPRouteHandler):
            yield handler


def write_allow(methods: Iterable[str]) -> str:
    """Write an ``Allow`` header; whoever takes GET takes HEAD (the front makes one of the other)."""
    found = set(methods)
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))


def page_paths(application: Litestar) -> list[str]:
    """List the addresses somebody may open as a page without knowing an id."""
    return [
        route.path
        for route in application.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods and not route.path_parameters
    ]
