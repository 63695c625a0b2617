"""Routes, their document and the policy speak of the same permissions, and handlers ask for what they promise."""

from collections.abc import Iterator
from typing import Final

import pytest

from app.access.permissions import PERMISSIONS, read_table
from tests.attacks.expected import AWAITED, BLANK, INSIDE, MAY, SEEN_FIRST, SEES
from tests.attacks.field import PEOPLE, Field
from tests.attacks.kinds import OWN
from tests.attacks.promised import PROMISED
from tests.attacks.routes import Route, call, routes_of
from tests.attacks.spy import Spy, spy_on_policy

# Given or refused as a whole (docs/access.md): the guard has asked everything there is to ask.
PLACED: Final = frozenset(row["resource"] for row in read_table("dimensions.csv"))
REFUSED: Final = frozenset({403, 404})
# Those who see most first: whoever is not refused anything shows best what a single refusal changes.
ORDER: Final = ("head", "direct head", "manager", "admin", "buyer")


def _names(table: str) -> set[str]:
    return {f"{row['resource']}:{row['action']}" for row in read_table(table)}


def test_the_tables_of_the_policy_know_the_same_permissions() -> None:
    known = {f"{resource}:{action}" for resource, action in PERMISSIONS}
    assert _names("permissions.csv") == known
    assert _names("rules.csv") == known  # somebody has every one of them, and nobody has another
    assert {resource for resource, _ in PERMISSIONS} >= PLACED


def test_every_permission_is_promised_by_a_route_or_shows_something_inside_one() -> None:
    promised = set(PROMISED.values()) - {"public"}
    assert promised | INSIDE | AWAITED == {f"{resource}:{action}" for resource, action in PERMISSIONS}
    assert len(promised) + len(INSIDE) + len(AWAITED) == len(PERMISSIONS)  # each is one of the three
    assert promised == set(MAY)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    """Listen at the policy."""
    return spy_on_policy(monkeypatch)


def _routes(field: Field) -> Iterator[tuple[Route, str]]:
    """Every route with somebody who may call it about a thing of their own."""
    for route in sorted(routes_of(field.portal.litestar)):
        if route.permission != "public":
            able = [name for name, one in PEOPLE.items() if one.role in MAY[route.permission]]
            seeing = [name for name in able if not route.ids or name in SEES[route.ids[0]][OWN]]
            yield route, min(seeing, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


async def _ask(field: Field, route: Route, name: str) -> int:
    ids = {one: field.things[one][OWN] for one in (*route.ids, "line_id")}
    return (await call(field.browsers[name], route, ids, field.version)).status_code


async def test_what_a_route_promises_is_what_its_handler_asks_for(field: Field, spy: Spy) -> None:
    wrong: list[str] = []
    everything: set[str] = set()
    for route, name in _routes(field):
        spy.asked.clear()
        await _ask(field, route, name)
        everything |= spy.asked
        is_whole = route.permission.partition(":")[0] not in PLACED
        if not is_whole and route.key not in BLANK and route.permission not in spy.asked:
            wrong.append(f"{route.key} promises {route.permission}, asks for {sorted(spy.asked)}")
    assert not wrong, "\n".join(wrong)
    assert everything >= INSIDE
    assert not everything & AWAITED


async def test_no_other_right_than_the_promised_one_opens_or_closes_a_route(field: Field, spy: Spy) -> None:
    """Taken away one by one, everything else a handler asks for may change an answer, and never refuse it."""
    wrong: list[str] = []
    for route, name in _routes(field):
        spy.asked.clear()
        usual = await _ask(field, route, name)
        for permission in sorted({*spy.asked, route.permission}):
            spy.taken = {permission}
            status = await _ask(field, route, name)
            spy.taken = set()
            if permission == route.permission:
                expected = status == 403
            elif permission in SEEN_FIRST.get(route.permission, ()):
                expected = status in {usual, *REFUSED}
            else:
                expected = status not in REFUSED or status == usual
            if not expected:
                wrong.append(f"{route.key} ({route.permission}) as {name} without {permission}: {status}, not {usual}")
    assert not wrong, "\n".join(wrong)
