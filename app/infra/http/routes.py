"""Walks the routes of the application: for the start-up check, the OpenAPI document and the tests."""

from collections.abc import Iterator

from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.routes import ASGIRoute, HTTPRoute, WebSocketRoute
from litestar.routes.base import BaseRoute


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


def page_paths(application: Litestar) -> list[str]:
    """List the addresses somebody may open as a page without knowing an id."""
    return [
        route.path
        for route in application.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods and not route.path_parameters
    ]
