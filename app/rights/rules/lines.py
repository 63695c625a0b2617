"""A cell of the matrix as rules, and rules as a cell.

A cell stands where a subject, a permission and perhaps a slice meet. What is *written* in it are the rules for
exactly that subject and permission; within a slice, those that name the slice's object and nothing else in its
dimension. ``cell_of(lines_of(cell, address), address)`` is the cell again, whatever it holds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.rules import Effect, Link, Rule, term_of
from app.access.terms import ANY, DIMENSIONS, OWN, Dimension

Level = Literal["all", "own", "some", "no", "blocked"]


class Terms(Struct, frozen=True):
    """How far a line reaches, in the closed language of terms, and between which moments."""

    reg: str = ANY
    org: str = ANY
    ctr: str = ANY
    agr: str = ANY
    lin: str = ANY
    prd: str = ANY
    val: str = ANY
    aut: str = ANY
    since: datetime | None = None
    until: datetime | None = None  # the first instant it no longer holds

    def term(self, dimension: Dimension) -> str:
        """Read one dimension."""
        found: dict[str, str] = {
            "reg": self.reg,
            "org": self.org,
            "ctr": self.ctr,
            "agr": self.agr,
            "lin": self.lin,
            "prd": self.prd,
        }
        return found[dimension]


WHOLE: Final = Terms()


class Slice(Struct, frozen=True):
    """One object the matrix is narrowed to."""

    dimension: Dimension
    id: UUID


class Address(Struct, frozen=True):
    """Where a cell stands."""

    subject: str
    resource: str
    action: str
    slice: Slice | None = None


class Cell(Struct, frozen=True):
    """Everything a cell says. A denial wins over every allow it meets."""

    allows: frozenset[Terms] = frozenset()
    denies: frozenset[Terms] = frozenset()


class Line(Struct, frozen=True):
    """A rule without its identity: what a draft adds, and what two versions are compared by."""

    subject: str
    resource: str
    action: str
    effect: Effect
    terms: Terms


NO: Final = Cell()
ALL: Final = Cell(allows=frozenset({WHOLE}))
BLOCKED: Final = Cell(denies=frozenset({WHOLE}))


def terms_of(rule: Rule) -> Terms:
    """Read how far a rule reaches; lists of ids in one order, so that equal terms are equal."""
    texts = {dimension: in_order(term_of(rule, dimension)) for dimension in DIMENSIONS}
    return Terms(**texts, val=rule.val, aut=rule.aut, since=rule.valid_from, until=rule.valid_to)


def line_of(rule: Rule) -> Line:
    """Read what a rule says."""
    return Line(rule.subject, rule.resource, rule.action, rule.effect, terms_of(rule))


def rule_of(line: Line, rule_id: UUID) -> Rule:
    """Make a rule that says the line."""
    terms = line.terms
    return Rule(
        rule_id,
        line.subject,
        line.resource,
        line.action,
        line.effect,
        reg=terms.reg,
        org=terms.org,
        ctr=terms.ctr,
        agr=terms.agr,
        lin=terms.lin,
        prd=terms.prd,
        val=terms.val,
        aut=terms.aut,
        valid_from=terms.since,
        valid_to=terms.until,
    )


def in_order(term: str) -> str:
    """Put the ids of a term in order, each once."""
    return "|".join(sorted(set(term.split("|"))))


def lines_of(cell: Cell, address: Address) -> list[Line]:
    """Write the cell as lines, in an order that is always the same."""
    said: list[tuple[Effect, Terms]] = [("allow", one) for one in cell.allows]
    said.extend(("deny", one) for one in cell.denies)
    lines = [
        Line(address.subject, address.resource, address.action, effect, _pin(terms, address.slice))
        for effect, terms in said
    ]
    return sorted(lines, key=repr)


def cell_of(lines: Iterable[Line], address: Address) -> Cell:
    """Read what is written in a cell, out of any lines."""
    written = [line for line in lines if is_written(line, address)]
    return _cell((line.effect, _unpin(line.terms, address.slice)) for line in written)


def is_written(line: Line, address: Address) -> bool:
    """Whether a line is one of the cell's own."""
    same = (line.subject, line.resource, line.action) == (address.subject, address.resource, address.action)
    here = address.slice
    return same and (here is None or line.terms.term(here.dimension) == str(here.id))


def reach_of(lines: Iterable[Line], address: Address, subjects: Sequence[str]) -> Cell:
    """Tell what ``subjects`` may within the cell's permission and slice, wherever it is written."""
    reaching = (line for line in lines if reaches(line, address, subjects))
    return _cell((line.effect, _unpin(line.terms, address.slice)) for line in reaching)


def reaches(line: Line, address: Address, subjects: Sequence[str]) -> bool:
    """Whether a line has anything to say about a cell of these subjects."""
    if line.subject not in subjects or line.resource != address.resource or line.action not in {address.action, ANY}:
        return False
    here = address.slice
    if here is None:
        return True
    term = line.terms.term(here.dimension)
    return term in {ANY, OWN} or str(here.id) in term.split("|")


def level_of(cell: Cell) -> Level:
    """Say in one word what a cell says; the rest is in its chips."""
    if WHOLE in cell.denies:
        return "blocked"
    if not cell.allows:
        return "no"
    if cell.denies:
        return "some"
    if WHOLE in cell.allows:
        return "all"
    return "own" if all(_is_own(terms) for terms in cell.allows) else "some"


def ids_in(terms: Terms) -> dict[Dimension, list[str]]:
    """List the ids a line names, by dimension."""
    found: list[tuple[Dimension, str]] = [(dimension, terms.term(dimension)) for dimension in DIMENSIONS]
    return {dimension: text.split("|") for dimension, text in found if text not in {ANY, OWN}}


def ancestors(subject: str, links: Iterable[Link]) -> list[str]:
    """Name the subject and every role whose rules it has, the nearest first."""
    parents: dict[str, list[str]] = {}
    for link in links:
        parents.setdefault(link.child, []).append(link.parent)
    found = [subject]
    for name in found:
        found.extend(parent for parent in parents.get(name, ()) if parent not in found)
    return found


def _cell(said: Iterable[tuple[Effect, Terms]]) -> Cell:
    kept = list(said)
    return Cell(
        frozenset(terms for effect, terms in kept if effect == "allow"),
        frozenset(terms for effect, terms in kept if effect == "deny"),
    )


def _pin(terms: Terms, here: Slice | None) -> Terms:
    return terms if here is None else replace(terms, **{here.dimension: str(here.id)})


def _unpin(terms: Terms, here: Slice | None) -> Terms:
    if here is None or terms.term(here.dimension) == OWN:
        return terms
    return replace(terms, **{here.dimension: ANY})


def _is_own(terms: Terms) -> bool:
    owned = [terms.term(dimension) for dimension in DIMENSIONS]
    return set(owned) <= {ANY, OWN} and (OWN in owned or terms.aut != ANY)
