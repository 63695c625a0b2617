"""Invented cells, lines and rules for property tests."""

from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from app.access.rules import Effect, Rule
from app.access.terms import DIMENSIONS, Dimension
from app.rights.rules.lines import Address, Cell, Line, Slice, Terms, rule_of

IDS = [UUID(int=number) for number in range(1, 4)]
ROLES = ["r:one", "r:two", f"u:{UUID(int=9)}"]
PAIRS = [("order", "view"), ("order", "*"), ("offer", "view")]
EFFECTS: list[Effect] = ["allow", "deny"]


def term(dimension: Dimension) -> st.SearchStrategy[str]:
    ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=2, unique=True).map(
        lambda found: "|".join(sorted(map(str, found)))
    )
    named = st.just("@own") if dimension in {"reg", "org", "ctr", "agr"} else st.just("*")
    return st.one_of(st.just("*"), named, ids)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    texts = {dimension: draw(term(dimension)) for dimension in DIMENSIONS}
    said = Terms(val=draw(st.sampled_from(["*", "live"])), aut=draw(st.sampled_from(["*", "@own", "@branch"])))
    return replace(said, **texts)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    resource, action = draw(st.sampled_from(PAIRS))
    return Line(draw(st.sampled_from(ROLES)), resource, action, draw(st.sampled_from(EFFECTS)), draw(all_terms()))


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    resource, action = draw(st.sampled_from(PAIRS))
    place = draw(st.none() | st.builds(Slice, st.sampled_from(DIMENSIONS), st.sampled_from(IDS)))
    return Address(draw(st.sampled_from(ROLES)), resource, action, place)


@st.composite
def cells(draw: st.DrawFn, place: Slice | None) -> Cell:
    """Within a slice nothing more is said about its own dimension."""
    found = draw(st.lists(all_terms(), max_size=4))
    free = [one if place is None else _without(one, place.dimension) for one in found]
    split = draw(st.integers(0, len(free)))
    return Cell(frozenset(free[:split]), frozenset(free[split:]))


def rules(many: st.SearchStrategy[list[Line]]) -> st.SearchStrategy[list[Rule]]:
    return many.map(lambda found: [rule_of(line, UUID(int=0x100 + place)) for place, line in enumerate(found)])


def _without(terms: Terms, dimension: Dimension) -> Terms:
    return replace(terms, **{dimension: "*"})
