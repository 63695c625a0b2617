"""Lists a page at a time: nothing twice, nothing missed, no next page that is empty, no cursor that breaks."""

import base64
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

import msgspec
import pytest

from app.infra.http.collections import write_cursor
from tests.access.browsers import Browser
from tests.orders.shop import ALPHA, BUYER, HEAD, SECOND
from tests.orders.site import API, Site, body_of, codes_of
from tests.orders.steps import make_draft

LIMITS: Final = "/api/v1/limits"
PLANS: Final = "/api/v1/plans"
LISTS: Final = (API, LIMITS, PLANS)
OTHERS: Final = {API: LIMITS, LIMITS: PLANS, PLANS: API}


class Page(msgspec.Struct):
    """What the cursor test reads of a page."""

    items: list[dict[str, object]]
    next: str | None
    total: int


async def walk(browser: Browser, place: str, limit: int) -> list[list[str]]:
    """Follow ``next`` to the end and list the ids of every page."""
    pages: list[list[str]] = []
    params: dict[str, str | int] = {"limit": limit}
    while len(pages) < 20:
        page = msgspec.json.decode((await browser.get(place, params=params)).content, type=Page)
        pages.append([str(one["id"]) for one in page.items])
        if page.next is None:
            return pages
        params["cursor"] = page.next
    message = f"{place} never ends"
    raise AssertionError(message)


async def stocked(site: Site) -> None:
    """Four orders, four plans; the two limits are the shop's own."""
    for _ in range(4):
        await make_draft(site.shop)
    await site.shop.change(
        "INSERT INTO sales_plans (tenant_id, id, partner_id, line_id, month, planned_kg, fact_kg, src_version,"
        " src_label) SELECT 1, gen_random_uuid(), $1, gen_random_uuid(), '2026-01-01', 1, 1, 1, 'a'"
        " FROM generate_series(1, 4)",
        ALPHA,
    )


@pytest.mark.parametrize(("place", "rows"), [(API, 4), (LIMITS, 2), (PLANS, 4)])
async def test_a_list_that_ends_with_a_full_page_ends_there(site: Site, place: str, rows: int) -> None:
    await stocked(site)
    head = await site.enter(HEAD)
    for limit in (1, 2, rows, rows + 1):
        pages = await walk(head, place, limit)
        assert [len(page) for page in pages] == [limit] * (rows // limit) if rows % limit == 0 else [rows]
        assert len({one for page in pages for one in page}) == rows


def packed(places: Sequence[object]) -> str:
    """Write what claims to be a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(places)).decode().rstrip("=")


NASTY: Final = (
    "x", "%", "ключ", "W10", "e30", "bnVsbA", packed([1]), packed([1, 2]), packed(["x", "y"]), packed(["", ""]),
    packed([None, None]), packed([[1], [2]]), packed(["2026-01-01T00:00:00+00:00", "x"]),
    packed(["2026-01-01", str(uuid4()), "more"]), packed(["a\u0000", str(uuid4())]), "A" * 512,
)  # fmt: skip
# The edges of the calendar: with an offset they are moments that UTC has no room for.
NO_DATES: Final = (
    packed(["2026-01-01T00:00:00", str(uuid4())]), packed(["0001-01-01T00:00:00+14:00", str(uuid4())]),
    packed(["9999-12-31T23:59:59-14:00", str(uuid4())]), packed(["10000-01-01", str(uuid4())]),
    packed([10**18, str(uuid4())]),
)  # fmt: skip


@pytest.mark.parametrize("place", LISTS)
async def test_a_cursor_that_is_none_is_refused_by_its_name(site: Site, place: str) -> None:
    head = await site.enter(HEAD)
    # Limits go by the contract's number, which may be any text.
    for nasty in NASTY if place == LIMITS else (*NASTY, *NO_DATES):
        answer = await head.get(place, params={"cursor": nasty})
        assert answer.status_code == 400, (nasty, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json"), nasty
        assert codes_of(answer) == [("cursor", "cursor_malformed")], nasty
        page = await head.get("/orders", params={"cursor": nasty})
        assert page.status_code == 400, nasty


@pytest.mark.parametrize("place", [API, PLANS])
async def test_a_cursor_of_another_list_is_refused(site: Site, place: str) -> None:
    await stocked(site)
    head = await site.enter(HEAD)
    other = body_of(await head.get(OTHERS[place], params={"limit": 1}))["next"]
    answer = await head.get(place, params={"cursor": str(other)})
    assert (answer.status_code, codes_of(answer)) == (400, [("cursor", "cursor_malformed")])


async def test_a_cursor_whose_row_is_gone_goes_on_behind_its_place(site: Site) -> None:
    await stocked(site)
    head = await site.enter(HEAD)
    first = msgspec.json.decode((await head.get(API, params={"limit": 2})).content, type=Page)
    last = UUID(str(first.items[-1]["id"]))
    await site.shop.change("UPDATE orders SET archived_at = now() WHERE id = $1", last)
    assert first.next is not None
    rest = msgspec.json.decode((await head.get(API, params={"cursor": first.next})).content, type=Page)
    assert (len(rest.items), rest.next, rest.total) == (2, None, 3)
    gone = msgspec.json.decode(
        (await head.get(LIMITS, params={"cursor": write_cursor("KZ-1~", str(uuid4()))})).content, type=Page
    )
    assert [one["id"] for one in gone.items] == [str(SECOND)]


async def test_a_cursor_of_somebody_else_shows_only_ones_own(site: Site) -> None:
    await stocked(site)
    head, buyer = await site.enter(HEAD), await site.enter(BUYER)
    mine = await make_draft(site.shop, actor=HEAD)
    newest = write_cursor("2999-01-01T00:00:00+00:00", str(mine))
    assert len(msgspec.json.decode((await head.get(API, params={"cursor": newest})).content, type=Page).items) == 5
    seen = msgspec.json.decode((await buyer.get(API, params={"cursor": newest})).content, type=Page)
    assert str(mine) not in {one["id"] for one in seen.items}
    assert len(seen.items) == 4
