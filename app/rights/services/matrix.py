"""The matrix as people see it: what stands, what the draft would make of it, and where each line comes from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.defaults import role_labels
from app.access.rules import Effect, Rule
from app.rights.dimensions import Permission, grouped, terms_of_resource
from app.rights.queries import names
from app.rights.queries.names import Person
from app.rights.rules.lines import (
    NO,
    Address,
    Cell,
    Level,
    Line,
    Slice,
    Terms,
    ancestors,
    is_written,
    level_of,
    line_of,
    reach_of,
    reaches,
)
from app.rights.rules.planning import Change
from app.rights.services.desk import Desk
from app.rights.services.drafting import Work
from app.rights.wording import PLACEABLE, ROLE_GROUPS

_PEOPLE: Final = 6  # columns of a client's own people at once


class Column(Struct, frozen=True):
    """Whom a column is about, and everybody whose rules reach them."""

    subject: str
    subjects: list[str]
    note: str = ""


class CellView(Struct, frozen=True):
    """One cell: what somebody may, and whether the draft changes that."""

    address: Address
    cell: Cell
    level: Level
    is_changed: bool
    is_own: bool  # something is written right here


class Row(Struct, frozen=True):
    """One permission across all columns."""

    permission: Permission
    cells: list[CellView]


class Group(Struct, frozen=True):
    """Rows under one heading."""

    name: str
    rows: list[Row]


class Spoken(Struct, frozen=True):
    """A line that reaches a cell, where it is written, and what the draft does to it."""

    subject: str
    effect: Effect
    terms: Terms
    is_here: bool
    is_owned: bool  # the reader may end it
    fate: str  # "", "add" or "end"
    author: str = ""
    at: str = ""
    note: str = ""
    id: UUID | None = None  # of the rule, or of the draft's line


class _Lines:
    """Lines found by subject and resource."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._lines: dict[tuple[str, str], list[Line]] = {}
        for rule in rules:
            self._lines.setdefault((rule.subject, rule.resource), []).append(line_of(rule))

    def of(self, subjects: Iterable[str], resource: str) -> list[Line]:
        return [line for subject in subjects for line in self._lines.get((subject, resource), ())]


def draw(work: Work, columns: Sequence[Column], here: Slice | None, text: str, locale: str) -> list[Group]:
    """Draw every cell; ``text`` narrows the rows to those that say it."""
    before, after = _Lines(work.rules), _Lines(work.proposed)
    groups: list[Group] = []
    for name, permissions in grouped():
        rows = [
            Row(one, [_cell(one, column, here, before, after) for column in columns])
            for one in permissions
            if _is_shown(one, here) and text.casefold() in f"{one.label(locale)} {one.name}".casefold()
        ]
        if rows:
            groups.append(Group(name, rows))
    return groups


def spoken(work: Work, column: Column, address: Address, owner_id: UUID | None) -> list[Spoken]:
    """List every line that reaches a cell, those written here first."""
    found: list[Spoken] = []
    ended = {one.rule_id for one in work.changes if one.op == "end"}
    for one in work.standing:
        line = line_of(one.rule)
        if reaches(line, address, column.subjects):
            is_owned = owner_id is None or one.owner_id == owner_id
            found.append(
                Spoken(
                    line.subject, line.effect, line.terms, is_written(line, address), is_owned,
                    "end" if one.rule.id in ended else "", one.author, one.at.isoformat(), one.note, one.rule.id,
                )
            )  # fmt: skip
    found.extend(_added(change, address) for change in work.changes if _is_new(change, address, column))
    return sorted(found, key=lambda one: (not one.is_here, one.effect, one.subject, repr(one.terms)))


async def role_columns(work: Work, *, groups: bool) -> list[Column]:
    """The roles, or the groups of roles that share rules."""
    roles = [role for role, label in role_labels().items() if label.cabinet]
    chosen = list(ROLE_GROUPS) if groups else roles
    return [Column(f"r:{role}", ancestors(f"r:{role}", work.links)) for role in chosen]


async def exception_columns(desk: Desk, work: Work, subject: str) -> list[Column]:
    """One person or one organisation, with everything that reaches them."""
    if subject.startswith("o:"):
        return [Column(subject, [subject])]
    named = UUID(subject[2:])
    people = await names.read_people(desk.transaction, [named], [named])
    return [_person(work, people[0], subject)] if people else []


async def subjects_of(desk: Desk, work: Work, subject: str) -> list[str]:
    """Name everybody whose rules reach a subject."""
    if subject.startswith("r:"):
        return ancestors(subject, work.links)
    found = await exception_columns(desk, work, subject)
    return found[0].subjects if found else [subject]


async def own_columns(desk: Desk, work: Work, text: str) -> list[Column]:
    """A client's whole company, and its people."""
    partner = desk.partner_id
    people = await names.search_people(desk.transaction, text, partner, _PEOPLE)
    return [
        Column(f"o:{partner}", [f"o:{partner}"]),
        *(_person(work, one, f"m:{one.id}") for one in people),
    ]


def exceptions(work: Work) -> list[str]:
    """Name everybody some line is written for in particular."""
    return sorted({rule.subject for rule in (*work.rules, *work.proposed) if rule.subject[0] != "r"})


def _person(work: Work, person: Person, subject: str) -> Column:
    reached = [*ancestors(f"r:{person.role}", work.links), f"u:{person.user_id}", f"m:{person.id}"]
    if person.partner_id is not None:
        reached.append(f"o:{person.partner_id}")
    return Column(subject, reached, person.role)


def _is_shown(permission: Permission, here: Slice | None) -> bool:
    return here is None or here.dimension in terms_of_resource(permission.resource)


def _cell(permission: Permission, column: Column, here: Slice | None, before: _Lines, after: _Lines) -> CellView:
    address = Address(column.subject, permission.resource, permission.action, here)
    was = reach_of(before.of(column.subjects, permission.resource), address, column.subjects)
    lines = after.of(column.subjects, permission.resource)
    cell = reach_of(lines, address, column.subjects)
    own = any(is_written(line, address) for line in lines)
    return CellView(address, cell, level_of(cell), cell != was, own)


def _added(change: Change, address: Address) -> Spoken:
    line = change.line
    return Spoken(
        line.subject, line.effect, line.terms, is_written(line, address), is_owned=True, fate="add", id=change.id
    )


def _is_new(change: Change, address: Address, column: Column) -> bool:
    return change.op == "add" and reaches(change.line, address, column.subjects)


def all_cells(groups: Iterable[Group]) -> list[Cell]:
    """Every cell drawn, for the names in them."""
    return [one.cell for group in groups for row in group.rows for one in row.cells if one.cell != NO]


OWN_VARIANTS: Final[Mapping[str, Terms]] = {
    "org": Terms(org="@own"),
    "ctr": Terms(ctr="@own"),
    "reg": Terms(reg="@own"),
    "live": Terms(ctr="@own", val="live"),
    "placed": Terms(reg="@own", val="live"),
    "mine": Terms(org="@own", aut="@own"),
    "branch": Terms(org="@own", aut="@branch"),
}


def own_variants(resource: str) -> list[str]:
    """Name the ways in which the resource can be somebody's own."""
    known = terms_of_resource(resource)
    needs = {"org": {"org"}, "ctr": {"ctr"}, "reg": {"reg"}, "live": {"ctr", "val"}, "placed": {"reg", "val"},
             "mine": {"org", "aut"}, "branch": {"org", "aut"}}  # fmt: skip
    # Of an order the word asks whether it is placed.
    other = "live" if resource in PLACEABLE else "placed"
    return [name for name in OWN_VARIANTS if needs[name] <= known and name != other]
