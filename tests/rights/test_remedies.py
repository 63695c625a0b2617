"""What is said to grant a right does grant it, and nothing smaller is left to say."""

from uuid import UUID

from hypothesis import HealthCheck, assume, given, settings
from msgspec.structs import replace

from app.access.decisions import Decision
from app.access.explaining import Explanation, Fail, Miss
from app.access.rules import Rule
from app.access.terms import DIMENSIONS, Facts
from app.rights.rules.lines import Line, Terms, rule_of
from app.rights.rules.remedies import Remedy, find_remedies, narrowest
from tests.access.worlds import ACTION, ME, RESOURCE, World, decide, worlds

PATIENT = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
NEW, RULE = UUID(int=0xABC), UUID(int=0xDEF)
KNOWN = frozenset({*DIMENSIONS, "val", "aut"})
CONTRACT, CLIENT, LINE, PRODUCT = (UUID(int=number) for number in (5, 6, 7, 8))


def mend(rules: tuple[Rule, ...], remedy: Remedy) -> tuple[Rule, ...]:
    """Do to the rules what a remedy says."""
    if remedy.kind == "lift":
        return tuple(rule for rule in rules if rule.id not in remedy.rules)
    if remedy.kind == "date":
        return tuple(
            replace(rule, valid_from=None, valid_to=None) if rule.id in remedy.rules else rule for rule in rules
        )
    return (*rules, rule_of(Line(f"u:{ME}", RESOURCE, ACTION, "allow", remedy.terms), NEW))


def decide_with(world: World, rules: tuple[Rule, ...]) -> Decision:
    return decide(replace(world, rules=rules))


@PATIENT
@given(worlds(0))
def test_what_is_said_to_grant_it_grants_it(world: World) -> None:
    numbered = tuple(replace(rule, id=UUID(int=number)) for number, rule in enumerate(world.rules, start=1))
    decision = decide_with(world, numbered)
    refused = [obj for obj in world.objects if not decision.check(obj)]
    assume(refused)
    for obj in refused:
        remedies = find_remedies(decision.explain(obj), obj, KNOWN)
        lifted = numbered
        for remedy in remedies:
            lifted = mend(lifted, remedy) if remedy.kind == "lift" else lifted
        ways = [remedy for remedy in remedies if remedy.kind not in {"lift", "renew"}]
        for way in ways or [Remedy("lift")]:
            assert decide_with(world, mend(lifted, way)).check(obj), (obj, way)
        # What lies in force mends, no rule needs to.
        for remedy in (one for one in remedies if one.kind == "renew"):
            assert decide_with(world, lifted).check(replace(obj, live=True)), (obj, remedy)


@PATIENT
@given(worlds(0))
def test_nothing_is_advised_to_whoever_may_already(world: World) -> None:
    decision = decide(world)
    for obj in world.objects:
        if decision.check(obj):
            assert find_remedies(decision.explain(obj), obj, KNOWN) == []


def test_the_line_to_add_reaches_no_further_than_the_object() -> None:
    obj = Facts(org=CLIENT, ctr=CONTRACT, lin=LINE, prd=PRODUCT)
    assert narrowest(obj, {"reg", "org", "ctr", "agr", "lin", "prd"}) == Terms(ctr=str(CONTRACT), prd=str(PRODUCT))
    assert narrowest(obj, {"reg", "org", "lin"}) == Terms(org=str(CLIENT), lin=str(LINE))
    assert narrowest(obj, set()) == Terms()


def test_what_does_not_exist_is_mended_in_the_erp_alone() -> None:
    said = Explanation(allowed=False, allows=(), denies=(RULE,), nearest=())
    assert find_remedies(said, Facts(), KNOWN, exists=False) == [Remedy("lift", (RULE,)), Remedy("erp")]


def test_dates_and_papers_are_named_only_where_nothing_else_is_wrong() -> None:
    near = Miss(RULE, (Fail("live"),))
    both = Miss(RULE, (Fail("live"), Fail("dates")))
    late = Miss(RULE, (Fail("dates"),))
    kinds = [
        [
            one.kind
            for one in find_remedies(Explanation(allowed=False, allows=(), denies=(), nearest=(miss,)), Facts(), KNOWN)
        ]
        for miss in (near, both, late)
    ]
    assert kinds == [["renew", "add"], ["add"], ["date", "add"]]
