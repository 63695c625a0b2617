"""Litestar's response cache gives one tenant's page to another (F5); nobody may switch it on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[3] / "app"
DECORATORS = {"get", "post", "put", "patch", "delete", "head", "route", "HTTPRouteHandler", "Litestar"}
FORBIDDEN = {"cache", "response_cache_config", "cache_key_builder"}


def cached_routes(source: str) -> Iterator[int]:
    """Lines where a handler or the application is given a response cache."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in DECORATORS and any(keyword.arg in FORBIDDEN for keyword in node.keywords):
                yield node.lineno


def test_no_route_has_a_response_cache() -> None:
    found = [
        f"{path.name}:{line}" for path in APP.rglob("*.py") for line in cached_routes(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        '@get("/", cache=30)\ndef f(): ...',
        "@litestar.get(cache=True)\ndef f(): ...",
        "Litestar([], response_cache_config=x)",
    ],
)
def test_the_rule_fires(source: str) -> None:
    assert list(cached_routes(source)) == [1]
