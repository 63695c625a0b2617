"""The preview's numbers are those of the database's own EXCEPT, person by person and object by object."""

from typing import Final
from uuid import UUID

import pytest

from app.access.policy import Policy
from app.rights.queries import facts
from app.rights.queries.people import read_affected
from app.rights.rules.lines import ALL, NO, Address, Cell, Slice, Terms
from app.rights.rules.reckoning import KINDS
from app.rights.services import drafting, impact
from app.rights.services.desk import Desk
from app.rights.services.impact import Impact, Tally
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    BETA,
    BUYER,
    CONTRACT,
    DRUM,
    HEAD,
    LINE_OF_GOODS,
    MANAGER,
    REGION,
    Shop,
)
from tests.orders.steps import make_draft
from tests.rights.desks import FORBIDDEN, OWN_CLIENT, at_desk, change, draft_with, only

CASES: Final = [
    ("a line is blocked", Address("r:buyer", "offer", "view", Slice("lin", LINE_OF_GOODS)), FORBIDDEN),
    ("one product is blocked", Address(f"o:{ALPHA}", "offer", "view", Slice("prd", DRUM)), FORBIDDEN),
    ("a contract is blocked", Address("r:buyer", "contract", "view", Slice("ctr", CONTRACT)), FORBIDDEN),
    ("a client is blocked for a manager", Address("r:manager_full", "contract", "view", Slice("org", BETA)), FORBIDDEN),
    ("a manager sees a region more", Address("r:manager_full", "contract", "view", Slice("reg", REGION)), ALL),
    ("offers for one person only in force", Address(f"u:{BUYER.user_id}", "offer", "view"), FORBIDDEN),
    ("orders of colleagues", Address("r:distributor_manager", "order", "view"), OWN_CLIENT),
    ("orders only of one's own hand", Address("r:buyer_head", "order", "view"), NO),
    ("orders of the branch", Address("r:buyer_senior", "order", "view"), NO),
    ("agreements", Address("r:buyer", "agreement", "view"), NO),
    ("agreements of everybody", Address("r:distributor_head", "agreement", "view"), ALL),
    ("prices", Address("r:buyer", "price", "view"), NO),
    ("limits of a region", Address("r:manager_full", "limit", "view"), Cell(frozenset({only("reg", REGION)}))),
]


async def _orders(shop: Shop) -> None:
    for actor in (BUYER, BUYER, HEAD):
        await make_draft(shop, {DRUM: "1"}, actor)
    await shop.change("UPDATE orders SET branch = 'north' WHERE author_id = $1", BUYER.user_id)


@pytest.mark.parametrize(("case", "address", "cell"), CASES)
async def test_every_number_is_that_of_the_database(shop: Shop, case: str, address: Address, cell: Cell) -> None:
    await _orders(shop)
    draft = await draft_with(shop, {address: cell})
    async with at_desk(shop) as desk:
        work = await drafting.read_work(desk, draft)
        found = await impact.compute(desk, work)
        seats = {
            direction: await impact.list_people(desk, work, f"{address.resource}:{address.action}", direction)
            for direction in ("gained", "lost")
        }
        expected = await _by_hand(desk, work, address)
    told = {one.membership_id: (one.gained, one.lost) for many in seats.values() for one in many}
    assert told == expected, case
    (tally,) = found.tallies or [Tally(address.resource, address.action, "", 0, 0, 0, 0)]
    assert tally.people_gaining == sum(1 for gained, _ in expected.values() if gained)
    assert tally.people_losing == sum(1 for _, lost in expected.values() if lost)
    assert case in {"agreements of everybody", "limits of a region"} or expected


async def _by_hand(desk: Desk, work: drafting.Work, address: Address) -> dict[UUID, tuple[int, int]]:
    """Ask the database for each person, with EXCEPT both ways."""
    books = await impact.books_for(desk, work, everybody := await _everybody(desk))
    kind = KINDS[address.resource]
    expected: dict[UUID, tuple[int, int]] = {}
    on = books.moment.date()
    for seat in everybody:
        old, new = books.decide(seat, address.resource, address.action)
        gained = await facts.count_difference(desk.transaction, kind, on, new, old)
        lost = await facts.count_difference(desk.transaction, kind, on, old, new)
        if gained or lost:
            expected[seat.id] = (gained, lost)
    return expected


async def _everybody(desk: Desk) -> list[impact.Seat]:
    roles = ["distributor_manager", "distributor_senior", "distributor_head", "manager_full", "manager_limited",
             "logistician", "admin", "forwarder"]  # fmt: skip
    return await read_affected(desk.transaction, roles=roles, users=(), memberships=(), partners=())


async def test_what_is_counted_once_for_many_people_is_counted_once(shop: Shop) -> None:
    address = Address("r:buyer", "contract", "view", Slice("ctr", CONTRACT))
    draft = await draft_with(shop, {address: FORBIDDEN})
    async with at_desk(shop) as desk:
        found = await impact.compute(desk, await drafting.read_work(desk, draft))
    # Four people of the company lose one contract.
    assert found == Impact(0, 4, [Tally("contract", "view", "contract", 0, 4, 0, 1)])
    assert found.figures()["contracts_lost"] == 1


async def test_the_objects_behind_a_number_are_named_a_page_at_a_time(shop: Shop) -> None:
    draft = await draft_with(shop, {Address("r:buyer", "contract", "view"): NO})
    async with at_desk(shop) as desk:
        work = await drafting.read_work(desk, draft)
        mine = (desk, work, "contract:view", "lost", BUYER.membership_id)
        first = await impact.list_objects(*mine, 2)
        rest = await impact.list_objects(*mine, 2, first[-1].key)
    assert [one.name for one in (*first, *rest)] == ["KZ-1 · Alpha", "KZ-2 · Alpha", "KZ-0 · Alpha"]


async def test_a_change_that_touches_nobody_says_so(shop: Shop) -> None:
    draft = await draft_with(shop, {Address("r:connect_manager", "stock", "view"): NO})
    async with at_desk(shop) as desk:
        assert await impact.compute(desk, await drafting.read_work(desk, draft)) == Impact(0, 0, [])


async def test_a_page_as_a_whole_is_counted_by_people(shop: Shop) -> None:
    draft = await draft_with(shop, {Address("r:distributor_manager", "report", "view"): OWN_CLIENT})
    async with at_desk(shop) as desk:
        found = await impact.compute(desk, await drafting.read_work(desk, draft))
    assert found == Impact(2, 0, [Tally("report", "view", "", 2, 0, 0, 0)])


async def test_a_head_previews_the_own_company_only(shop: Shop) -> None:
    await change(shop, Address(f"o:{ALPHA}", "plan", "view"), Cell(denies=frozenset({Terms(lin=str(LINE_OF_GOODS))})))
    draft = await draft_with(shop, {Address(f"o:{ALPHA}", "contract", "view"): FORBIDDEN}, HEAD)
    async with at_desk(shop, HEAD) as desk:
        found = await impact.compute(desk, await drafting.read_work(desk, draft))
    assert found == Impact(0, 4, [Tally("contract", "view", "contract", 0, 4, 0, 3)])
    assert isinstance(shop.policy, Policy)
    assert ADMIN != MANAGER
