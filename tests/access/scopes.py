"""Everything small: for two dimensions, every policy of up to two rules over two values and none (ACCESS, goal 6).

Bounded, not a proof for all sizes: but within the bound nothing is left to chance.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement, product
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.rules import Rule
from app.access.terms import DIMENSIONS, Facts, Own
from tests.access.worlds import ACTION, COLLEAGUE, ME, POOL, RESOURCE, ROLE, World

Pair = tuple[str, str]
_OWNABLE: Final = ("reg", "org", "ctr", "agr")
_EFFECTS: Final[tuple[Literal["allow", "deny"], ...]] = ("allow", "deny")
PAIRS: Final[tuple[Pair, ...]] = tuple(combinations((*DIMENSIONS, "val", "aut"), 2))
# Each dimension once: what `make test` has time for.
FOUR: Final[tuple[Pair, ...]] = (("reg", "val"), ("org", "lin"), ("ctr", "prd"), ("agr", "aut"))


class Scope(Struct, frozen=True):
    """Two dimensions: every policy there is, every person who may ask, every object."""

    policies: tuple[tuple[Rule, ...], ...]
    people: tuple[Own, ...]
    objects: tuple[Facts, ...]

    def worlds(self) -> Iterator[World]:
        """Put them together; a person whose things no rule of a policy asks about is asked once."""
        for rules in self.policies:
            asks = any("@own" in {one.reg, one.org, one.ctr, one.agr} for one in rules)
            for own in self.people if asks else self.people[-1:]:
                yield World(rules, (), own, self.objects)


def scope_of(pair: Pair) -> Scope:
    """List all there is of a pair of dimensions."""
    said: list[Rule] = []
    for effect, first, second in product(_EFFECTS, _terms(pair[0]), _terms(pair[1])):
        rule = Rule(UUID(int=len(said) + 1), ROLE, RESOURCE, ACTION, effect)
        said.append(replace(rule, **dict(zip(pair, (first, second), strict=True))))
    rules = tuple(said)
    doubles = combinations_with_replacement(rules, 2)
    return Scope(
        policies=(
            *((one,) for one in rules),
            *((one, replace(other, id=UUID(int=0xFFFF + other.id.int))) for one, other in doubles),
        ),
        people=tuple(_people(pair)),
        objects=tuple(replace(replace(Facts(), **first), **second) for first, second in product(*map(_values, pair))),
    )


def _terms(dimension: str) -> tuple[str, ...]:
    if dimension == "val":
        return ("*", "live")
    if dimension == "aut":
        return ("*", "@own", "@branch")
    first, second = (str(one) for one in _two(dimension))
    return ("*", first, second, f"{first}|{second}", *(("@own",) if dimension in _OWNABLE else ()))


def _values(dimension: str) -> tuple[dict[str, object], ...]:
    if dimension == "val":
        return tuple({"live": one} for one in (True, False, None))
    if dimension == "aut":
        written = product((ME, COLLEAGUE, None), ("north", "south"), (True, False))
        return tuple({"author": author, "branch": branch, "shared": shared} for author, branch, shared in written)
    return tuple({dimension: one} for one in (*_two(dimension), None))


def _people(pair: Pair) -> Iterator[Own]:
    """Somebody who owns nothing, and somebody who owns the first value, in either dimension."""
    nobody = Own(ME, "north", frozenset(), frozenset(), frozenset(), frozenset())
    owning: list[list[dict[str, object]]] = [
        [{}, {one: frozenset(_two(one)[:1])}] if one in _OWNABLE else [{}] for one in pair
    ]
    for first, second in product(*owning):
        yield replace(replace(nobody, **first), **second)


def _two(dimension: str) -> tuple[UUID, UUID]:
    first, second, _ = next(ids for name, ids in POOL.items() if name == dimension)
    return first, second
