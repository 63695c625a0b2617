"""What would let somebody do what they may not: the smallest changes, for this one person and this one object."""

from collections.abc import Collection, Sequence
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from app.access.explaining import Explanation
from app.access.terms import ANY, Dimension, Facts, value_of
from app.rights.rules.lines import Terms

# The narrowest first: an agreement has one contract, a contract one client, a client one region.
_PAPERS: Final[Sequence[Dimension]] = ("agr", "ctr", "org", "reg")
_GOODS: Final[Sequence[Dimension]] = ("prd", "lin")
Kind = Literal["lift", "erp", "renew", "date", "add"]


class Remedy(Struct, frozen=True):
    """One change; every ``lift`` is needed, of the others one is enough.

    ``lift``: the rules that forbid it end, or are narrowed. ``erp``: no rule can give what does not exist. ``renew``:
    contract and agreement come into force, and the rules named reach. ``date``: the rules named begin earlier or end
    later. ``add``: a line with these terms.
    """

    kind: Kind
    rules: tuple[UUID, ...] = ()
    terms: Terms = Terms()


def find_remedies(said: Explanation, obj: Facts, known: Collection[str], *, exists: bool = True) -> list[Remedy]:
    """Find what would grant it; ``known`` are the terms a rule about the resource may use. Nothing if it is granted.

    ``exists``: whether there is anything to grant; an agreement without the product offers it to nobody.
    """
    found = [Remedy("lift", said.denies)] if said.denies else []
    if not exists:
        return [*found, Remedy("erp")]
    if said.allows:
        return found
    renewed = tuple(one.rule for one in said.nearest if {fail.dimension for fail in one.fails} == {"live"})
    dated = tuple(one.rule for one in said.nearest if {fail.dimension for fail in one.fails} == {"dates"})
    if renewed:
        found.append(Remedy("renew", renewed))
    if dated:
        found.append(Remedy("date", dated))
    return [*found, Remedy("add", terms=narrowest(obj, known))]


def narrowest(obj: Facts, known: Collection[str]) -> Terms:
    """Say "this object" in as few terms as can: its narrowest paper, and its narrowest goods."""
    said: dict[str, str] = {}
    for chain in (_PAPERS, _GOODS):
        for dimension in chain:
            value = value_of(obj, dimension)
            if dimension in known and value is not None:
                said[dimension] = str(value)
                break
    return Terms(
        reg=said.get("reg", ANY), org=said.get("org", ANY), ctr=said.get("ctr", ANY), agr=said.get("agr", ANY),
        lin=said.get("lin", ANY), prd=said.get("prd", ANY),
    )  # fmt: skip
