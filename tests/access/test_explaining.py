"""An explanation names every rule that speaks, the way it comes, and where none speaks, what the nearest lacks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.explaining import Explanation, Fail, Miss
from app.access.rules import Effect, Link, Rule
from app.access.terms import Facts, Own

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ME, COLLEAGUE = UUID(int=0xA1), UUID(int=0xA2)
MINE, THEIRS, COMPANY = UUID(int=1), UUID(int=2), UUID(int=3)
LINE, OTHER_LINE = UUID(int=4), UUID(int=5)
NOBODY = frozenset[UUID]()
OWN = Own(ME, "north", NOBODY, frozenset({COMPANY}), frozenset({MINE}), NOBODY)


def rule(number: int, effect: Effect = "allow", **terms: object) -> Rule:
    plain = Rule(UUID(int=0x100 + number), "r:seller", "order", "view", effect)
    return replace(plain, **terms)


def explain(obj: Facts, *rules: Rule, own: Own = OWN) -> Explanation:
    return compile_decision(rules, own, NOW).explain(obj)


def test_every_rule_that_speaks_is_named_and_no_other() -> None:
    rules = [
        rule(1, ctr="@own"),
        rule(2),
        rule(3, "deny", lin=str(LINE)),
        rule(4, "deny", lin=str(OTHER_LINE)),
        rule(5, ctr=str(THEIRS)),
    ]
    said = explain(Facts(ctr=MINE, lin=LINE), *rules)
    assert said == Explanation(allowed=False, allows=(rules[0].id, rules[1].id), denies=(rules[2].id,))
    assert explain(Facts(ctr=MINE), *rules).allowed


def test_a_rule_that_something_else_covers_is_named_all_the_same() -> None:
    rules = [
        rule(1),
        rule(2, ctr="@own"),
        rule(3, "deny", ctr=str(THEIRS)),
        rule(4, "deny", ctr=str(THEIRS), val="live"),
    ]
    said = explain(Facts(ctr=THEIRS, live=True), *rules)
    assert (said.allows, said.denies) == ((rules[0].id,), (rules[2].id, rules[3].id))


@pytest.mark.parametrize(
    ("terms", "obj", "fails"),
    [
        ({"ctr": "@own"}, Facts(ctr=THEIRS), (Fail("ctr", frozenset({MINE})),)),
        ({"ctr": "@own"}, Facts(), (Fail("ctr", frozenset({MINE})),)),
        ({"agr": "@own"}, Facts(agr=MINE), (Fail("agr"),)),
        ({"lin": f"{LINE}|{OTHER_LINE}"}, Facts(lin=MINE), (Fail("lin", frozenset({LINE, OTHER_LINE})),)),
        ({"val": "live"}, Facts(live=False), (Fail("live"),)),
        ({"val": "live"}, Facts(), (Fail("live"),)),
        ({"aut": "@own"}, Facts(author=COLLEAGUE, branch="north"), (Fail("aut"),)),
        ({"aut": "@branch"}, Facts(author=COLLEAGUE, branch="south"), (Fail("aut"),)),
        ({"valid_to": NOW}, Facts(), (Fail("dates"),)),
        ({"valid_from": NOW + timedelta(seconds=1)}, Facts(), (Fail("dates"),)),
        (
            {"org": "@own", "ctr": "@own", "val": "live", "aut": "@own", "valid_to": NOW},
            Facts(ctr=THEIRS),
            (
                Fail("dates"),
                Fail("org", frozenset({COMPANY})),
                Fail("ctr", frozenset({MINE})),
                Fail("live"),
                Fail("aut"),
            ),
        ),
    ],
)
def test_what_a_rule_fails_at_is_told_exactly(terms: dict[str, object], obj: Facts, fails: tuple[Fail, ...]) -> None:
    near = replace(rule(1), **terms)
    assert explain(obj, near) == Explanation(allowed=False, allows=(), denies=(), nearest=(Miss(near.id, fails),))


def test_the_nearest_rules_are_those_that_fail_at_fewest_things() -> None:
    far, near, too = rule(1, ctr="@own", val="live"), rule(2, ctr="@own"), rule(3, lin=str(LINE))
    said = explain(Facts(ctr=THEIRS), far, near, too)
    assert [one.rule for one in said.nearest] == [near.id, too.id]


def test_what_is_allowed_or_forbidden_outright_has_no_nearest_rule() -> None:
    allow, miss, ban = rule(1), rule(2, ctr="@own"), rule(3, "deny")
    assert explain(Facts(), allow, miss).nearest == ()
    assert explain(Facts(), allow, miss, ban).nearest == ()
    # Forbidden and not allowed either: lifting the prohibition would not be enough, so the nearest is told.
    assert [one.rule for one in explain(Facts(), miss, ban).nearest] == [miss.id]
    assert explain(Facts(), ban).nearest == ()


def test_what_was_lent_and_reaches_further_than_the_lender_says_so() -> None:
    lent, frame = replace(rule(1), is_lent=True), rule(2, ctr="@own")
    said = compile_decision([lent], OWN, NOW, [frame]).explain(Facts(ctr=MINE))
    assert said == Explanation(allowed=False, allows=(), denies=(), nearest=(Miss(lent.id, (Fail("lent"),)),))
    narrow = replace(lent, ctr=str(MINE))
    assert compile_decision([narrow], OWN, NOW, [frame]).explain(Facts(ctr=MINE)).allows == (narrow.id,)


def test_the_way_from_a_person_to_a_rule_is_the_shortest() -> None:
    links = [Link("r:a", "r:b"), Link("r:b", "r:c"), Link("r:a", "r:d"), Link("r:d", "r:e"), Link("r:b", "r:e")]
    book = RuleBook(1, [rule(1)], links, {})
    subjects = ["r:a", "u:1", "r:d"]
    assert book.path(subjects, "r:c") == ["r:a", "r:b", "r:c"]
    assert book.path(subjects, "r:e") == ["r:d", "r:e"]
    assert book.path(subjects, "u:1") == ["u:1"]
    assert book.path(subjects, "r:stranger") == []
