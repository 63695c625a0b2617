"""A cell becomes rules and the rules become the cell again, whatever stands around them."""

from typing import Final
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.rules import Link, Rule
from app.rights.rules.lines import (
    ALL,
    BLOCKED,
    NO,
    WHOLE,
    Address,
    Cell,
    Line,
    Slice,
    Terms,
    ancestors,
    cell_of,
    ids_in,
    level_of,
    line_of,
    lines_of,
    reach_of,
    rule_of,
)
from app.rights.rules.planning import Change, Plan, apply, plan_all, plan_cell
from tests.rights.lines import addresses, cells, lines, rules

# A busy machine draws slowly; that says nothing about cells.
PATIENT: Final = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
SOMEBODY = UUID(int=0xA)
ONE, TWO = UUID(int=1), UUID(int=2)


@PATIENT
@given(st.data())
def test_a_cell_written_as_lines_reads_as_the_same_cell(data: st.DataObject) -> None:
    address = data.draw(addresses())
    cell = data.draw(cells(address.slice))
    written = lines_of(cell, address)
    assert cell_of(written, address) == cell
    assert cell_of([line_of(rule_of(line, ONE)) for line in written], address) == cell


@PATIENT
@given(st.data())
def test_planning_a_cell_changes_that_cell_and_nothing_else(data: st.DataObject) -> None:
    standing = data.draw(rules(st.lists(lines(), max_size=8)))
    address = data.draw(addresses())
    changes: list[Change] = []
    for _ in range(data.draw(st.integers(1, 3))):
        wanted = data.draw(cells(address.slice))
        before = {line_of(rule) for rule in apply(standing, changes)}
        others = before - set(lines_of(cell_of(before, address), address))
        changes = _follow(changes, plan_cell(standing, changes, address, wanted))
        after = {line_of(rule) for rule in apply(standing, changes)}
        assert after == others | set(lines_of(wanted, address))
        assert plan_cell(standing, changes, address, wanted).is_empty


@PATIENT
@given(st.data())
def test_a_cell_put_back_as_it_was_leaves_no_change(data: st.DataObject) -> None:
    standing = data.draw(rules(st.lists(lines(), max_size=8, unique=True)))
    address = data.draw(addresses())
    was = cell_of([line_of(rule) for rule in standing], address)
    changes = _follow([], plan_cell(standing, [], address, data.draw(cells(address.slice))))
    assert _follow(changes, plan_cell(standing, changes, address, was)) == []


@PATIENT
@given(rules(st.lists(lines(), max_size=8)), st.lists(lines(), max_size=8))
def test_going_back_gives_exactly_the_lines_wanted(standing: list[Rule], wanted: list[Line]) -> None:
    changes = _follow([], plan_all(standing, wanted))
    assert {line_of(rule) for rule in apply(standing, changes)} == set(wanted)


def _follow(changes: list[Change], plan: Plan) -> list[Change]:
    number = 0x1000 + len(changes) + sum(one.id.int for one in changes) % 0xFFFF
    kept = [one for one in changes if one.id not in plan.drop]
    ends = [Change(UUID(int=number + place), "end", line_of(rule), SOMEBODY, rule.id)
            for place, rule in enumerate(plan.end)]  # fmt: skip
    adds = [Change(UUID(int=number + 0x800 + place), "add", line, SOMEBODY) for place, line in enumerate(plan.add)]
    return [*kept, *ends, *adds]


def test_the_word_for_a_cell() -> None:
    own, region = Terms(org="@own"), Terms(reg=str(ONE))
    cases = [
        (NO, "no"),
        (ALL, "all"),
        (BLOCKED, "blocked"),
        (Cell(frozenset({WHOLE, own}), frozenset({WHOLE})), "blocked"),
        (Cell(frozenset({own})), "own"),
        (Cell(frozenset({Terms(ctr="@own", val="live")})), "own"),
        (Cell(frozenset({Terms(aut="@branch")})), "own"),
        (Cell(frozenset({own, region})), "some"),
        (Cell(frozenset({region})), "some"),
        (Cell(frozenset({Terms(val="live")})), "some"),
        (Cell(frozenset({WHOLE, own})), "all"),
        (Cell(frozenset({WHOLE}), frozenset({region})), "some"),
        (Cell(denies=frozenset({region})), "no"),
    ]
    assert [level_of(cell) for cell, _ in cases] == [word for _, word in cases]


def test_a_slice_shows_what_reaches_it_from_everywhere() -> None:
    here = Address("r:one", "order", "view", Slice("reg", ONE))
    said = [
        Line("r:one", "order", "view", "allow", Terms(reg="@own", aut="@own")),
        Line("r:parent", "order", "*", "allow", Terms(reg=f"{ONE}|{TWO}", val="live")),
        Line("r:one", "order", "view", "deny", Terms(reg=str(TWO))),
        Line("r:one", "offer", "view", "deny", WHOLE),
        Line("r:stranger", "order", "view", "deny", WHOLE),
    ]
    assert reach_of(said, here, ["r:one", "r:parent"]) == Cell(
        frozenset({Terms(reg="@own", aut="@own"), Terms(val="live")})
    )
    assert cell_of(said, here) == NO


def test_ids_and_ancestors_are_named() -> None:
    assert ids_in(Terms(reg="@own", lin=f"{ONE}|{TWO}")) == {"lin": [str(ONE), str(TWO)]}
    links = [Link("r:a", "r:b"), Link("r:b", "r:c"), Link("r:a", "r:d"), Link("r:d", "r:c")]
    assert ancestors("r:a", links) == ["r:a", "r:b", "r:d", "r:c"]
