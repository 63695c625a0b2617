"""The OpenAPI 3.1 document: every route of the application, with its permission and its errors.

Litestar describes parameters and bodies; what it cannot know is added here: the permission a route
needs, the shape of failures, the two ways to sign a request, the routes that answer HTML.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Final, cast

import msgspec
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.enums import OpenAPIMediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from app.infra.http.problems import MEDIA_TYPE, ProblemDocument
from app.infra.http.routes import http_handlers_of, is_for_scripts

_Node = MutableMapping[str, object]
_PUBLIC: Final = "public"
_PROBLEM: Final = "#/components/schemas/ProblemDocument"
_ERRORS: Final[Mapping[str, str]] = {
    "400": "What was sent cannot be understood; every problem is listed",
    "401": "No session, or it has ended",
    "403": "Not allowed, or the form token does not belong to the session",
    "404": "No such object within the caller's rights",
    "409": "Busy; nothing happened, trying again is safe",
    "412": "Changed meanwhile",
    "413": "Too large",
    "415": "Not a form of data this address reads",
    "428": "The If-Match header is missing",
    "422": "Well formed, but forbidden by a rule; or an idempotency key was used again",
    "429": "Too many requests; see Retry-After",
    "500": "A fault of the portal",
    "503": "A part of the portal is away",
}
# Answers that are neither a page nor JSON of ours.
_OTHER_MEDIA: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("/metrics", "200"): ("text/plain", "string"),
    ("/schema", "200"): (OpenAPIMediaType.OPENAPI_JSON.value, "object"),
    ("/schema/openapi.json", "200"): (OpenAPIMediaType.OPENAPI_JSON.value, "object"),
    ("/schema/{path}", "404"): ("text/html", "string"),
}
_READ_ERRORS: Final = ("400", "401", "403", "404", "422", "429", "500", "503")
_PUBLIC_READ_ERRORS: Final = ("400", "404", "429", "500", "503")


class DocumentPlugin(OpenAPIRenderPlugin):
    """Serves the document; made once per process."""

    def __init__(self) -> None:
        """Answer under the path of the contract."""
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._bytes = b""

    def render(self, request: Request[object, object, State], openapi_schema: dict[str, object]) -> bytes:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Give the document as JSON."""
        if not self._bytes:
            self._bytes = msgspec.json.encode(complete(openapi_schema, request.app))
        return self._bytes


def complete(schema: Mapping[str, object], app: Litestar) -> _Node:
    """Add to Litestar's description what only we know; the argument stays as it is."""
    document = msgspec.json.decode(msgspec.json.encode(schema), type=dict[str, object])
    paths = _node(document, "paths")
    for route in app.routes:
        for handler in http_handlers_of(route):
            item = _node(paths, route.path_format or "/")
            opt = cast("Mapping[str, object]", handler.opt)
            for method in handler.http_methods:
                operation = _node(item, str(method).lower())
                operation.setdefault("summary", handler.handler_name)
                operation["x-permission"] = str(opt.get("permission"))
                is_page = not is_for_scripts(route.path)
                _responses(operation, is_read=method == "GET", is_page=is_page)
                _security(operation)
                for media in cast("Sequence[str]", opt.get("files", ())):
                    _add_file(operation, media)
                if opt.get("idempotent") is True and not is_page:
                    _add_idempotency_key(operation)
    for (path, status), (media, kind) in _OTHER_MEDIA.items():
        answer = _node(_node(_node(_node(paths, path), "get"), "responses"), status)
        answer["content"] = {media: {"schema": {"type": kind, "additionalProperties": True}}}
    _socket(paths)
    _components(document)
    return document


def _socket(paths: _Node) -> None:
    """Describe the one WebSocket, which OpenAPI has no words for, as the GET that opens it."""
    operation = _node(_node(paths, "/ws"), "get")
    operation["summary"] = "LiveSocket"
    operation["description"] = (
        'WebSocket of live updates; a page first says {"type": "hello", "since": <id of its last message>}'
    )
    operation["x-permission"] = "notification:view"
    operation["responses"] = dict[str, object]({"101": {"description": "The socket is open"}})
    _responses(operation, is_read=True, is_page=False)
    _security(operation)


def _node(parent: _Node, key: str) -> _Node:
    return cast("_Node", parent.setdefault(key, dict[str, object]()))


def _responses(operation: _Node, *, is_read: bool, is_page: bool) -> None:
    responses = _node(operation, "responses")
    if is_page:
        for code in list(responses):
            if code.startswith("2"):
                _node(responses, code)["content"] = {"text/html": {"schema": {"type": "string"}}}
        responses.setdefault("303", {"description": "Goes on to another page"})
    if "204" in responses:
        _node(responses, "204").pop("content", None)  # an answer that only sets cookies is described with a body
    if not any(code.startswith(("1", "2", "3")) for code in responses):
        responses["200"] = {"description": "Done"}
    content = {"text/html": {"schema": {"type": "string"}}} if is_page else _problem_content()
    codes = _ERRORS if not is_read else _PUBLIC_READ_ERRORS if operation["x-permission"] == _PUBLIC else _READ_ERRORS
    parameters = cast("list[Mapping[str, object]]", operation.get("parameters", []))
    is_versioned = any(parameter["name"] == "If-Match" for parameter in parameters)
    for code in codes:
        if code == "428" and not is_versioned:
            continue
        responses[code] = {"description": _ERRORS[code], "content": content}


def _problem_content() -> dict[str, object]:
    return {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}}}


def _security(operation: _Node) -> None:
    is_public = operation["x-permission"] == _PUBLIC
    operation["security"] = [] if is_public else [{"session": []}, {"token": []}]


def _add_file(operation: _Node, media: str) -> None:
    content = _node(_node(_node(operation, "responses"), "200"), "content")
    content.pop("application/json", None)
    content[media] = {"schema": {"type": "string", "contentMediaType": media}}


def _add_idempotency_key(operation: _Node) -> None:
    parameters = cast("list[object]", operation.setdefault("parameters", []))
    parameters.append(
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "A repeat with the same key gives the first answer",
        }
    )


def _components(document: _Node) -> None:
    components = _node(document, "components")
    (schema,), parts = msgspec.json.schema_components([ProblemDocument], ref_template="#/components/schemas/{name}")
    _ = schema
    _node(components, "schemas").update(parts)
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "karavan_session"},
        "token": {"type": "http", "scheme": "bearer"},
    }
