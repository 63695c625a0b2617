"""Cursors nobody gave out, days no business has, numbers no column holds: refused in words, never a fault."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from app.infra.http.collections import write_cursor
from tests.attacks.field import Field
from tests.attacks.kinds import OWN
from tests.orders.shop import BUYER

_ID: Final = "00000000-0000-4000-8000-00000000dead"
# Each value may stand where a list keeps a moment, a name, a number or an id.
_PLACES: Final[Sequence[str | int]] = (
    "x", _ID, 0, -1, 2**31, 2**63, 10**30, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22",
)  # fmt: skip
_CURSORS: Final = (
    *(write_cursor(one) for one in _PLACES),
    *(write_cursor(one, other) for one in _PLACES for other in (_ID, 10**30, "x")),
    *("AAAA", "=", "٣", write_cursor(1, 2, 3)),
)
_DAYS: Final = ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2026-02-30", "x")
_NUMBERS: Final = (0, -1, 2**31, 2**63, 10**30)
# What these lists do not answer without.
_ASKED: Final[Mapping[str, str]] = {"permission": "order:view", "direction": "gained"}


class Parameter(Struct, rename={"place": "in"}):
    """A parameter as the document names it."""

    name: str
    place: str


class Operation(Struct):
    """The parameters of an address that is read."""

    parameters: list[Parameter] = []


async def _readings(field: Field) -> Mapping[str, set[str]]:
    document = await field.browsers["admin"].get("/schema/openapi.json")
    paths = msgspec.json.decode(document.content, type=dict[str, msgspec.Raw])["paths"]
    found = msgspec.json.decode(paths, type=dict[str, dict[str, Operation]])
    return {
        path: {one.name for one in methods["get"].parameters if one.place == "query"}
        for path, methods in found.items()
        if "get" in methods
    }


def _address(field: Field, path: str) -> str:
    for name, kinds in field.things.items():
        path = path.replace(f"{{{name}}}", str(kinds[OWN]))
    return path


async def test_no_list_stumbles_over_a_cursor_nobody_gave_out(field: Field) -> None:
    lists = {path: names for path, names in (await _readings(field)).items() if "cursor" in names}
    assert len(lists) > 15
    failed: list[str] = []
    for path, names in lists.items():
        asked = {**_ASKED, "membership": str(BUYER.membership_id)}
        sound = {name: value for name, value in asked.items() if name in names}
        for who in ("admin", "head"):
            for cursor in _CURSORS:
                answer = await field.browsers[who].get(_address(field, path), params={**sound, "cursor": cursor})
                if answer.status_code >= 500:
                    failed.append(f"{path} {who} {cursor}")
    assert not failed, "\n".join(failed)


async def test_days_no_calendar_of_a_business_has_are_refused_where_the_trail_is_read(field: Field) -> None:
    for path in ("/audit", "/api/v1/audit"):
        for name in ("since", "until"):
            for day in _DAYS:
                answer = await field.browsers["admin"].get(path, params={name: day})
                assert answer.status_code == 400, (path, name, day)


async def test_a_version_no_column_holds_is_a_version_there_is_not(field: Field) -> None:
    for number in _NUMBERS:
        for path in (f"/access/versions/{number}", f"/api/v1/access/versions/{number}/rules"):
            assert (await field.browsers["admin"].get(path)).status_code == 404, path
