"""What a publication leaves in the audit trail: each cell that changed, as it was and as it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.access.terms import ANY, DIMENSIONS
from app.rights.rules.lines import Line, Terms

MOST_CELLS: Final = 200  # a version that is gone back to may change thousands; its rules can be read back by version
Cells = Mapping[str, Sequence[str]]


def changed_cells(before: Iterable[Line], after: Iterable[Line]) -> tuple[Cells, Cells]:
    """Name the cells whose lines differ, and what stood and stands in each; the first ``MOST_CELLS`` by name."""
    was, now = _cells(before), _cells(after)
    changed = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))[:MOST_CELLS]
    return {name: was.get(name, []) for name in changed}, {name: now.get(name, []) for name in changed}


def say(line: Line) -> str:
    """Write a line in one word and its terms: ``allow org=@own val=live``; a line without terms reaches everything."""
    return " ".join((line.effect, *_terms(line.terms)))


def _cells(lines: Iterable[Line]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(f"{line.subject} {line.resource}:{line.action}", []).append(say(line))
    return {name: sorted(said) for name, said in found.items()}


def _terms(terms: Terms) -> list[str]:
    given = [(name, terms.term(name)) for name in DIMENSIONS]
    said = [f"{name}={text}" for name, text in (*given, ("val", terms.val), ("aut", terms.aut)) if text != ANY]
    dates = (("since", terms.since), ("until", terms.until))
    return said + [f"{name}={moment.isoformat()}" for name, moment in dates if moment is not None]
