"""Which changes must not pass, which need a second person, and which lines say nothing. Words come later."""

from collections.abc import Iterable, Sequence
from typing import Final

from app.access.terms import ANY, BRANCH, DIMENSIONS, OWN
from app.rights.rules.lines import Line, Terms

MOST_LINES: Final = 50  # in one cell
MOST_IDS: Final = 200  # in one term
_AUTHORS: Final = {OWN: 0, BRANCH: 1, ANY: 2}


def covers(wide: Terms, narrow: Terms) -> bool:
    """Whether everything ``narrow`` reaches is within ``wide``, for whomever both are read."""
    return (
        all(_term_covers(wide.term(dimension), narrow.term(dimension)) for dimension in DIMENSIONS)
        and wide.val in {ANY, narrow.val}
        and _AUTHORS[wide.aut] >= _AUTHORS[narrow.aut]
        and (wide.since is None or (narrow.since is not None and wide.since <= narrow.since))
        and (wide.until is None or (narrow.until is not None and narrow.until <= wide.until))
    )


def find_dead(lines: Sequence[Line], added: Iterable[Line], subjects: Sequence[str]) -> list[Line]:
    """Find added lines that change nothing: within a denial, or within another line of the same effect.

    ``lines`` are all that will stand, ``subjects`` those whose rules the lines' subject has.
    """
    return [one for one in added if any(_makes_dead(other, one) for other in lines if other.subject in subjects)]


def find_contradictions(lines: Iterable[Line]) -> list[Line]:
    """Find allows that stand beside a denial of exactly the same."""
    denied = {_place(one) for one in lines if one.effect == "deny"}
    return [one for one in lines if one.effect == "allow" and _place(one) in denied]


def gains(added: Iterable[Line], ended: Iterable[Line]) -> list[Line]:
    """List what gives rights: new allows, and denials that end."""
    return [
        *(one for one in added if one.effect == "allow"),
        *(one for one in ended if one.effect == "deny"),
    ]


def grows_across_regions(before: Iterable[Line], after: Iterable[Line], gained: Line, subjects: Sequence[str]) -> bool:
    """Whether a gain takes its subject to regions, or to named clients, it did not reach before.

    What is a person's own is their region already. A denial that ends gives back what allows reach, no more.
    """
    if gained.effect == "deny":
        return any(places is None or places - {OWN} for places in _reached(after, gained, subjects))
    reached = _reached(before, gained, subjects)
    if None in reached:
        return False
    wanted = _places(gained.terms)
    known = {place for places in reached for place in places or ()}
    return wanted is None or bool(wanted - known - {OWN})


def _reached(lines: Iterable[Line], gained: Line, subjects: Sequence[str]) -> list[frozenset[str] | None]:
    return [
        _places(one.terms)
        for one in lines
        if one.effect == "allow"
        and one.subject in subjects
        and one.resource == gained.resource
        and (one.action == gained.action or ANY in {one.action, gained.action})
    ]


def _term_covers(wide: str, narrow: str) -> bool:
    if wide in {ANY, narrow}:
        return True
    if {wide, narrow} & {ANY, OWN}:
        return False
    return set(narrow.split("|")) <= set(wide.split("|"))


def _makes_dead(other: Line, one: Line) -> bool:
    same = other.resource == one.resource and other.action in {one.action, ANY}
    if not same or other == one or not covers(other.terms, one.terms):
        return False
    return other.effect == "deny" or one.effect == "allow"


def _place(line: Line) -> tuple[str, str, str, Terms]:
    return line.subject, line.resource, line.action, line.terms


def _places(terms: Terms) -> frozenset[str] | None:
    """Name the regions, or the clients and papers, a line leads to; None is everywhere."""
    for term in (terms.reg, terms.org, terms.ctr, terms.agr):
        if term != ANY:
            return frozenset(term.split("|"))
    return None
