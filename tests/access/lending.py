"""Which lent rules count, said anew from the text and not from the compiler (docs/access.md, "A rule").

"What a client's head allows to the head's people counts only within what the tenant allows the head's role and the
organisation": all that a lent rule says must be allowed there, whoever wrote the object, because the head's own is not
the person's own. Here that is asked object by object, of an engine that knows the head as a person.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from app.access.rules import Rule, term_of
from app.access.terms import DIMENSIONS, Dimension, Facts, Own
from tests.access.worlds import COMPANY, HEAD, NOW, POOL, RESOURCE, World

HEADS: Final = (HEAD, COMPANY)  # all that a rule may be written for that frames what the head lends
AllAllowed = Callable[[Sequence[Rule], Iterator[Facts]], bool]
# Nobody the rules know wrote it; and everybody may take it for their own. What is allowed for both is for any author.
_AUTHORS: Final = (Facts(branch="elsewhere"), Facts(shared=True))


def counting(world: World, all_allowed: AllAllowed) -> list[Rule]:
    """Leave the rules in force that count; ``all_allowed`` asks an engine about the head under some rules."""
    found = [rule for rule in world.rules if rule.in_force(NOW)]
    tenants = [rule for rule in found if not rule.is_lent]
    return [
        rule
        for rule in found
        if not rule.is_lent or rule.effect == "deny" or all_allowed(tenants, _all_within(rule, world, tenants))
    ]


def _all_within(rule: Rule, world: World, frame: Sequence[Rule]) -> Iterator[Facts]:
    """Name one object of each kind that the rule reaches and rules about the head may tell from the others."""
    heads = [one for one in frame if one.resource == RESOURCE and not one.subject.startswith(("u:", "m:"))]
    values = [_values(dimension, rule, heads, world.own) for dimension in DIMENSIONS]
    validity = (True,) if rule.val == "live" else (True, False)
    for live, author, ids in product(validity, _AUTHORS, product(*values)):
        yield replace(author, live=live, **dict(zip(DIMENSIONS, ids, strict=True)))


def _values(dimension: Dimension, rule: Rule, frame: Sequence[Rule], own: Own) -> Iterable[UUID | None]:
    """Of the values the rule reaches one of each kind; two are of a kind if no term of the frame parts them."""
    kinds: dict[tuple[bool, ...], UUID | None] = {}
    for value in (*POOL[dimension], None):
        if _reaches(term_of(rule, dimension), value, dimension, own):
            kinds[tuple(_reaches(term_of(one, dimension), value, dimension, own) for one in frame)] = value
    return kinds.values()


def _reaches(text: str, value: UUID | None, dimension: Dimension, own: Own) -> bool:
    owned: Mapping[str, frozenset[UUID]] = {"reg": own.reg, "org": own.org, "ctr": own.ctr, "agr": own.agr}
    return text == "*" or str(value) in text.split("|") or (text == "@own" and value in owned[dimension])
