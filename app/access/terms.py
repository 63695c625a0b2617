"""The closed language of a rule's terms, and the facts it speaks about (ACCESS, section 2.1).

A term is ``*`` (any value, also none), ``@own`` (what belongs to the person) or ids joined by ``|``.
Nothing here is evaluated as code, and an administrator cannot write a condition of their own.
"""

from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

Dimension = Literal["reg", "org", "ctr", "agr", "lin", "prd"]
Authorship = Literal["*", "@own", "@branch"]

# region, client organisation, contract, agreement, product line, product
DIMENSIONS: Final[tuple[Dimension, ...]] = ("reg", "org", "ctr", "agr", "lin", "prd")
ANY: Final = "*"
OWN: Final = "@own"
BRANCH: Final = "@branch"
LIVE: Final = "live"
# Lines and products belong to nobody, so "own" would mean nothing there.
_OWNABLE: Final = frozenset({"reg", "org", "ctr", "agr"})


class TermError(ValueError):
    """A term is not of the language."""


class Own(Struct, frozen=True):
    """What belongs to one person in one membership: the meaning of ``@own`` and ``@branch``."""

    user_id: UUID
    branch: str
    reg: frozenset[UUID]
    org: frozenset[UUID]
    ctr: frozenset[UUID]
    agr: frozenset[UUID]


class Facts(Struct, frozen=True):
    """What a rule may ask about one object; None where the object has no such thing.

    ``live`` says of an offer whether its contract and agreement are in force on the business date, and of an order
    whether it is placed: a draft is not.
    """

    reg: UUID | None = None
    org: UUID | None = None
    ctr: UUID | None = None
    agr: UUID | None = None
    lin: UUID | None = None
    prd: UUID | None = None
    live: bool | None = None
    author: UUID | None = None
    branch: str = ""
    shared: bool = False


def value_of(obj: Facts, dimension: Dimension) -> UUID | None:
    """Read one dimension of an object."""
    found: dict[Dimension, UUID | None] = {
        "reg": obj.reg,
        "org": obj.org,
        "ctr": obj.ctr,
        "agr": obj.agr,
        "lin": obj.lin,
        "prd": obj.prd,
    }
    return found[dimension]


def check_term(dimension: Dimension, text: str) -> None:
    """Refuse what is not a term of this dimension.

    Raises:
        TermError: says what is wrong with the text.
    """
    if text == ANY or (text == OWN and dimension in _OWNABLE):
        return
    for part in text.split("|"):
        try:
            canonical = str(UUID(part))
        except ValueError:
            canonical = None
        if canonical != part:
            message = f"{dimension}: {part!r} is neither * nor an id" + (" nor @own" if dimension in _OWNABLE else "")
            raise TermError(message)


def resolve(dimension: Dimension, text: str, own: Own) -> frozenset[UUID] | None:
    """Turn a checked term into the ids it allows; None means any value."""
    if text == ANY:
        return None
    if text == OWN:
        return _owned(dimension, own)
    return frozenset(UUID(part) for part in text.split("|"))


def scope(  # noqa: PLR0913, PLR0917 - one argument a term, as the matcher of model.conf passes them
    who: Own,
    obj: Facts,
    reg: str,
    org: str,
    ctr: str,
    agr: str,
    lin: str,
    prd: str,
    val: str,
    aut: str,
) -> bool:
    """Say whether one object is within one rule, term by term.

    Casbin calls this for every rule. It reads the texts anew each time and shares nothing with the
    compiler, so that each can prove the other.
    """
    return (
        _holds(reg, obj.reg, who.reg)
        and _holds(org, obj.org, who.org)
        and _holds(ctr, obj.ctr, who.ctr)
        and _holds(agr, obj.agr, who.agr)
        and _holds(lin, obj.lin, frozenset())
        and _holds(prd, obj.prd, frozenset())
        and (val == ANY or (val == LIVE and obj.live is True))
        and _authored(aut, obj, who)
    )


def _owned(dimension: Dimension, own: Own) -> frozenset[UUID]:
    owned: dict[str, frozenset[UUID]] = {"reg": own.reg, "org": own.org, "ctr": own.ctr, "agr": own.agr}
    return owned.get(dimension, frozenset())


def _holds(text: str, value: UUID | None, own: frozenset[UUID]) -> bool:
    if text == ANY:
        return True
    if value is None:
        return False
    return value in own if text == OWN else str(value) in text.split("|")


def _authored(aut: str, obj: Facts, who: Own) -> bool:
    if aut == ANY:
        return True
    if aut not in {OWN, BRANCH}:
        return False
    if obj.author == who.user_id or obj.shared:
        return True
    return aut == BRANCH and obj.branch == who.branch
