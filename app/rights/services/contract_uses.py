"""Why somebody sees a contract, what they can do under it, and in one word why not the rest."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Conjunction, Decision
from app.access.terms import Facts
from app.rights.rules.lacking import Lack, why_not

# Through what a contract is seen: everything is, the client's region, the client, or the contract itself is named.
Way = Literal["all", "region", "client", "named"]
Use = Literal["agreements", "prices", "goods", "order", "limit"]
# Why not: what rights lack, the contract is not in force, none of its agreements is.
Bar = Lack | Literal["over", "idle"]

# The permission each use asks for.
ASKS: Final[Mapping[Use, tuple[str, str]]] = {
    "agreements": ("agreement", "view"), "goods": ("offer", "view"), "prices": ("price", "view"),
    "order": ("offer", "order"), "limit": ("limit", "view"),
}  # fmt: skip
_OF_GOODS: Final = frozenset[Use]({"goods", "order"})


class UseOf(Struct, frozen=True):
    """One thing that could be done under a contract; without a reason it can."""

    use: Use
    reason: Bar = ""


def way_to(decision: Decision, facts: Facts) -> Way:
    """Tell through what a contract is seen: the widest of the rules that allow it. ``decision`` is contract:view."""
    spoken = set(decision.explain(facts).allows)
    said = [one.said for one in decision.sources if one.rule in spoken]
    if any(one.reg is None and one.org is None and one.ctr is None for one in said):
        return "all"
    if any(one.org is None and one.ctr is None for one in said):
        return "region"
    return "client" if any(one.ctr is None for one in said) else "named"


def uses(
    contract: Facts, agreements: Sequence[Facts], decisions: Mapping[Use, Decision], *, any_in_force: bool
) -> list[UseOf]:
    """List what a contract could be used for; that it is not in force comes before what rights do not give."""
    found: list[UseOf] = []
    for use in ASKS:
        bar: Bar = ""
        if use in _OF_GOODS:
            bar = "over" if contract.live is not True else "" if any_in_force else "idle"
        found.append(UseOf(use, bar or _lack(decisions[use], (contract, *agreements))))
    return found


def _lack(decision: Decision, spots: Sequence[Facts]) -> Lack:
    """Say what a right lacks to reach any part of a contract: some of its goods are enough."""
    papers = frozenset(one.agr for one in spots if one.agr is not None)
    if any(_reaches(decision, spot, papers) for spot in spots):
        return ""
    return why_not(decision.explain(spots[0])) or "elsewhere"


def _reaches(decision: Decision, spot: Facts, papers: frozenset[UUID]) -> bool:
    allowed = any(_touches(one, spot, papers) for one in decision.allow)
    # A denial of some agreement, line or product leaves the others.
    whole = (one for one in decision.deny if one.agr is None and one.lin is None and one.prd is None)
    return allowed and not any(_touches(one, spot, papers) for one in whole)


def _touches(one: Conjunction, spot: Facts, papers: frozenset[UUID]) -> bool:
    pairs = ((one.reg, spot.reg), (one.org, spot.org), (one.ctr, spot.ctr))
    if any(ids is not None and value not in ids for ids, value in pairs):
        return False
    if one.agr is not None and (spot.agr not in one.agr if spot.agr else not one.agr & papers):
        return False
    return not one.live or spot.live is True
