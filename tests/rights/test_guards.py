"""What must not be published, what needs a second person, and what a client's head may not give."""

from typing import Final
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.kernel.errors import NotAllowedError, NotFoundError, RejectedError
from app.rights.rules.guards import covers, find_contradictions, find_dead, grows_across_regions
from app.rights.rules.lines import ALL, NO, WHOLE, Address, Cell, Line, Slice, Terms
from app.rights.services import drafting, impact, publishing
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    BETA,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    ELSEWHERE,
    HEAD,
    STRANGER,
    TENANT,
    Shop,
    uid,
)
from tests.rights.desks import (
    FORBIDDEN,
    LIMITS,
    OWN_CLIENT,
    SECOND_ADMIN,
    at_desk,
    change,
    draft_with,
    may,
    only,
    publish,
    standing,
)

ONE, TWO = str(UUID(int=1)), str(UUID(int=2))
OWN_REGION: Final = Terms(reg="@own")


def line(terms: Terms, effect: str = "allow", subject: str = "r:a", action: str = "view") -> Line:
    said = Line(subject, "order", action, "allow", terms)
    return said if effect == "allow" else replace(said, effect="deny")


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        (WHOLE, OWN_REGION, True),
        (OWN_REGION, WHOLE, False),
        (OWN_REGION, OWN_REGION, True),
        (Terms(reg=f"{ONE}|{TWO}"), Terms(reg=ONE), True),
        (Terms(reg=ONE), Terms(reg=f"{ONE}|{TWO}"), False),
        (Terms(reg=ONE), OWN_REGION, False),
        (Terms(val="live"), WHOLE, False),
        (WHOLE, Terms(val="live"), True),
        (Terms(aut="@branch"), Terms(aut="@own"), True),
        (Terms(aut="@own"), Terms(aut="@branch"), False),
        (Terms(reg=ONE), Terms(reg=ONE, lin=TWO), True),
    ],
)
def test_a_line_covers_a_narrower_one(wide: Terms, narrow: Terms, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_dead_lines_are_found() -> None:
    whole, own, ban = line(WHOLE), line(OWN_REGION), line(WHOLE, "deny", "r:parent")
    assert find_dead([whole, own], [own], ["r:a"]) == [own]
    assert find_dead([whole, own], [whole], ["r:a"]) == []
    assert find_dead([own, ban], [own], ["r:a", "r:parent"]) == [own]
    assert find_dead([own, ban], [own], ["r:a"]) == []
    assert find_dead([line(WHOLE, action="*"), own], [own], ["r:a"]) == [own]
    assert find_dead([whole, line(OWN_REGION, "deny")], [line(OWN_REGION, "deny")], ["r:a"]) == []


def test_contradictions_are_allow_and_denial_of_the_same() -> None:
    both = [line(OWN_REGION), line(OWN_REGION, "deny")]
    assert find_contradictions(both) == [line(OWN_REGION)]
    assert find_contradictions([line(OWN_REGION), line(Terms(reg=ONE), "deny")]) == []


@pytest.mark.parametrize(
    ("case", "before", "gained", "expected"),
    [
        ("everything after a region", [line(OWN_REGION)], line(WHOLE), True),
        ("everything after everything", [line(WHOLE)], line(Terms(lin=ONE)), False),
        ("a new region", [line(Terms(reg=ONE))], line(Terms(reg=TWO)), True),
        ("one of the known regions", [line(Terms(reg=f"{ONE}|{TWO}"))], line(Terms(reg=TWO)), False),
        ("one's own", [], line(OWN_REGION), False),
        ("a named client", [line(OWN_REGION)], line(Terms(org=ONE)), True),
        ("a denial ends within one's own", [line(OWN_REGION)], line(Terms(org=ONE), "deny"), False),
        ("a denial ends for everything", [line(WHOLE)], line(Terms(org=ONE), "deny"), True),
        ("a denial ends where nothing is allowed", [], line(Terms(org=ONE), "deny"), False),
        ("another permission's reach is no reach", [line(WHOLE, action="submit")], line(Terms(reg=ONE)), True),
    ],
)
def test_growth_across_regions(case: str, before: list[Line], gained: Line, expected: bool) -> None:
    assert grows_across_regions(before, before, gained, ["r:a"]) is expected, case


async def test_rights_that_grow_across_regions_wait_for_a_second_person(shop: Shop) -> None:
    wide = Address("r:manager_full", "plan", "view")
    draft = await publish(shop, await draft_with(shop, {wide: ALL}))
    assert draft.state == "waiting"
    assert not await may(shop, BUYER, "plan", "view", BETA)
    async with at_desk(shop) as desk:
        with pytest.raises(RejectedError) as told:
            await publishing.approve(desk, draft.id, draft.version, {})
    assert told.value.problems[0].code == "own_draft"
    async with at_desk(shop, SECOND_ADMIN) as desk:
        done = await publishing.approve(desk, draft.id, draft.version, {})
    assert done.state == "published"
    (record,) = await shop.look("SELECT author_id, approver_id FROM access_changes")
    assert (record["author_id"], record["approver_id"]) == (ADMIN.user_id, SECOND_ADMIN.user_id)


async def test_whoever_wrote_a_line_of_the_draft_is_no_second_person(shop: Shop) -> None:
    draft = await draft_with(shop, {Address("r:manager_full", "plan", "view"): ALL})
    async with at_desk(shop, SECOND_ADMIN) as desk:
        draft = await drafting.set_cell(desk, draft.id, draft.version, LIMITS, OWN_CLIENT)
    draft = await publish(shop, draft)
    async with at_desk(shop, SECOND_ADMIN) as desk:
        with pytest.raises(RejectedError):
            await publishing.approve(desk, draft.id, draft.version, {})


async def test_a_waiting_draft_goes_back_with_a_reason(shop: Shop) -> None:
    draft = await publish(shop, await draft_with(shop, {Address("r:manager_full", "plan", "view"): ALL}))
    async with at_desk(shop, SECOND_ADMIN) as desk:
        back = await publishing.send_back(desk, draft.id, draft.version, "Too wide")
    assert (back.state, back.refusal) == ("draft", "Too wide")


@pytest.mark.parametrize("subject", ["r:admin", "r:member", f"u:{ADMIN.user_id}", f"m:{ADMIN.membership_id}"])
async def test_giving_rights_to_oneself_waits_for_a_second_person(shop: Shop, subject: str) -> None:
    draft = await draft_with(shop, {Address(subject, "order", "return"): Cell(frozenset({Terms(reg="@own")}))})
    assert (await publish(shop, draft)).state == "waiting"


async def test_what_one_gives_to_another_place_of_ones_own_waits_too(shop: Shop) -> None:
    elsewhere = uid(0xE15E)
    await shop.change(
        "INSERT INTO memberships (tenant_id, id, user_id, role) VALUES ($1, $2, $3, 'logistician')",
        *(TENANT, elsewhere, ADMIN.user_id),
    )
    for subject in (f"m:{elsewhere}", "r:logistician"):
        draft = await draft_with(shop, {Address(subject, "order", "return"): Cell(frozenset({Terms(reg="@own")}))})
        assert (await publish(shop, draft)).state == "waiting", subject


async def test_ending_ones_own_denial_waits_for_a_second_person(shop: Shop) -> None:
    draft = await draft_with(shop, {Address("r:admin", "order", "draft"): NO})
    assert (await publish(shop, draft)).state == "waiting"


@pytest.mark.parametrize(
    ("case", "address", "cell"),
    [
        ("the right is taken from the role", Address("r:admin", "access", "edit"), NO),
        ("the right is forbidden to the role", Address("r:admin", "access", "edit"), FORBIDDEN),
        ("the right is forbidden to a parent", Address("r:member", "tenant", "admin"), FORBIDDEN),
        ("the right is narrowed", Address("r:admin", "access", "edit"), OWN_CLIENT),
    ],
)
async def test_the_last_administrator_cannot_be_published_away(
    shop: Shop, case: str, address: Address, cell: Cell
) -> None:
    before = await standing(shop)
    with pytest.raises(RejectedError) as told:
        await publish(shop, await draft_with(shop, {address: cell}))
    assert told.value.problems[0].code == "last_administrator", case
    assert await standing(shop) == before


async def test_one_of_two_administrators_may_lose_the_right(shop: Shop) -> None:
    done = await change(shop, Address(f"u:{SECOND_ADMIN.user_id}", "access", "edit"), FORBIDDEN)
    assert done.state == "published"
    with pytest.raises(RejectedError):
        await publish(shop, await draft_with(shop, {Address(f"u:{ADMIN.user_id}", "access", "edit"): FORBIDDEN}))


async def test_a_contradiction_is_refused(shop: Shop) -> None:
    both = Cell(frozenset({Terms(org="@own")}), frozenset({Terms(org="@own")}))
    with pytest.raises(RejectedError) as told:
        await publish(shop, await draft_with(shop, {LIMITS: both}))
    assert told.value.problems[0].code == "contradiction"


async def test_a_dead_line_is_told_and_not_refused(shop: Shop) -> None:
    draft = await draft_with(shop, {Address("r:distributor_manager", "contract", "view"): OWN_CLIENT})
    async with at_desk(shop) as desk:
        outlook = await publishing.foresee(desk, await drafting.read_work(desk, draft))
    assert [one.resource for one in outlook.dead] == ["contract"]
    assert (await publish(shop, draft)).state == "published"


COLLEAGUES_LIMITS: Final = Address(f"m:{COLLEAGUE.membership_id}", "limit", "view")


async def test_a_head_gives_the_own_people_what_the_head_has(shop: Shop) -> None:
    await change(shop, COLLEAGUES_LIMITS, OWN_CLIENT, HEAD)
    assert await may(shop, COLLEAGUE, "limit", "view", ALPHA)
    assert not await may(shop, COLLEAGUE, "limit", "view", BETA)
    assert not await may(shop, BUYER, "limit", "view", ALPHA)


@pytest.mark.parametrize("subject", ["r:distributor_head", f"o:{ALPHA}"])
async def test_what_a_head_gave_ends_with_what_the_tenant_allows_heads(shop: Shop, subject: str) -> None:
    await change(shop, COLLEAGUES_LIMITS, OWN_CLIENT, HEAD)
    here = Address(subject, "limit", "view")
    draft = await draft_with(shop, {here: FORBIDDEN})
    async with at_desk(shop) as desk:
        work = await drafting.read_work(desk, draft)
        losing = await impact.list_people(desk, work, "limit:view", "lost")
    assert COLLEAGUE.membership_id in {one.membership_id for one in losing}
    await publish(shop, draft)
    assert not await may(shop, COLLEAGUE, "limit", "view", ALPHA)
    await change(shop, here, NO)
    assert await may(shop, COLLEAGUE, "limit", "view", ALPHA)


async def test_a_head_may_forbid_the_whole_company_and_take_it_back(shop: Shop) -> None:
    here = Address(f"o:{ALPHA}", "order", "submit", Slice("ctr", CONTRACT))
    await change(shop, here, FORBIDDEN, HEAD)
    async with at_desk(shop, BUYER) as desk:
        decision = await desk.policy.decision(desk.transaction, desk.actor, "order", "submit")
    assert [one.ctr for one in decision.deny] == [frozenset({CONTRACT})]
    await change(shop, here, NO, HEAD)
    async with at_desk(shop, BUYER) as desk:
        assert not (await desk.policy.decision(desk.transaction, desk.actor, "order", "submit")).deny


@pytest.mark.parametrize(
    ("case", "address", "cell"),
    [
        ("more than the head may", Address(f"m:{COLLEAGUE.membership_id}", "order", "approve"), OWN_CLIENT),
        ("everything", COLLEAGUES_LIMITS, ALL),
        ("another company's object", COLLEAGUES_LIMITS, Cell(frozenset({only("org", BETA)}))),
        ("the head's own rights", Address(f"m:{HEAD.membership_id}", "limit", "view"), OWN_CLIENT),
        ("a role", LIMITS, OWN_CLIENT),
        ("a person in every company", Address(f"u:{COLLEAGUE.user_id}", "limit", "view"), OWN_CLIENT),
        ("another company", Address(f"o:{BETA}", "limit", "view"), OWN_CLIENT),
        ("another company's person", Address(f"m:{STRANGER.membership_id}", "limit", "view"), OWN_CLIENT),
        ("a region", Address(f"m:{COLLEAGUE.membership_id}", "limit", "view"),
         Cell(frozenset({only("reg", ELSEWHERE)}))),
    ],
)  # fmt: skip
async def test_a_head_gives_nothing_else(shop: Shop, case: str, address: Address, cell: Cell) -> None:
    draft = await draft_with(shop, {}, HEAD)
    async with at_desk(shop, HEAD) as desk:
        with pytest.raises(RejectedError):
            await drafting.set_cell(desk, draft.id, draft.version, address, cell)
        assert (await desk.read(draft.id)).changes == 0, case


async def test_a_head_cannot_end_what_the_manufacturer_wrote(shop: Shop) -> None:
    here = Address(f"o:{ALPHA}", "limit", "view")
    await change(shop, here, FORBIDDEN)
    before = await standing(shop)
    draft = await draft_with(shop, {here: NO}, HEAD)
    assert draft.changes == 0
    assert await standing(shop) == before


async def test_a_head_sees_no_draft_but_the_companys(shop: Shop) -> None:
    tenants = await draft_with(shop, {LIMITS: OWN_CLIENT})
    strangers = await draft_with(shop, {}, STRANGER)
    async with at_desk(shop, HEAD) as desk:
        for draft in (tenants, strangers):
            with pytest.raises(NotFoundError):
                await desk.read(draft.id)


async def test_a_head_approves_nothing(shop: Shop) -> None:
    draft = await draft_with(shop, {COLLEAGUES_LIMITS: OWN_CLIENT}, HEAD)
    async with at_desk(shop, HEAD) as desk:
        with pytest.raises(NotAllowedError):
            await publishing.approve(desk, draft.id, draft.version, {})


async def test_a_client_connection_writes_rules_for_its_own_company_only(shop: Shop) -> None:
    """The second wall, asked directly: whatever the code above asks for."""
    rule = (
        "INSERT /*under access*/ INTO access_rules (tenant_id, id, subject, resource, action, effect, owner_id)"
        " VALUES (1, $1, $2, 'order', 'view', 'allow', $3)"
    )
    for number, (subject, owner) in enumerate(
        (
            ("r:distributor_head", ALPHA),
            (f"o:{ALPHA}", None),
            (f"o:{BETA}", ALPHA),
            (f"o:{BETA}", BETA),
            (f"m:{STRANGER.membership_id}", ALPHA),
            (f"u:{HEAD.user_id}", ALPHA),
        )
    ):
        async with at_desk(shop, HEAD) as desk:
            with pytest.raises(Exception, match="row-level security"):
                await desk.transaction.driver.execute(rule, UUID(int=0x9900 + number), subject, owner)
            await desk.transaction.driver.execute("ROLLBACK")
    async with at_desk(shop, HEAD) as desk:
        with pytest.raises(Exception, match="row-level security"):
            await desk.transaction.driver.execute(
                "UPDATE /*under access*/ access_rules SET superseded_by = $1 WHERE effect = 'deny'", UUID(int=1)
            )
        await desk.transaction.driver.execute("ROLLBACK")
