"""Why somebody may or may not: the rules that speak, and where none does, the ones that nearly would (ACCESS 2.9)."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.access.terms import Dimension

# What a rule can fail at: a dimension, being in force, whose the object is, the dates of the rule itself, that it was
# lent by somebody who may not do as much any more, or that it is written for somebody else.
Failing = Dimension | Literal["live", "aut", "dates", "lent", "subject"]


class Fail(Struct, frozen=True):
    """One thing a rule asks that the object does not have; ``wanted`` are the ids that would have been right.

    No ids for a dimension: the rule asks for the person's own, and the person has none.
    """

    dimension: Failing
    wanted: frozenset[UUID] = frozenset()


class Miss(Struct, frozen=True):
    """A rule that would allow, but for these."""

    rule: UUID
    fails: tuple[Fail, ...]


class Explanation(Struct, frozen=True):
    """Why: the rules that speak for and against one object. One against outweighs all for.

    ``nearest``: where nothing speaks for it, the rules that fail at fewest things.
    """

    allowed: bool
    allows: tuple[UUID, ...]
    denies: tuple[UUID, ...]
    nearest: tuple[Miss, ...] = ()


def nearest_of(misses: Iterable[Miss]) -> tuple[Miss, ...]:
    """Keep those that fail at fewest things."""
    found = list(misses)
    least = min((len(one.fails) for one in found), default=0)
    return tuple(one for one in found if len(one.fails) == least)
