"""The OpenAPI document lists every route, with its permission and its errors; every route has one."""

import re
from typing import cast

import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.access.permissions import PERMISSIONS
from app.asgi import Portal
from app.infra.http.routes import http_handlers_of
from tests.access.browsers import World, read

_METHODS = {"get", "post", "put", "patch", "delete"}
Document = dict[str, dict[str, dict[str, object]]]


async def document_of(world: World) -> Document:
    answer = await world.browser().get("/schema/openapi.json")
    assert answer.status_code == 200
    return cast("Document", read(answer)["paths"])


async def test_document_and_application_have_the_same_routes(world: World) -> None:
    listed = {
        (path, method) for path, item in (await document_of(world)).items() for method in item if method in _METHODS
    }
    running = {
        (route.path_format or "/", str(method).lower())
        for route in world.portal.litestar.routes
        if isinstance(route, HTTPRoute)
        for handler in http_handlers_of(route)
        for method in handler.http_methods
    }
    assert listed - {("/ws", "get")} == running
    assert ("/ws", "get") in listed


async def test_every_operation_names_a_permission_that_exists(world: World) -> None:
    known = {f"{resource}:{action}" for resource, action in PERMISSIONS} | {"public"}
    for path, item in (await document_of(world)).items():
        for method in set(item) & _METHODS:
            operation = item[method]
            assert operation["x-permission"] in known, (path, method)
            responses = cast("dict[str, object]", operation["responses"])
            assert any(code[0] in "123" for code in responses), (path, method)
            assert {"400", "404", "500", "503"} <= set(responses), (path, method)


async def test_it_is_a_valid_document_whose_references_lead_somewhere(world: World) -> None:
    answer = await world.browser().get("/schema/openapi.json")
    whole = read(answer)
    assert str(whole["openapi"]).startswith("3.1")
    parts = cast("dict[str, dict[str, object]]", whole["components"])["schemas"]
    named = {match[1] for match in re.finditer(r'"#/components/schemas/([^"]+)"', answer.text)}
    assert named <= set(parts)
    assert "ProblemDocument" in parts


async def test_no_part_of_it_allows_anything_at_all(world: World) -> None:
    """An empty schema among alternatives or as an item makes the others worthless."""
    answer = await world.browser().get("/schema/openapi.json")
    squeezed = re.sub(r"\s", "", answer.text)
    found = re.findall(r'"(?:oneOf|anyOf)":\[(?:[^\[\]]*,)?\{\}[,\]]|"items":\{\}', squeezed)
    assert found == []
    lines = cast("dict[str, dict[str, dict[str, object]]]", read(answer)["components"])["schemas"]["NewLines"]
    schema = cast("dict[str, dict[str, object]]", lines["properties"])["lines"]
    assert schema["items"] == {"$ref": "#/components/schemas/NewLine"}


@get("/nobody-said", sync_to_thread=False)
def silent() -> None:
    """A route that says nothing about who may call it."""


@get("/invented", opt={"permission": "moon:land"}, sync_to_thread=False)
def invented() -> None:
    """A route that names a permission nobody can be given."""


@pytest.mark.parametrize("handler", [silent, invented])
def test_a_route_without_a_known_permission_stops_the_start(world: World, handler: HTTPRouteHandler) -> None:
    with pytest.raises(RuntimeError, match="routes without a known permission"):
        Portal(world.portal.settings, [handler])
