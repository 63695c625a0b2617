"""Through what a contract is seen and why not more can be done under it: pure, in words that reveal no rule."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.access.decisions import Conjunction, Decision, Source
from app.access.terms import Facts
from app.rights.services.contract_uses import ASKS, Bar, Use, Way, uses, way_to

RULE, REGION, CLIENT, CONTRACT, AGREEMENT, OTHER = (UUID(int=number) for number in range(1, 7))
PAPER = Facts(reg=REGION, org=CLIENT, ctr=CONTRACT, live=True)
UNDER = replace(PAPER, agr=AGREEMENT)
ANYTHING = Conjunction()


def only(*ids: UUID) -> frozenset[UUID]:
    return frozenset(ids)


def right(*allow: Conjunction, deny: tuple[Conjunction, ...] = ()) -> Decision:
    """A right made of rules that say exactly this."""
    sources = [Source(RULE, is_allow=True, said=one) for one in allow]
    return Decision(allow, deny, RULE, "", [*sources, *(Source(RULE, is_allow=False, said=one) for one in deny)])


def told(decision: Decision, paper: Facts = PAPER, *, any_in_force: bool = True) -> Mapping[Use, Bar]:
    found = uses(paper, [replace(paper, agr=AGREEMENT)], dict.fromkeys(ASKS, decision), any_in_force=any_in_force)
    return {one.use: one.reason for one in found}


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ((ANYTHING,), "all"),
        ((Conjunction(reg=only(REGION)),), "region"),
        ((Conjunction(org=only(CLIENT)),), "client"),
        ((Conjunction(reg=only(REGION), org=only(CLIENT)),), "client"),
        ((Conjunction(ctr=only(CONTRACT)),), "named"),
        ((Conjunction(org=only(CLIENT), ctr=only(CONTRACT)),), "named"),
        ((Conjunction(ctr=only(CONTRACT)), Conjunction(org=only(CLIENT))), "client"),
    ],
)
def test_the_widest_way_to_a_contract_is_told(said: tuple[Conjunction, ...], way: Way) -> None:
    assert way_to(right(*said), PAPER) == way


def test_a_rule_that_does_not_reach_the_contract_is_no_way_to_it() -> None:
    decision = Decision(
        (Conjunction(org=only(CLIENT)),), (), RULE, "",
        [Source(RULE, is_allow=True, said=Conjunction(org=only(CLIENT))),
         Source(OTHER, is_allow=True, said=Conjunction(reg=only(OTHER)))],
    )  # fmt: skip
    assert way_to(decision, PAPER) == "client"


def test_every_use_is_told_in_its_order() -> None:
    assert list(told(right(ANYTHING)).items()) == [
        ("agreements", ""), ("goods", ""), ("prices", ""), ("order", ""), ("limit", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (right(), "role"),
        (right(Conjunction(org=only(OTHER))), "elsewhere"),
        (right(Conjunction(reg=only(OTHER))), "elsewhere"),
        (right(Conjunction(ctr=only(OTHER))), "elsewhere"),
        (right(Conjunction(agr=only(OTHER))), "elsewhere"),
        (right(ANYTHING, deny=(Conjunction(ctr=only(CONTRACT)),)), "forbidden"),
        # Some of it is enough, and what is denied of it leaves the rest.
        (right(Conjunction(agr=only(AGREEMENT, OTHER))), ""),
        (right(Conjunction(lin=only(OTHER))), ""),
        (right(Conjunction(prd=only(OTHER))), ""),
        (right(ANYTHING, deny=(Conjunction(lin=only(OTHER)),)), ""),
        (right(ANYTHING, deny=(Conjunction(prd=only(OTHER)),)), ""),
        (right(ANYTHING, deny=(Conjunction(agr=only(AGREEMENT)),)), ""),
        (right(ANYTHING, deny=(Conjunction(ctr=only(OTHER)),)), ""),
    ],
)
def test_what_rights_lack_for_a_contract_is_said_in_one_word(decision: Decision, reason: Bar) -> None:
    assert told(decision)["limit"] == reason


def test_an_agreement_that_delivers_elsewhere_is_reached_through_its_own_region() -> None:
    far = replace(UNDER, reg=OTHER)
    found = uses(PAPER, [far], dict.fromkeys(ASKS, right(Conjunction(reg=only(OTHER)))), any_in_force=True)
    assert {one.reason for one in found} == {""}


def test_a_right_while_in_force_does_not_reach_a_contract_that_has_ended() -> None:
    running = right(Conjunction(live=True))
    assert (told(running)["limit"], told(running, replace(PAPER, live=False))["limit"]) == ("", "elsewhere")


def test_that_a_contract_is_not_in_force_comes_before_rights_and_concerns_goods_alone() -> None:
    ended = told(right(), replace(PAPER, live=False))
    assert ended == {"agreements": "role", "goods": "over", "prices": "role", "order": "over", "limit": "role"}
    idle = told(right(ANYTHING), any_in_force=False)
    assert idle == {"agreements": "", "goods": "idle", "prices": "", "order": "idle", "limit": ""}
    assert told(right(ANYTHING), replace(PAPER, live=None))["goods"] == "over"
