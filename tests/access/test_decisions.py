"""What a decision says to the database, word by word, and the name it gives to rights: pure, so it can be mutated."""

from typing import cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from app.access.decisions import Column, Conjunction, Decision, MissingColumnError, require
from app.access.terms import DIMENSIONS, Facts
from app.kernel.errors import NotAllowedError
from tests.access.oracles import COLUMNS

ME, COLLEAGUE = UUID(int=0xA1), UUID(int=0xA2)
IDS = tuple(UUID(int=number) for number in range(1, 7))
EVERYTHING = Conjunction(*(frozenset({one}) for one in IDS), live=True, aut="@branch")
MINE = Conjunction(org=frozenset({IDS[0]}), aut="@own")
DECISION = Decision(
    (EVERYTHING, MINE), (Conjunction(reg=frozenset({IDS[1]})), Conjunction(live=True)), ME, "north"
)  # fmt: skip
PARAMS = [*([one] for one in IDS), ME, "north", [IDS[0]], ME, [IDS[1]]]
TEXT_COLUMNS = {name: f"o.{name}" for name in COLUMNS}
SQL_COLUMNS: dict[str, Column] = {name: sa.literal_column(f"o.{name}") for name in COLUMNS}


def in_sql(decision: Decision) -> tuple[str, list[object]]:
    """Compile the condition for the driver the portal uses."""
    compiled = decision.sql(SQL_COLUMNS).compile(dialect=PGDialect_asyncpg())
    assert compiled.positiontup is not None
    return str(compiled), [compiled.params[name] for name in compiled.positiontup]


def test_the_text_for_the_driver_says_every_term_and_denies_only_what_is_true() -> None:
    everything = (
        "(o.reg = ANY ($3::uuid[]) AND o.org = ANY ($4::uuid[]) AND o.ctr = ANY ($5::uuid[])"
        " AND o.agr = ANY ($6::uuid[]) AND o.lin = ANY ($7::uuid[]) AND o.prd = ANY ($8::uuid[])"
        " AND (o.live) IS TRUE AND (o.author = $9::uuid OR (o.shared) IS TRUE OR o.branch = $10::text))"
    )
    mine = "(o.org = ANY ($11::uuid[]) AND (o.author = $12::uuid OR (o.shared) IS TRUE))"
    denied = "((o.reg = ANY ($13::uuid[])) OR ((o.live) IS TRUE))"
    expected = f"(({everything} OR {mine}) AND {denied} IS NOT TRUE)"
    assert DECISION.text(TEXT_COLUMNS, 3) == (expected, PARAMS)


def test_the_condition_for_statements_says_the_same() -> None:
    everything = (
        "o.reg = ANY ($1::UUID[]) AND o.org = ANY ($2::UUID[]) AND o.ctr = ANY ($3::UUID[])"
        " AND o.agr = ANY ($4::UUID[]) AND o.lin = ANY ($5::UUID[]) AND o.prd = ANY ($6::UUID[])"
        " AND o.live IS true AND (o.author = $7::UUID OR o.shared IS true OR o.branch = $8::VARCHAR)"
    )
    mine = "o.org = ANY ($9::UUID[]) AND (o.author = $10::UUID OR o.shared IS true)"
    denied = "(o.reg = ANY ($11::UUID[]) OR o.live IS true)"
    assert in_sql(DECISION) == (f"({everything} OR {mine}) AND {denied} IS NOT true", PARAMS)


def test_without_denials_only_what_is_allowed_is_asked() -> None:
    decision = Decision((MINE,), (), ME, "north")
    assert (
        decision.text(TEXT_COLUMNS, 1)[0]
        == "((o.org = ANY ($1::uuid[]) AND (o.author = $2::uuid OR (o.shared) IS TRUE)))"
    )
    assert in_sql(decision)[0] == "o.org = ANY ($1::UUID[]) AND (o.author = $2::UUID OR o.shared IS true)"


def test_rights_without_bounds_are_true_and_no_rights_are_false() -> None:
    everybody, nobody = Decision((Conjunction(),), (), ME, ""), Decision((), (Conjunction(),), ME, "")
    assert (everybody.text({}, 1), in_sql(everybody)) == (("((true))", []), ("true", []))
    assert (nobody.text({}, 1), in_sql(nobody)) == (("false", []), ("false", []))
    assert (everybody.is_empty, nobody.is_empty) == (False, True)


def test_all_ids_of_a_set_travel_in_one_parameter() -> None:
    decision = Decision((Conjunction(agr=frozenset(IDS)),), (), ME, "")
    for _, params in (decision.text(TEXT_COLUMNS, 1), in_sql(decision)):
        [ids] = params
        assert sorted(cast("list[UUID]", ids)) == sorted(IDS)


@pytest.mark.parametrize("missing", COLUMNS)
def test_a_column_that_is_not_offered_is_named_and_never_guessed(missing: str) -> None:
    offered = [name for name in COLUMNS if name != missing]
    told = f"a rule limits {missing!r}, but the query offers only {sorted(offered)}"
    with pytest.raises(MissingColumnError) as in_text:
        DECISION.text({name: TEXT_COLUMNS[name] for name in offered}, 1)
    with pytest.raises(MissingColumnError) as in_statement:
        DECISION.sql({name: SQL_COLUMNS[name] for name in offered})
    assert (str(in_text.value), str(in_statement.value)) == (told, told)


@pytest.mark.parametrize(
    ("wide", "narrow", "both_ways"),
    [
        (Conjunction(), EVERYTHING, False),
        (MINE, MINE, True),
        (Conjunction(reg=frozenset(IDS)), Conjunction(reg=frozenset(IDS[:2]), org=frozenset(IDS)), False),
        (Conjunction(), Conjunction(live=True), False),
        (Conjunction(live=True), Conjunction(live=True, prd=frozenset(IDS)), False),
        (Conjunction(aut="@branch"), Conjunction(aut="@own"), False),
        (Conjunction(), Conjunction(aut="@branch"), False),
        (Conjunction(aut="@branch"), Conjunction(aut="@branch"), True),
    ],
)
def test_the_wider_covers_the_narrower(wide: Conjunction, narrow: Conjunction, both_ways: bool) -> None:
    assert wide.covers(narrow)
    assert narrow.covers(wide) is both_ways


def test_of_two_that_each_say_something_else_neither_covers() -> None:
    region, contract = Conjunction(reg=frozenset(IDS)), Conjunction(ctr=frozenset(IDS))
    assert not region.covers(contract)
    assert not contract.covers(region)
    assert not Conjunction(reg=frozenset(IDS[:2])).covers(Conjunction(reg=frozenset(IDS[1:])))


FIRST, SECOND = (frozenset({one}) for one in IDS[:2])
BOTH, LINE = FIRST | SECOND, frozenset(IDS[2:3])


@pytest.mark.parametrize(
    ("one", "many", "is_within"),
    [
        (Conjunction(ctr=BOTH), [], False),
        (Conjunction(ctr=BOTH), [Conjunction(ctr=FIRST), Conjunction(ctr=SECOND)], True),
        (Conjunction(ctr=BOTH), [Conjunction(ctr=FIRST), Conjunction(ctr=LINE)], False),
        (Conjunction(ctr=BOTH), [Conjunction(ctr=LINE), Conjunction(agr=LINE), Conjunction(ctr=BOTH)], True),
        (Conjunction(ctr=BOTH, lin=LINE), [Conjunction(ctr=FIRST), Conjunction(ctr=SECOND, lin=LINE)], True),
        (Conjunction(ctr=BOTH), [Conjunction(ctr=FIRST), Conjunction(ctr=SECOND, lin=LINE)], False),
        (Conjunction(ctr=BOTH), [Conjunction(ctr=FIRST), Conjunction(live=True)], False),
        (Conjunction(ctr=BOTH, live=True), [Conjunction(ctr=FIRST), Conjunction(live=True)], True),
        (Conjunction(ctr=BOTH), [Conjunction(ctr=FIRST), Conjunction(ctr=SECOND, aut="@own")], False),
        (Conjunction(ctr=BOTH, aut="@own"), [Conjunction(aut="@own"), Conjunction(aut="@branch")], False),
        (Conjunction(), [Conjunction(ctr=FIRST), Conjunction(ctr=SECOND)], False),
        (Conjunction(lin=LINE), [Conjunction(ctr=FIRST), Conjunction(lin=LINE)], True),
        (Conjunction(agr=BOTH, lin=BOTH), [Conjunction(agr=FIRST), Conjunction(lin=SECOND)], False),
        (
            Conjunction(agr=BOTH, lin=BOTH),
            [Conjunction(agr=FIRST), Conjunction(lin=SECOND), Conjunction(agr=BOTH)],
            True,
        ),
    ],
)
def test_several_cover_together_what_none_covers_alone(
    one: Conjunction, many: list[Conjunction], is_within: bool
) -> None:
    assert one.is_within(many) is is_within


def test_a_right_is_insisted_on() -> None:
    decision = Decision((Conjunction(org=frozenset({IDS[0]})),), (), ME, "")
    require(decision, Facts(org=IDS[0]))
    with pytest.raises(NotAllowedError):
        require(decision, Facts(org=IDS[1]))


def test_the_same_rights_have_one_name_in_every_process_and_in_any_order() -> None:
    # Caches are shared under it: a name that moved with the process would share nothing.
    assert DECISION.fingerprint == "aa9d06fd47e10bd779c0914a3c9bc633"
    assert Decision((Conjunction(),), (), ME, "north").fingerprint == "25df9f570dae73ec0e8cd58c186eb659"
    turned = Decision(DECISION.allow[::-1], DECISION.deny[::-1], ME, "north")
    assert turned.fingerprint == DECISION.fingerprint


def test_rights_that_differ_anywhere_have_different_names() -> None:
    other = frozenset({UUID(int=0xFF)})
    narrower = [replace(EVERYTHING, **{dimension: other}) for dimension in DIMENSIONS]
    wider = [replace(EVERYTHING, **{dimension: None}) for dimension in DIMENSIONS]
    kinds = [replace(EVERYTHING, live=False), replace(EVERYTHING, aut="@own"), replace(EVERYTHING, aut="*")]
    allows = [(one,) for one in (EVERYTHING, *narrower, *wider, *kinds)]
    decisions = [Decision(allow, deny, ME, "north") for allow in allows for deny in ((), (MINE,))]
    decisions.append(Decision((MINE,), (EVERYTHING,), ME, "north"))
    assert len({one.fingerprint for one in decisions}) == len(decisions)


def test_people_share_a_name_only_while_their_rights_do_not_depend_on_who_they_are() -> None:
    people = [(ME, "north"), (ME, "south"), (COLLEAGUE, "north")]
    for allow, deny, names in ((EVERYTHING, (), 3), (MINE, (), 3), (Conjunction(), (MINE,), 3), (Conjunction(), (), 1)):
        assert len({Decision((allow,), deny, who, branch).fingerprint for who, branch in people}) == names


def test_a_decision_with_a_name_marks_every_condition_made_of_it() -> None:
    for allow, deny in (((MINE,), ()), ((Conjunction(),), (MINE,)), ((), ())):
        named = Decision(allow, deny, ME, "north", permission="order:view")
        assert named.text(TEXT_COLUMNS, 1)[0].startswith("/*by order:view*/ ")
        assert "/*by order:view*/ " in in_sql(named)[0]
        assert named.text(TEXT_COLUMNS, 1)[1] == Decision(allow, deny, ME, "north").text(TEXT_COLUMNS, 1)[1]
