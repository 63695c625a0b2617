"""What a draft must add and end so that a cell says what somebody wants it to say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.access.rules import Rule
from app.rights.rules.lines import Address, Cell, Line, is_written, line_of, lines_of, rule_of


class Change(Struct, frozen=True):
    """One line of a draft: a line to add, or the end of a rule that stands (``rule_id``)."""

    id: UUID
    op: Literal["add", "end"]
    line: Line
    author_id: UUID
    rule_id: UUID | None = None


class Plan(Struct, frozen=True):
    """What to do to a draft: changes to take back, rules to end, lines to add."""

    drop: tuple[UUID, ...] = ()
    end: tuple[Rule, ...] = ()
    add: tuple[Line, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the draft says so already."""
        return not (self.drop or self.end or self.add)


def apply(standing: Iterable[Rule], changes: Sequence[Change]) -> list[Rule]:
    """Give the rules as they would stand after the changes; an added one carries its change's id."""
    ended = {one.rule_id for one in changes if one.op == "end"}
    kept = [rule for rule in standing if rule.id not in ended]
    return kept + [rule_of(one.line, one.id) for one in changes if one.op == "add"]


def plan_cell(standing: Iterable[Rule], changes: Sequence[Change], address: Address, wanted: Cell) -> Plan:
    """Find the fewest changes after which the cell says ``wanted``: a cell put back as it was leaves none."""
    mine = [rule for rule in standing if is_written(line_of(rule), address)]
    return _plan(mine, [one for one in changes if is_written(one.line, address)], lines_of(wanted, address))


def plan_all(standing: Iterable[Rule], wanted: Iterable[Line]) -> Plan:
    """Find what makes the standing rules say exactly ``wanted`` (going back to a version)."""
    return _plan(list(standing), [], sorted(set(wanted), key=repr))


def _plan(rules: Sequence[Rule], changes: Sequence[Change], wanted: Sequence[Line]) -> Plan:
    by_line: dict[Line, list[Rule]] = {}
    for rule in rules:
        by_line.setdefault(line_of(rule), []).append(rule)
    ended: Mapping[UUID | None, UUID] = {one.rule_id: one.id for one in changes if one.op == "end"}
    added: Mapping[Line, UUID] = {one.line: one.id for one in changes if one.op == "add"}
    keep = set(wanted)
    drop = [change for line, change in added.items() if line not in keep or line in by_line]
    end: list[Rule] = []
    for line, same in by_line.items():
        if line in keep:
            drop.extend(ended[rule.id] for rule in same if rule.id in ended)
        else:
            end.extend(rule for rule in same if rule.id not in ended)
    add = [line for line in wanted if line not in by_line and line not in added]
    return Plan(tuple(drop), tuple(end), tuple(add))
