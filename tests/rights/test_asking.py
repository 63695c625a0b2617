"""Check one user: the answer is what the person would really get, and tells nobody more than they may know."""

from uuid import UUID

import pytest
from asyncpg.connection import LoggedQuery

from app.access.actors import Actor
from app.kernel.errors import NotFoundError
from app.rights.dimensions import find_permission
from app.rights.rules.lines import Address, Cell, Terms
from app.rights.services import asking, publishing
from app.rights.services.asking import Answer
from tests.orders.shop import (
    ADMIN,
    AGREEMENT,
    ALPHA,
    BETA_CONTRACT,
    BETA_ONLY,
    BLOCKED,
    BUYER,
    CLOSED,
    CONTRACT,
    DRUM,
    FORWARDER,
    HEAD,
    LINE_OF_GOODS,
    MANAGER,
    SECOND,
    SENIOR,
    STRANGER,
    Shop,
)
from tests.rights.desks import FORBIDDEN, SECOND_ADMIN, at_desk, change, draft_with, only, publish
from tests.support.wire import wire_of


async def ask(shop: Shop, person: UUID, permission: str, about: UUID | None, asker: Actor = ADMIN) -> Answer:
    found = find_permission(permission)
    assert found is not None
    async with at_desk(shop, asker) as desk:
        return await asking.ask(desk, person, found, about, "en")


async def settle(shop: Shop, address: Address, cell: Cell) -> None:
    """Set a cell for good where rights grow and a second person is asked."""
    draft = await publish(shop, await draft_with(shop, {address: cell}))
    async with at_desk(shop, SECOND_ADMIN) as desk:
        await publishing.approve(desk, draft.id, draft.version, {})


async def test_an_own_contract_is_explained_by_its_rule_and_the_roles_it_comes_through(shop: Shop) -> None:
    answer = await ask(shop, BUYER.membership_id, "contract:view", CONTRACT)
    (one,) = answer.findings
    assert (answer.allowed, answer.object_name, one.facts.ctr, one.facts.org) == (True, "KZ-1 · Alpha", CONTRACT, ALPHA)
    (reason,) = one.allows
    assert reason.path == ["r:distributor_manager", "r:buyer"]
    assert reason.standing.rule.org == "@own"
    assert (one.denies, one.nearest, one.remedies) == ([], [], [])
    assert answer.own.ctr >= {CONTRACT}


async def test_a_strangers_contract_names_the_nearest_rule_what_fails_and_what_would_help(shop: Shop) -> None:
    (one,) = (await ask(shop, BUYER.membership_id, "contract:view", BETA_CONTRACT)).findings
    assert not one.allowed
    ((fail,),) = [reason.fails for reason in one.nearest]
    assert (fail.dimension, fail.wanted) == ("org", frozenset({ALPHA}))
    (remedy,) = one.remedies
    assert (remedy.kind, remedy.terms) == ("add", only("ctr", BETA_CONTRACT))
    # It really would.
    here = Address(f"m:{BUYER.membership_id}", "contract", "view")
    await settle(shop, here, Cell(allows=frozenset({remedy.terms})))
    after = await ask(shop, BUYER.membership_id, "contract:view", BETA_CONTRACT)
    assert after.allowed
    (added,) = after.findings[0].allows
    assert (added.path, added.standing.author, added.standing.note, added.standing.n) == (
        [f"m:{BUYER.membership_id}"], ADMIN.name, "Because it was asked for", 2
    )  # fmt: skip


async def test_a_prohibition_is_named_with_its_author_beside_what_allows(shop: Shop) -> None:
    await change(shop, Address(f"o:{ALPHA}", "contract", "view"), FORBIDDEN)
    (one,) = (await ask(shop, BUYER.membership_id, "contract:view", CONTRACT)).findings
    (ban,) = one.denies
    assert (ban.path, ban.standing.author, len(one.allows)) == ([f"o:{ALPHA}"], ADMIN.name, 1)
    assert [(remedy.kind, remedy.rules) for remedy in one.remedies] == [("lift", (ban.standing.rule.id,))]


async def test_a_product_is_explained_agreement_by_agreement(shop: Shop) -> None:
    answer = await ask(shop, BUYER.membership_id, "offer:view", DRUM)
    assert answer.allowed
    by_agreement = {one.facts.agr: one for one in answer.findings}
    assert by_agreement[AGREEMENT].allowed
    # A line that is forbidden hides its offers in every agreement, and the rule is told in each.
    await change(
        shop, Address("r:buyer", "offer", "view"),
        Cell(frozenset({Terms(ctr="@own", val="live")}), frozenset({only("lin", LINE_OF_GOODS)})),
    )  # fmt: skip
    hidden = await ask(shop, BUYER.membership_id, "offer:view", DRUM)
    assert not hidden.allowed
    assert all(len(one.denies) == 1 for one in hidden.findings)


@pytest.mark.parametrize(("product", "gap"), [(BETA_ONLY, "segment"), (BLOCKED, "blocked")])
async def test_what_an_agreement_does_not_offer_no_rule_can_give(shop: Shop, product: UUID, gap: str) -> None:
    answer = await ask(shop, BUYER.membership_id, "offer:view", product)
    assert not answer.allowed
    assert all(gap in one.gaps for one in answer.findings)
    assert {remedy.kind for one in answer.findings for remedy in one.remedies} == {"erp"}


async def test_whoever_has_no_rule_at_all_is_told_which_role_has(shop: Shop) -> None:
    (one,) = (await ask(shop, BUYER.membership_id, "limit:view", CONTRACT)).findings
    told = {(tuple(near.path), tuple(fail.dimension for fail in near.fails)) for near in one.nearest}
    assert told == {(("r:buyer_senior",), ("subject",)), (("r:buyer_head",), ("subject",))}


async def test_the_answer_is_what_the_person_would_get(shop: Shop) -> None:
    """Everybody about everything of a kind: the same as their own decision says."""
    for person in (BUYER, SENIOR, HEAD, STRANGER, MANAGER, FORWARDER):
        for about in (CONTRACT, BETA_CONTRACT):
            answer = await ask(shop, person.membership_id, "contract:view", about)
            async with shop.desk(person) as desk:
                own = await desk.policy.decision(desk.transaction, desk.actor, "contract", "view")
            assert answer.allowed == own.check(answer.findings[0].facts), (person.name, about)


async def test_a_head_asks_about_own_people_and_own_things_only(shop: Shop) -> None:
    assert (await ask(shop, BUYER.membership_id, "contract:view", CONTRACT, HEAD)).allowed
    for person, about in ((STRANGER, CONTRACT), (MANAGER, CONTRACT), (BUYER, BETA_CONTRACT)):
        with pytest.raises(NotFoundError):
            await ask(shop, person.membership_id, "contract:view", about, HEAD)
    with pytest.raises(NotFoundError):
        await ask(shop, BUYER.membership_id, "offer:view", BETA_ONLY, HEAD)


async def test_a_head_is_not_told_whom_else_a_rule_names(shop: Shop) -> None:
    both = only("ctr", CONTRACT, BETA_CONTRACT)
    await change(shop, Address("r:distributor_manager", "contract", "view"), Cell(denies=frozenset({both})))
    (told,) = (await ask(shop, BUYER.membership_id, "contract:view", CONTRACT)).findings
    assert [str(BETA_CONTRACT) in one.standing.rule.ctr for one in told.denies] == [True]
    (said,) = (await ask(shop, BUYER.membership_id, "contract:view", CONTRACT, HEAD)).findings
    assert (said.allowed, said.denies) == (False, [])


async def test_without_an_object_all_rules_of_the_right_are_told(shop: Shop) -> None:
    answer = await ask(shop, SENIOR.membership_id, "order:view", None)
    assert (answer.allowed, answer.findings) == (True, [])
    assert {tuple(one.path) for one in answer.rules} == {
        ("r:distributor_senior", "r:buyer_senior"),
        ("r:distributor_senior", "r:buyer_senior", "r:buyer"),
    }


async def test_a_person_is_found_by_either_id(shop: Shop) -> None:
    by_person = await ask(shop, BUYER.user_id, "contract:view", CONTRACT)
    assert by_person.person.membership_id == BUYER.membership_id


async def statements(shop: Shop) -> list[str]:
    """What one question sends, with the rules and the person's right already known."""
    heard: list[str] = []

    def note(record: LoggedQuery) -> None:
        heard.append(record.query)

    found = find_permission("contract:view")
    assert found is not None
    async with at_desk(shop) as desk:
        driver = await wire_of(desk.transaction)
        await asking.ask(desk, BUYER.membership_id, found, CONTRACT, "en")
        driver.add_query_logger(note)
        await asking.ask(desk, BUYER.membership_id, found, CONTRACT, "en")
        driver.remove_query_logger(note)
    return heard


async def test_the_number_of_statements_does_not_grow_with_the_rules(shop: Shop) -> None:
    few = await statements(shop)
    lines = frozenset(only("ctr", one) for one in (CONTRACT, BETA_CONTRACT, CLOSED, SECOND))
    await settle(shop, Address(f"o:{ALPHA}", "contract", "view"), Cell(allows=lines))
    many = await statements(shop)
    assert (len(few), len(many)) == (3, 3)
