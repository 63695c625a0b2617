"""Counting what a change of rules does: objects with the facts that rules ask about, and what two answers differ in.

An ``Item`` stands for ``n`` objects that no rule can tell apart. The same objects are counted here as a statement
``old EXCEPT new`` would return; the tests compare the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, Protocol
from uuid import UUID

from msgspec import Struct

from app.access.terms import Dimension, Facts

Kind = Literal["offer", "contract", "agreement", "order", ""]

# What is counted for a resource; nothing for those that are a page or a button as a whole.
KINDS: Final[Mapping[str, Kind]] = {
    "offer": "offer",
    "price": "offer",
    "stock": "offer",
    "contract": "contract",
    "limit": "contract",
    "agreement": "agreement",
    "order": "order",
    "pickup": "order",
}
_INDEXED: Final[Sequence[Dimension]] = ("agr", "ctr", "org", "reg")


class Reach(Protocol):
    """One conjunction of a compiled right, as far as counting reads it."""

    def ids(self, dimension: str) -> frozenset[UUID] | None:
        """Read the set of one dimension; None is any."""
        ...


class Right(Protocol):
    """A compiled right, as far as counting reads it."""

    def check(self, obj: Facts) -> bool:
        """Say whether one object is within the right."""
        ...


class Item(Struct, frozen=True):
    """Objects alike to every rule."""

    facts: Facts
    n: int


class Gathering:
    """All objects of a kind, found by what belongs to whom without looking at the others."""

    def __init__(self, items: Sequence[Item]) -> None:
        """Index the items by the dimensions people own things in."""
        self.items: Final = items
        self._index: Final[dict[Dimension, dict[UUID, list[int]]]] = {dimension: {} for dimension in _INDEXED}
        for place, item in enumerate(items):
            for dimension, value in _owned(item.facts):
                if value is not None:
                    self._index[dimension].setdefault(value, []).append(place)

    def differences(self, old: Right, new: Right, reaches: Iterable[Reach]) -> tuple[frozenset[int], frozenset[int]]:
        """Find the items gained and lost; ``reaches`` are the allows of both rights."""
        gained: set[int] = set()
        lost: set[int] = set()
        for place in self._within(reaches):
            facts = self.items[place].facts
            had, has = old.check(facts), new.check(facts)
            if has and not had:
                gained.add(place)
            elif had and not has:
                lost.add(place)
        return frozenset(gained), frozenset(lost)

    def count(self, places: Iterable[int]) -> int:
        """Count the objects behind items."""
        return sum(self.items[place].n for place in places)

    def _within(self, reaches: Iterable[Reach]) -> Iterable[int]:
        found: set[int] = set()
        for reach in reaches:
            narrowest: Dimension | None = next((one for one in _INDEXED if reach.ids(one) is not None), None)
            if narrowest is None:
                return range(len(self.items))
            for value in reach.ids(narrowest) or ():
                found.update(self._index[narrowest].get(value, ()))
        return found


def _owned(facts: Facts) -> Iterable[tuple[Dimension, UUID | None]]:
    return ("agr", facts.agr), ("ctr", facts.ctr), ("org", facts.org), ("reg", facts.reg)
