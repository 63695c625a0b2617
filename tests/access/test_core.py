"""The core of the policy against two engines that are not ours, without a server: quick enough to mutate under."""

from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from structlog.testing import capture_logs

from app.access.book import BrokenRulesError, RuleBook
from app.access.compiler import compile_decision, next_change
from app.access.rules import Effect, Link, Rule, find_deep_chain, harden
from app.access.terms import DIMENSIONS, Dimension, Facts, Own, TermError, check_term, scope
from tests.access.oracles import ask_casbin, ask_cedar, ask_explanations, ask_python
from tests.access.worlds import NOW, World, decide, worlds

ALLOW = Rule(UUID(int=1), "r:seller", "order", "view", "allow")
NOBODY = Own(UUID(int=9), "", frozenset(), frozenset(), frozenset(), frozenset())
HOUR = timedelta(hours=1)
AN_ID, ANOTHER = UUID(int=0x11), UUID(int=0x12)
ANYTHING = {**dict.fromkeys(DIMENSIONS, "*"), "val": "*", "aut": "*"}


@settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(50))
def test_the_compiled_check_answers_as_casbin_and_cedar_do(world: World) -> None:
    decision = decide(world)
    expected = ask_casbin(world)
    assert ask_python(decision, world) == expected
    assert ask_explanations(decision, world) == expected
    assert ask_cedar(world)[0] == expected


@pytest.mark.parametrize(
    ("dimension", "text"),
    [("reg", "*"), ("reg", "@own"), ("prd", str(AN_ID)), ("prd", f"{AN_ID}|{ANOTHER}")],
)
def test_a_term_is_any_own_or_ids(dimension: Dimension, text: str) -> None:
    check_term(dimension, text)


@pytest.mark.parametrize(
    ("dimension", "text", "fault"),
    [
        ("lin", "@own", "lin: '@own' is neither * nor an id"),
        ("prd", f"{AN_ID}|", "prd: '' is neither * nor an id"),
        ("ctr", f"{ANOTHER}X", f"ctr: '{ANOTHER}X' is neither * nor an id nor @own"),
        ("org", AN_ID.hex, f"org: '{AN_ID.hex}' is neither * nor an id nor @own"),
        ("agr", f"*|{AN_ID}", "agr: '*' is neither * nor an id nor @own"),
    ],
)
def test_anything_else_is_named(dimension: Dimension, text: str, fault: str) -> None:
    with pytest.raises(TermError) as raised:
        check_term(dimension, text)
    assert str(raised.value) == fault


def holds(who: Own, obj: Facts, **terms: str) -> bool:
    """Ask about one rule: Casbin's matcher reads its texts, the compiler makes sets of them, and both say the same."""
    said = scope(who, obj, **{**ANYTHING, **terms})
    assert compile_decision([replace(ALLOW, **terms)], who, NOW).check(obj) is said
    return said


@pytest.mark.parametrize("place", DIMENSIONS)
def test_every_term_of_a_rule_bounds_what_it_is_about(place: Dimension) -> None:
    assert holds(NOBODY, Facts())
    bound = {place: f"{ANOTHER}|{AN_ID}"}
    assert holds(NOBODY, replace(Facts(), **{place: AN_ID}), **bound)
    assert not holds(NOBODY, replace(Facts(), **{place: UUID(int=0x13)}), **bound)
    others: dict[str, UUID] = {name: AN_ID for name in DIMENSIONS if name != place}
    assert not holds(NOBODY, replace(Facts(), **others), **bound)


@pytest.mark.parametrize("place", ["reg", "org", "ctr", "agr"])
def test_own_is_what_belongs_to_the_person(place: Dimension) -> None:
    owner = replace(NOBODY, **{place: frozenset({AN_ID})})
    mine, other = (replace(Facts(), **{place: one}) for one in (AN_ID, ANOTHER))
    asked = [(owner, mine), (owner, other), (owner, Facts()), (NOBODY, mine)]
    assert [holds(who, obj, **{place: "@own"}) for who, obj in asked] == [True, False, False, False]


@pytest.mark.parametrize("place", ["lin", "prd"])
def test_lines_and_products_belong_to_nobody(place: Dimension) -> None:
    owner_of_all = Own(UUID(int=8), "", *[frozenset({AN_ID})] * 4)
    assert not holds(owner_of_all, replace(Facts(), **{place: AN_ID}), **{place: "@own"})


@pytest.mark.parametrize(
    ("val", "live", "is_held"),
    [("*", None, True), ("*", False, True), ("live", True, True), ("live", False, False), ("live", None, False)],
)
def test_in_force_is_what_is_known_to_be(val: str, live: bool | None, is_held: bool) -> None:
    assert holds(NOBODY, Facts(live=live), val=val) is is_held


@pytest.mark.parametrize(
    ("obj", "own", "branch"),
    [
        (Facts(author=UUID(int=8), branch="south"), True, True),
        (Facts(author=AN_ID, shared=True), True, True),
        (Facts(author=AN_ID, branch="north"), False, True),
        (Facts(author=AN_ID, branch="south"), False, False),
        (Facts(), False, False),
    ],
)
def test_authorship_is_by_the_person_shared_or_of_the_branch(obj: Facts, own: bool, branch: bool) -> None:
    who = replace(NOBODY, user_id=UUID(int=8), branch="north")
    assert [holds(who, obj, aut=aut) for aut in ("*", "@own", "@branch")] == [True, own, branch]


def test_a_text_that_is_no_term_holds_for_nothing() -> None:
    everything = Facts(live=True, author=NOBODY.user_id, shared=True)
    for place in ("val", "aut"):
        assert not scope(NOBODY, everything, **{**ANYTHING, place: "?"})


def test_a_rule_holds_from_its_first_instant_to_just_before_its_last() -> None:
    rule = replace(ALLOW, valid_from=NOW, valid_to=NOW + HOUR)
    moments = [NOW - timedelta(microseconds=1), NOW, NOW + HOUR - timedelta(microseconds=1), NOW + HOUR]
    assert [rule.in_force(moment) for moment in moments] == [False, True, True, False]
    assert replace(rule, valid_to=None).in_force(NOW + 1_000 * HOUR)
    assert replace(rule, valid_from=None).in_force(NOW - 1_000 * HOUR)


def test_the_next_change_is_the_nearest_edge_still_to_come() -> None:
    early = replace(ALLOW, valid_from=NOW - HOUR, valid_to=NOW + 3 * HOUR)
    late = replace(ALLOW, valid_from=NOW + 2 * HOUR)
    assert next_change([early, late], NOW) == NOW + 2 * HOUR
    assert next_change([early], NOW) == NOW + 3 * HOUR
    assert next_change([replace(ALLOW, valid_from=NOW)], NOW) is None
    assert next_change([ALLOW], NOW) is None


def test_a_book_knows_its_version_and_tells_what_is_unsound_in_it() -> None:
    odd = replace(ALLOW, id=UUID(int=2), reg="?")
    with capture_logs() as logs:
        book = RuleBook(7, [ALLOW, odd], [], {})
    assert book.version == 7
    fault = "reg: '?' is neither * nor an id nor @own"
    assert logs == [{"event": "access_rule_unsound", "rule": str(odd.id), "fault": fault, "log_level": "error"}]


def test_an_unsound_denial_forbids_all_it_may_have_meant_and_an_unsound_allow_nothing() -> None:
    odd = replace(ALLOW, effect="deny", **dict.fromkeys(("reg", "org", "ctr", "agr", "lin", "prd", "val", "aut"), "?"))
    assert harden(odd) == replace(ALLOW, effect="deny")
    assert harden(replace(odd, effect=cast("Effect", "?"))) == replace(ALLOW, effect="deny")
    assert harden(replace(odd, effect="allow")) is None


def test_a_region_includes_those_inside_it_however_deep() -> None:
    country, region, city, other = (UUID(int=number) for number in (1, 2, 3, 4))
    book = RuleBook(1, [ALLOW], [], {country: None, region: country, city: region, other: None})
    assert book.with_children([country]) == {country, region, city}
    assert book.with_children([region, other]) == {region, city, other}
    assert book.with_children([]) == frozenset()


def test_a_circle_of_regions_ends() -> None:
    one, two = UUID(int=1), UUID(int=2)
    assert RuleBook(1, [ALLOW], [], {one: two, two: one}).with_children([one]) == {one, two}


def test_four_steps_are_allowed_and_five_and_circles_are_named() -> None:
    chain = [Link(f"r:{number}", f"r:{number + 1}") for number in range(5)]
    assert not find_deep_chain(chain[:4])
    assert find_deep_chain(chain) == "r:0"
    assert find_deep_chain([Link("r:b", "r:a"), Link("r:a", "r:b")]) == "r:a"
    # A long way round counts, whatever the short one is.
    assert find_deep_chain([*chain, Link("r:0", "r:5")]) == "r:0"


def test_a_book_without_rules_or_with_deep_roles_says_why() -> None:
    with pytest.raises(BrokenRulesError) as empty:
        RuleBook(1, [], [], {})
    assert empty.value.params == {"reason": "no rules"}
    with pytest.raises(BrokenRulesError) as deep:
        RuleBook(1, [ALLOW], [Link("r:a", "r:a")], {})
    assert deep.value.params == {"reason": "the chain of roles from r:a is too long"}


def test_alike_rules_become_one_and_a_wider_one_swallows_a_narrower() -> None:
    first, second = (replace(ALLOW, id=UUID(int=number), ctr=str(id_)) for number, id_ in ((2, AN_ID), (3, ANOTHER)))
    narrow = replace(first, id=UUID(int=4), org=str(AN_ID))
    decision = compile_decision([first, second, narrow, first], NOBODY, NOW)
    assert [one.ctr for one in decision.allow] == [frozenset({AN_ID, ANOTHER})]
    assert [one.ctr for one in compile_decision([first, second], NOBODY, NOW).allow] == [frozenset({AN_ID, ANOTHER})]
    assert compile_decision([narrow, first], NOBODY, NOW).allow == compile_decision([first], NOBODY, NOW).allow
    ban = replace(ALLOW, id=UUID(int=5), effect="deny")
    assert compile_decision([first, ban], NOBODY, NOW).is_empty
    assert compile_decision([first, ban], NOBODY, NOW).deny == ()


LENT = replace(ALLOW, id=UUID(int=7), ctr=str(AN_ID), is_lent=True)


@pytest.mark.parametrize(
    ("case", "frame", "holds"),
    [
        ("the head has all", [ALLOW], True),
        ("the head has this", [replace(ALLOW, ctr=f"{AN_ID}|{ANOTHER}")], True),
        ("the head has nothing", [], False),
        ("the head has another", [replace(ALLOW, ctr=str(ANOTHER))], False),
        ("the head has less", [replace(ALLOW, ctr=str(AN_ID), lin=str(ANOTHER))], False),
        ("the head has it while it is in force", [replace(ALLOW, val="live")], False),
        ("the head has what the head wrote", [replace(ALLOW, aut="@own")], False),
        ("the head is forbidden some of it", [ALLOW, replace(ALLOW, effect="deny", lin=str(ANOTHER))], False),
        ("the head is forbidden another", [ALLOW, replace(ALLOW, effect="deny", ctr=str(ANOTHER))], True),
        ("the head will be forbidden", [ALLOW, replace(ALLOW, effect="deny", valid_from=NOW + HOUR)], True),
        ("the head no longer has it", [replace(ALLOW, valid_to=NOW)], False),
    ],
)
def test_a_lent_right_counts_within_the_rights_of_the_head(case: str, frame: list[Rule], holds: bool) -> None:
    decision = compile_decision([LENT], NOBODY, NOW, frame)
    assert decision.check(Facts(ctr=AN_ID)) is holds, case
    assert (LENT.id in decision.explain(Facts(ctr=AN_ID)).allows) is holds, case


def test_a_lent_denial_always_counts_and_own_rights_need_no_frame() -> None:
    ban = replace(LENT, effect="deny")
    assert not compile_decision([ALLOW, ban], NOBODY, NOW).check(Facts(ctr=AN_ID))
    assert compile_decision([replace(LENT, is_lent=False)], NOBODY, NOW).check(Facts(ctr=AN_ID))


def test_the_frame_is_the_role_of_the_head_and_the_organisation_without_what_heads_wrote() -> None:
    company, person = f"o:{AN_ID}", f"m:{ANOTHER}"
    said = [
        replace(ALLOW, id=UUID(int=number), subject=subject, is_lent=is_lent)
        for number, (subject, is_lent) in enumerate(
            [("r:distributor_head", False), ("r:direct_buyer_head", False), (company, False), (company, True),
             (person, False), ("r:distributor_manager", False), ("r:all", False)]
        )
    ]  # fmt: skip
    book = RuleBook(1, said, [Link("r:distributor_head", "r:all")], {})
    frame = book.frame_for(["r:distributor_manager", person, company], ALLOW.resource, ALLOW.action)
    assert {one.id.int for one in frame} == {0, 2, 6}
    assert book.frame_for(["r:forwarder", person], ALLOW.resource, ALLOW.action) == []
