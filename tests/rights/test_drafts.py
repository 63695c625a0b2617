"""Drafts: nothing moves before publishing, everything moves at once, and nobody's word is lost."""

import asyncio
import json
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.kernel.errors import ChangedMeanwhileError, KaravanError, RejectedError
from app.rights.queries import history
from app.rights.rules.lines import ALL, NO, Address, Cell, Slice, Terms
from app.rights.services import drafting, publishing
from app.rights.services.publishing import Wish
from tests.orders.shop import ADMIN, ALPHA, BETA, BUYER, COLLEAGUE, MANAGER, NOW, Shop, uid
from tests.rights.desks import (
    FORBIDDEN,
    LIMITS,
    OWN_CLIENT,
    SECOND_ADMIN,
    WISH,
    at_desk,
    change,
    draft_with,
    may,
    only,
    publish,
    standing,
)

SENIOR_REPORTS: Final = Address("r:buyer_senior", "report", "view")


async def test_a_draft_moves_nothing_before_it_is_published(shop: Shop) -> None:
    before = await standing(shop)
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT})
    assert (await standing(shop), draft.changes) == (before, 1)
    assert not await may(shop, BUYER, "limit", "view", ALPHA)
    done = await publish(shop, draft)
    assert (done.state, done.published_n) == ("published", 2)
    assert await may(shop, BUYER, "limit", "view", ALPHA)
    assert not await may(shop, BUYER, "limit", "view", BETA)


async def test_an_exception_for_one_person_is_that_persons_alone(shop: Shop) -> None:
    await change(shop, Address(f"u:{BUYER.user_id}", "order", "view"), FORBIDDEN)
    assert not await may(shop, BUYER, "order", "view", ALPHA)
    await change(shop, Address(f"m:{COLLEAGUE.membership_id}", "limit", "view"), OWN_CLIENT)
    assert await may(shop, COLLEAGUE, "limit", "view", ALPHA)
    assert not await may(shop, BUYER, "limit", "view", ALPHA)


async def test_a_slice_blocks_one_client_and_leaves_the_rest(shop: Shop) -> None:
    here = Address("r:manager_full", "contract", "view", Slice("org", BETA))
    async with at_desk(shop) as desk:
        own = await desk.policy.decision(desk.transaction, desk.actor, "contract", "view")
        assert not own.is_empty
    await change(shop, here, FORBIDDEN)
    async with at_desk(shop, MANAGER) as desk:
        decision = await desk.policy.decision(desk.transaction, desk.actor, "contract", "view")
    assert [one.org for one in decision.deny] == [frozenset({BETA})]


async def test_publishing_is_all_or_nothing(shop: Shop) -> None:
    """The second line's rule cannot be written: nothing of the first one stays either."""
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT, SENIOR_REPORTS: OWN_CLIENT})
    before = await standing(shop)
    await shop.change(
        "ALTER TABLE access_rules ADD CONSTRAINT stop CHECK (NOT (subject = 'r:buyer_senior' AND resource = 'report'))"
    )
    with pytest.raises(Exception, match="stop"):
        await publish(shop, draft)
    async with at_desk(shop) as desk:
        assert (await desk.read(draft.id)).state == "draft"
        assert await history.read_last(desk.transaction) == 1
    assert await standing(shop) == before


async def test_two_people_on_one_draft_the_second_is_told(shop: Shop) -> None:
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT})
    async with at_desk(shop, SECOND_ADMIN) as desk:
        await drafting.set_cell(desk, draft.id, draft.version, SENIOR_REPORTS, OWN_CLIENT)
    async with at_desk(shop) as desk:
        with pytest.raises(ChangedMeanwhileError) as told:
            await drafting.set_cell(desk, draft.id, draft.version, LIMITS, NO)
    assert told.value.current == draft.version + 1


async def test_two_people_on_one_cell_keep_both_versions(shop: Shop) -> None:
    mine = await draft_with(shop, {LIMITS: OWN_CLIENT, SENIOR_REPORTS: OWN_CLIENT})
    theirs = Cell(denies=frozenset({Terms(org="@own")}))
    await change(shop, LIMITS, theirs, SECOND_ADMIN)
    with pytest.raises(ChangedMeanwhileError) as told:
        await publish(shop, mine)
    assert told.value.current == 2
    async with at_desk(shop) as desk:
        work = await drafting.read_work(desk, await desk.read(mine.id))
        (conflict,) = (await publishing.foresee(desk, work)).conflicts
    assert (conflict.address, conflict.mine, conflict.theirs) == (LIMITS, OWN_CLIENT, theirs)


@pytest.mark.parametrize("keep_mine", [True, False])
async def test_a_conflict_is_settled_one_way_or_the_other(shop: Shop, keep_mine: bool) -> None:
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT, SENIOR_REPORTS: OWN_CLIENT})
    await change(shop, LIMITS, Cell(frozenset({Terms(org="@own")}), frozenset({only("ctr", UUID(int=0x50))})))
    async with at_desk(shop) as desk:
        draft = await publishing.settle(desk, draft.id, draft.version, keep_mine=keep_mine)
    assert (await publish(shop, draft)).state == "published"
    said = {one for one in await standing(shop) if (one.subject, one.resource) == ("r:distributor_manager", "limit")}
    assert len(said) == (1 if keep_mine else 2)
    assert [one.resource for one in await standing(shop) if one.subject == "r:buyer_senior"].count("report") == 1


async def test_changes_of_other_cells_meanwhile_are_no_conflict(shop: Shop) -> None:
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT})
    await change(shop, SENIOR_REPORTS, OWN_CLIENT, SECOND_ADMIN)
    assert (await publish(shop, draft)).published_n == 3


async def test_of_two_who_publish_one_cell_at_the_same_moment_one_wins(shop: Shop) -> None:
    mine = await draft_with(shop, {LIMITS: OWN_CLIENT})
    theirs = await draft_with(shop, {LIMITS: FORBIDDEN}, SECOND_ADMIN)
    ends = await asyncio.gather(publish(shop, mine), publish(shop, theirs, SECOND_ADMIN), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ends) == ["ChangedMeanwhileError", "Draft"]
    said = [one for one in await standing(shop) if (one.subject, one.resource) == ("r:distributor_manager", "limit")]
    assert len(said) == 1


async def test_a_scheduled_draft_changes_rights_at_its_moment(shop: Shop) -> None:
    moment = NOW + timedelta(days=3)
    before = await standing(shop)
    await publish(shop, await draft_with(shop, {LIMITS: OWN_CLIENT, SENIOR_LIMITS: NO}), wish=Wish("Later", moment))
    now = await standing(shop)
    assert not await may(shop, BUYER, "limit", "view", ALPHA)
    begins = {one.terms for one in now if (one.subject, one.resource) == ("r:distributor_manager", "limit")}
    ends = {one.terms for one in now if (one.subject, one.resource) == ("r:buyer_senior", "limit")}
    assert begins == {Terms(org="@own", since=moment)}
    assert ends == {Terms(org="@own", until=moment)}
    async with at_desk(shop) as desk:
        undo = await publishing.go_back(desk, 1, "Not yet")
    assert (await publish(shop, undo)).state == "published"
    assert await standing(shop) == before


SENIOR_LIMITS: Final = Address("r:buyer_senior", "limit", "view")


@pytest.mark.parametrize("days", [-1, 0, 400])
async def test_a_moment_that_passed_or_is_too_far_is_refused(shop: Shop, days: int) -> None:
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT})
    with pytest.raises(RejectedError) as told:
        await publish(shop, draft, wish=Wish("Soon", NOW + timedelta(days=days)))
    assert told.value.problems[0].code == "activation_out_of_range"


async def test_going_back_gives_exactly_the_rules_of_that_version(shop: Shop) -> None:
    stages = [await standing(shop)]
    steps = [
        (LIMITS, OWN_CLIENT),
        (SENIOR_REPORTS, OWN_CLIENT),
        (LIMITS, FORBIDDEN),
        (Address("r:buyer_senior", "limit", "view"), NO),
        (LIMITS, NO),
    ]
    for address, cell in steps:
        await change(shop, address, cell)
        stages.append(await standing(shop))
    for n in (3, 1, 5, 2, 6):
        async with at_desk(shop) as desk:
            draft = await publishing.go_back(desk, n, "Back")
        if draft.changes:
            draft = await publish(shop, draft)
            if draft.state == "waiting":
                async with at_desk(shop, SECOND_ADMIN) as desk:
                    await publishing.approve(desk, draft.id, draft.version, {})
        assert await standing(shop) == stages[n - 1], n


async def test_what_was_published_is_written_down_with_author_and_reason(shop: Shop) -> None:
    await change(shop, LIMITS, OWN_CLIENT)
    await change(shop, LIMITS, FORBIDDEN, SECOND_ADMIN)
    async with at_desk(shop) as desk:
        versions, total = await history.list_versions(desk.transaction, None, 10)
    assert (total, [one.n for one in versions]) == (2, [3, 2])
    assert [(one.author, one.reason, len(one.ended), len(one.added)) for one in versions] == [
        (SECOND_ADMIN.name, WISH.reason, 1, 1),
        (ADMIN.name, WISH.reason, 0, 1),
    ]
    records = await shop.look("SELECT action FROM audit_records WHERE action LIKE 'access.%' ORDER BY id")
    assert [one["action"] for one in records] == ["access.draft", "access.published"] * 2


async def test_the_audit_trail_holds_each_cell_as_it_was_and_as_it_is(shop: Shop) -> None:
    here = Address("r:distributor_manager", "limit", "view", Slice("org", BETA))
    moment = NOW + timedelta(days=2)
    await publish(shop, await draft_with(shop, {LIMITS: OWN_CLIENT, here: FORBIDDEN}))
    await publish(shop, await draft_with(shop, {LIMITS: NO}), wish=replace(WISH, activates_at=moment))
    records = await shop.look(
        "SELECT before::text, after::text, (detail->'activates_at')::text AS since FROM audit_records"
        " WHERE action = 'access.published' ORDER BY id"
    )
    cell, until = f"{LIMITS.subject} limit:view", f" until={moment.isoformat()}"
    stood = ["allow org=@own", f"deny org={BETA}"]
    said = [tuple(json.loads(cast("str", row[name])) for name in ("before", "after", "since")) for row in records]
    assert said == [
        ({cell: []}, {cell: stood}, None),
        ({cell: stood}, {cell: [line + until for line in stood]}, moment.isoformat()),
    ]


@pytest.mark.parametrize(
    ("case", "address", "cell"),
    [
        ("a role nobody has", Address("r:nobody", "order", "view"), ALL),
        ("a person nobody knows", Address(f"u:{UUID(int=1)}", "order", "view"), ALL),
        ("a permission there is not", Address("r:admin", "order", "destroy"), ALL),
        ("every action at once", Address("r:admin", "order", "*"), ALL),
        ("a contract that does not exist", LIMITS, Cell(frozenset({only("ctr", UUID(int=77))}))),
        ("an id with a blank", LIMITS, Cell(frozenset({Terms(ctr=f" {UUID(int=0x50)}")}))),
        ("a wildcard", LIMITS, Cell(frozenset({Terms(ctr="5*")}))),
        ("another case", LIMITS, Cell(frozenset({Terms(org="@OWN")}))),
        ("a term limits do not have", LIMITS, Cell(frozenset({Terms(aut="@own")}))),
        ("10,000 ids", LIMITS, Cell(frozenset({only("ctr", *map(uid, range(10_000)))}))),
        ("a slice limits do not have", Address("r:admin", "limit", "view", Slice("prd", UUID(int=0xC0))), ALL),
    ],
)  # fmt: skip
async def test_a_cell_that_cannot_be_is_refused_and_leaves_nothing(
    shop: Shop, case: str, address: Address, cell: Cell
) -> None:
    draft = await draft_with(shop, {})
    async with at_desk(shop) as desk:
        with pytest.raises(RejectedError):
            await drafting.set_cell(desk, draft.id, draft.version, address, cell)
        assert (await desk.read(draft.id)).changes == 0, case


async def test_a_rule_about_a_deleted_contract_is_refused(shop: Shop) -> None:
    await shop.change("UPDATE contracts SET deleted_at = now() WHERE number = 'KZ-2'")
    draft = await draft_with(shop, {})
    async with at_desk(shop) as desk:
        with pytest.raises(RejectedError):
            await drafting.set_cell(
                desk, draft.id, draft.version, LIMITS, Cell(frozenset({only("ctr", UUID(int=0x51))}))
            )


async def test_a_dropped_draft_cannot_be_published(shop: Shop) -> None:
    draft = await draft_with(shop, {LIMITS: OWN_CLIENT})
    async with at_desk(shop) as desk:
        await drafting.drop_draft(desk, draft.id, draft.version)
        dropped = await desk.read(draft.id)
    with pytest.raises(RejectedError):
        await publish(shop, dropped)


async def test_an_empty_draft_is_not_published(shop: Shop) -> None:
    with pytest.raises(RejectedError):
        await publish(shop, await draft_with(shop, {}))


async def test_nobody_without_the_right_begins_a_draft(shop: Shop) -> None:
    with pytest.raises(KaravanError) as told:
        await draft_with(shop, {}, MANAGER)
    assert told.value.code == "not_allowed"
