"""Every route x every role and a stranger x objects of every kind, from one's own to nonexistent (RELIABILITY 3.4).

What is expected is written by hand in `promised.py` and `expected.py`. Whatever is not somebody's looks, in status,
body and headers, as if it did not exist.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final
from uuid import UUID

import pytest

from app.access.permissions import read_table
from tests.access.browsers import Browser
from tests.attacks.bodies import FORMS, JSON
from tests.attacks.expected import MAY, ONLY_SEES, SEES
from tests.attacks.field import NOBODYS, PEOPLE, Field
from tests.attacks.kinds import FOREIGN, KINDS, NOWHERE, OWN
from tests.attacks.promised import PROMISED
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
    told = {one.key: one.permission for one in routes}
    unlisted = {key: told.get(key) for key in {*told, *PROMISED} if told.get(key) != PROMISED.get(key)}
    assert unlisted == {}, "see tests/attacks/promised.py"
    assert {one.permission for one in routes} <= {*MAY, "public"}, "see MAY in tests/attacks/expected.py"
    assert {name for one in routes for name in one.ids} == set(SEES), "see SEES in tests/attacks/expected.py"
    assert {one.key for one in routes if one.method != "GET"} == {*FORMS, *JSON}, "see tests/attacks/bodies.py"
    kinds = {name: {*things} - {FOREIGN, NOWHERE} for name, things in field.things.items()}
    assert kinds == {name: {*sees} for name, sees in SEES.items()}, "see _things in tests/attacks/field.py"


def test_every_role_is_somebody_here() -> None:
    roles = {row["role"] for row in read_table("roles.csv")}
    assert roles == {"guest", *(one.role for one in PEOPLE.values())}
    assert len(roles) == 13


@pytest.mark.parametrize("path", ["/home", "/api/v1/me", "/orders", "/api/v1/orders"])
async def test_the_thirteenth_role_has_no_account(field: Field, path: str) -> None:
    """The guest is whoever has not signed in: as good as nobody, whatever the address."""
    answer = await Browser(field.app).get(path)
    assert answer.status_code == (401 if path.startswith("/api/") else 303)


async def test_a_stranger_from_the_street_gets_nothing(field: Field) -> None:
    wrong: list[str] = []
    for route in _routes(field):
        if route.permission == "public":
            continue
        blank: Traces | None = None
        for kind in _kinds(field, route):
            ids = _ids(field, route, kind)
            answer = traces(await call(Browser(field.app), route, ids, field.version), ids)
            blank = blank or answer
            if answer.status != (303 if route.is_page else 401):
                wrong.append(f"{route.key}, {kind}: {answer.status}")
            elif answer != blank:
                wrong.append(f"{route.key}, {kind}: differs from an answer about nothing")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", PEOPLE)
async def test_everybody_reaches_exactly_what_is_theirs(field: Field, name: str) -> None:
    """And whatever is not theirs looks, to the byte, as if it did not exist."""
    wrong: list[str] = []
    for route in _routes(field):
        if route.permission != "public":
            await field.portal.redis.flushdb()  # wrong passwords are counted, and that is not what is asked here
            wrong.extend([fault async for fault in _faults(field, route, name)])
    assert not wrong, "\n".join(wrong)


async def _faults(field: Field, route: Route, name: str) -> AsyncIterator[str]:
    blank: Traces | None = None
    for kind in _kinds(field, route):
        ids = _ids(field, route, kind)
        answer = traces(await call(field.browsers[name], route, ids, field.version), ids)
        expected = _expected(route, kind, name)
        blank = blank or answer
        if answer.status not in expected:
            yield f"{route.key}, {kind}: {answer.status}, not {sorted(expected)}"
        elif expected <= {403, NOT_FOUND} and not _only_sees(route, kind, name) and answer != blank:
            yield f"{route.key}, {kind}: differs from an answer about nothing"


async def test_a_part_of_another_order_is_not_found_in_mine(field: Field) -> None:
    wrong: list[str] = []
    for route in _routes(field):
        if route.ids[1:] == []:
            continue
        part = route.ids[1]
        owner = "head" if route.permission == "user:edit" else "buyer"
        answers = {
            kind: traces(await call(field.browsers[owner], route, ids, field.version), {part: ids[part]})
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
    for kind in {*field.things[part]} - {OWN}:
        yield kind, {**own, part: field.things[part][kind]}


def _ids(field: Field, route: Route, kind: str) -> Mapping[str, UUID]:
    named = {*route.ids, *(("line_id",) if "order_id" in route.ids else ())}
    return {name: field.things[name].get(kind, NOBODYS) for name in named}


def _kinds(field: Field, route: Route) -> list[str]:
    """Begin with nothing, which the others are compared with."""
    if not route.ids:
        return [OWN]
    return [kind for kind in KINDS if all(kind in field.things[name] for name in route.ids)]


def _sees(route: Route, kind: str, name: str) -> bool:
    return name in SEES[route.ids[0]].get(kind, ())


def _expected(route: Route, kind: str, name: str) -> set[int]:
    if PEOPLE[name].role not in MAY[route.permission]:
        return {403}
    if not route.ids:
        return REACHED | ({400, 401, 404} if route.key in NO_RIGHT_NEEDED else set())
    if not _sees(route, kind, name):
        return {NOT_FOUND}
    return {403} if _only_sees(route, kind, name) else REACHED


def _only_sees(route: Route, kind: str, name: str) -> bool:
    return name in ONLY_SEES.get(route.key, ()) and _sees(route, kind, name)
