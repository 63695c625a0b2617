"""Every route x every role x own, other company's, other tenant's and nonexistent objects (RELIABILITY 3.4)."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final
from uuid import UUID

import pytest

from tests.access.browsers import Browser
from tests.attacks.bodies import FORMS, JSON
from tests.attacks.expected import MAY, SEES
from tests.attacks.field import FOREIGN, NOBODYS, NOWHERE, OTHER, OWN, PEOPLE, Field
from tests.attacks.routes import Route, Traces, call, documented, routes_of, traces

# Reached and right: shown, gone on to another page, about to change something (409: the field is frozen),
# or refused by a rule of business. Anything else is a verdict about rights, or a fault.
REACHED: Final = {200, 201, 204, 303, 409, 412, 422}
NOT_FOUND: Final = 404
# Whoever proves nothing about themselves by a body is refused by what the body says.
NO_RIGHT_NEEDED: Final = {"POST /api/v1/me/password", "POST /api/v1/me/membership", "POST /me/membership",
                          "POST /profile/password"}  # fmt: skip


def _routes(field: Field) -> list[Route]:
    return sorted(routes_of(field.portal.litestar))


async def test_the_document_and_the_application_name_the_same_routes(field: Field) -> None:
    told = set(documented((await field.browsers["buyer"].get("/schema/openapi.json")).content))
    assert told - {Route("/ws", "GET", "notification:view")} == set(_routes(field))


def test_every_route_has_been_thought_about(field: Field) -> None:
    routes = _routes(field)
    assert {one.permission for one in routes} <= {*MAY, "public"}
    assert {name for one in routes for name in one.ids} == set(SEES)
    assert {one.key for one in routes if one.method != "GET"} == {*FORMS, *JSON}


async def test_a_stranger_from_the_street_gets_nothing(field: Field) -> None:
    wrong: list[str] = []
    for route in _routes(field):
        if route.permission == "public":
            continue
        for kind in (OWN, NOWHERE):
            answer = await call(Browser(field.app), route, _ids(field, route, kind), field.version)
            expected = 303 if route.is_page else 401
            if answer.status_code != expected:
                wrong.append(f"{route.key} {kind}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", PEOPLE)
async def test_everybody_reaches_exactly_what_is_theirs(field: Field, name: str) -> None:
    """And whatever is not theirs looks, to the byte, as if it did not exist."""
    wrong: list[str] = []
    for route in _routes(field):
        if route.permission != "public":
            wrong.extend([fault async for fault in _faults(field, route, name)])
    assert not wrong, "\n".join(wrong)


async def _faults(field: Field, route: Route, name: str) -> AsyncIterator[str]:
    kinds = (NOWHERE, OWN, OTHER, FOREIGN) if route.ids else (OWN,)
    blank: Traces | None = None
    for kind in kinds:
        ids = _ids(field, route, kind)
        answer = traces(await call(field.browsers[name], route, ids, field.version), ids)
        expected = _expected(route, kind, name)
        blank = blank or answer
        if answer.status not in expected:
            yield f"{route.key}, {kind}: {answer.status}, not {sorted(expected)}"
        elif expected <= {403, NOT_FOUND} and answer != blank:
            yield f"{route.key}, {kind}: differs from an answer about nothing"


async def test_a_part_of_another_order_is_not_found_in_mine(field: Field) -> None:
    wrong: list[str] = []
    for route in _routes(field):
        if route.ids[1:] == []:
            continue
        part = route.ids[1]
        answers = {
            kind: traces(await call(field.browsers["buyer"], route, ids, field.version), {part: ids[part]})
            for kind, ids in _mixed(field, part)
        }
        wrong.extend(
            f"{route.key}, {kind}: {answer.status}"
            for kind, answer in answers.items()
            if answer.status != NOT_FOUND or answer != answers[NOWHERE]
        )
    assert not wrong, "\n".join(wrong)


def _mixed(field: Field, part: str) -> Iterator[tuple[str, Mapping[str, UUID]]]:
    own = {name: kinds[OWN] for name, kinds in field.things.items()}
    for kind in (OTHER, FOREIGN, NOWHERE):
        yield kind, {**own, part: field.things[part][kind]}


def _ids(field: Field, route: Route, kind: str) -> Mapping[str, UUID]:
    named = {*route.ids, *(("line_id",) if "order_id" in route.ids else ())}
    return {name: field.things[name].get(kind, NOBODYS) for name in named}


def _sees(route: Route, kind: str, name: str) -> bool:
    first, second = SEES[route.ids[0]]
    return kind in {OWN, OTHER} and name in (first if kind == OWN else second)


def _expected(route: Route, kind: str, name: str) -> set[int]:
    if PEOPLE[name].role not in MAY[route.permission]:
        return {403}
    if not route.ids:
        return REACHED | ({400, 401, 404} if route.key in NO_RIGHT_NEEDED else set())
    return REACHED if _sees(route, kind, name) else {NOT_FOUND}
