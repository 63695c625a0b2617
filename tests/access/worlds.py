"""Invented worlds of rules, people and objects, biased so that allows and denials really meet.

A uniform generator allows 2 % of what is asked and finds nothing (ACCESS 2.5): here every pool is tiny, most terms
are "any", and each dimension has a value that is the person's own, one that is not, and none.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from random import Random
from typing import Final, Literal, Protocol, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from msgspec import Struct

from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Decision
from app.access.rules import Link, Rule
from app.access.terms import DIMENSIONS, Dimension, Facts, Own

NOW: Final = datetime(2026, 11, 22, 10, tzinfo=UTC)
ME: Final = UUID(int=0xA1)
COLLEAGUE: Final = UUID(int=0xA2)
MY_COMPANY: Final = UUID(int=0x201)
ROLE: Final = "r:distributor_manager"
HEAD: Final = "r:distributor_head"  # whose rules, with the organisation's, are the frame of what is lent to the role
MEMBER: Final = "m:1"  # the person in one membership, as Casbin's request subject
ACTION: Final = "view"
RESOURCE: Final = "order"
# (dimension -> three ids; the first is the person's own, unless the world says they own nothing)
POOL: Final[dict[Dimension, tuple[UUID, ...]]] = {
    dimension: tuple(UUID(int=0x100 * place + number) for number in (1, 2, 3))
    for place, dimension in enumerate(DIMENSIONS, start=1)
}
T = TypeVar("T")
COMPANY: Final = f"o:{MY_COMPANY}"
PLACE: Final = f"m:{UUID(int=0xB1)}"
MINE: Final = (f"u:{ME}", PLACE, COMPANY, ROLE)
SUBJECTS: Final = (*MINE, *MINE, "r:base", "r:root", "r:stranger", f"u:{COLLEAGUE}")


class World(Struct, frozen=True):
    """One tenant's rules, one person and some objects."""

    rules: tuple[Rule, ...]
    links: tuple[Link, ...]
    own: Own
    objects: tuple[Facts, ...]


def book_of(world: World) -> RuleBook:
    """Make what a process keeps of a tenant."""
    return RuleBook(1, world.rules, world.links, {})


def decide(world: World) -> Decision:
    """Take the way of the product: book, closure, compiler."""
    book = book_of(world)
    frame = book.frame_for(MINE, RESOURCE, ACTION)
    return compile_decision(book.rules_for(MINE, RESOURCE, ACTION), world.own, NOW, frame)


def _term(dimension: Dimension, anys: int) -> st.SearchStrategy[str]:
    pool = POOL[dimension]
    texts = ["*"] * anys + [str(pool[0]), str(pool[1]), f"{pool[0]}|{pool[2]}", "|".join(map(str, pool))]
    if dimension in {"reg", "org", "ctr", "agr"}:
        texts += ["@own"] * 2
    return st.sampled_from(texts)


_IDS: Final = st.integers(min_value=1).map(lambda number: UUID(int=number))
_HOUR: Final = timedelta(hours=1)
_EFFECTS: Final[tuple[Literal["allow", "deny"], ...]] = ("allow", "allow", "allow", "deny")


def _rule(
    anys: int,
    subjects: Sequence[str] = SUBJECTS,
    effects: Sequence[Literal["allow", "deny"]] = _EFFECTS,
    *,
    is_lent: bool = False,
) -> st.SearchStrategy[Rule]:
    """Make rules; the more often a term is "any", the fewer dimensions a rule limits."""
    return st.builds(
        Rule,
        id=_IDS,
        subject=st.sampled_from(subjects),
        resource=st.sampled_from([RESOURCE] * 9 + ["offer"]),
        action=st.sampled_from([ACTION, ACTION, ACTION, "*", "*", "draft"]),
        effect=st.sampled_from(effects),
        is_lent=st.just(is_lent),
        reg=_term("reg", anys),
        org=_term("org", anys),
        ctr=_term("ctr", anys),
        agr=_term("agr", anys),
        lin=_term("lin", anys),
        prd=_term("prd", anys),
        val=st.sampled_from(["*", "*", "*", "live"]),
        aut=st.sampled_from(["*", "*", "*", "@own", "@branch"]),
        valid_from=st.sampled_from([None] * 6 + [NOW - _HOUR, NOW, NOW + _HOUR]),
        valid_to=st.sampled_from([None] * 6 + [NOW - _HOUR, NOW, NOW + _HOUR]),
    )


_RULE: Final = st.one_of(_rule(24), _rule(24), _rule(5))
# What the tenant lets heads lend: wider or narrower than what they lent, ended, forbidden, for another kind of client.
_LENDERS: Final = (HEAD, HEAD, HEAD, COMPANY, "r:base", "r:direct_buyer_head")
_MOSTLY: Final[tuple[Literal["allow", "deny"], ...]] = ("allow",) * 7 + ("deny",)
_FRAME: Final = st.one_of(_rule(24, _LENDERS, _MOSTLY), _rule(8, _LENDERS, _MOSTLY))
# Heads write for their organisation or for one of its people; both also narrower than a frame is likely to be.
_LENT: Final = st.one_of(*(_rule(anys, (PLACE, PLACE, COMPANY), is_lent=True) for anys in (24, 8)))
_LINK: Final = st.sampled_from(
    [
        Link(ROLE, "r:base"),
        Link("r:base", "r:root"),
        Link(f"u:{ME}", "r:root"),
        Link("r:stranger", "r:base"),
        Link(HEAD, "r:base"),
        Link(HEAD, ROLE),
    ]
)


class _Pick(Protocol):
    def __call__(self, values: Sequence[T], /) -> T: ...


def _value(pick: _Pick, dimension: Dimension) -> UUID | None:
    first, second, third = POOL[dimension]
    return pick([first, first, first, second, third, None])


def _object(pick: _Pick) -> Facts:
    return Facts(
        reg=_value(pick, "reg"),
        org=_value(pick, "org"),
        ctr=_value(pick, "ctr"),
        agr=_value(pick, "agr"),
        lin=_value(pick, "lin"),
        prd=_value(pick, "prd"),
        live=pick([True, True, False, None]),
        author=pick([ME, COLLEAGUE, None]),
        branch=pick(["north", "south", ""]),
        shared=pick([False, False, True]),
    )


@st.composite
def _drawn_object(draw: st.DrawFn) -> Facts:
    def pick(values: Sequence[T], /) -> T:
        return draw(st.sampled_from(values))

    return _object(pick)


def _different_objects(seed: bytes, count: int) -> tuple[Facts, ...]:
    pick = Random(seed).choice
    found: dict[Facts, None] = {}  # a set that keeps its order
    while len(found) < count:
        found[_object(pick)] = None
    return tuple(found)


def _owned(dimension: Dimension) -> st.SearchStrategy[frozenset[UUID]]:
    first, second, _ = POOL[dimension]
    return st.sampled_from([frozenset({first}), frozenset({first, second}), frozenset[UUID]()])


_OWN: Final = st.builds(
    Own,
    user_id=st.just(ME),
    branch=st.sampled_from(["north", ""]),
    reg=_owned("reg"),
    org=_owned("org"),
    ctr=_owned("ctr"),
    agr=_owned("agr"),
)
_FEW_OBJECTS: Final = st.lists(_drawn_object(), min_size=4, max_size=12).map(tuple)


def _rules(least: int, most: int, frame: int = 0, lent: int = 0) -> st.SearchStrategy[tuple[Rule, ...]]:
    parts = (
        st.lists(_RULE, min_size=least, max_size=most),
        st.lists(_FRAME, min_size=min(frame, 1), max_size=frame),
        st.lists(_LENT, min_size=min(lent, 1), max_size=lent),
    )
    return st.tuples(*parts).map(lambda said: tuple({rule.id: rule for rule in chain(*said)}.values()))


def worlds(objects: int = 0) -> st.SearchStrategy[World]:
    """Make worlds of a few objects, each of which a failure shrinks; or of exactly so many different ones.

    Many objects come from one drawn seed: Hypothesis needs longer to draw an object than all the engines to judge it.
    """
    many = st.binary(min_size=8, max_size=8).map(lambda seed: _different_objects(seed, objects))
    return st.builds(
        World,
        rules=st.one_of(_rules(3, 10), _rules(1, 5, frame=4, lent=3)),
        links=st.lists(_LINK, max_size=4, unique=True).map(tuple),
        own=_OWN,
        objects=many if objects else _FEW_OBJECTS,
    )
