"""Rules of access as data, and what makes one sound. Deny always wins, so their order means nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.terms import ANY, BRANCH, DIMENSIONS, LIVE, OWN, TermError, check_term

Effect = Literal["allow", "deny"]

MAX_DEPTH: Final = 4  # Casbin forgets roles silently beyond 10 links; people lose track far earlier
_SUBJECT: Final = re.compile(r"r:[a-z_]+|[uom]:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_RESOURCE: Final = re.compile(r"[a-z_.]+")
_ACTION: Final = re.compile(r"[a-z_]+|[*]")


class Rule(Struct, frozen=True):
    """One row of ``access_rules``: the subject may, or must not, do ``action`` to what the terms describe."""

    id: UUID
    subject: str
    resource: str
    action: str
    effect: Effect
    reg: str = ANY
    org: str = ANY
    ctr: str = ANY
    agr: str = ANY
    lin: str = ANY
    prd: str = ANY
    val: str = ANY
    aut: str = ANY
    valid_from: datetime | None = None
    valid_to: datetime | None = None  # the first instant it no longer holds
    is_lent: bool = False  # written by a client's head: an allow counts only within what the head's role allows

    def in_force(self, now: datetime) -> bool:
        """Whether the rule holds at this instant of the database clock."""
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


class Link(Struct, frozen=True):
    """``child`` has every rule of ``parent`` too."""

    child: str
    parent: str


def fault_of(rule: Rule) -> str:
    """Say in words what makes a rule unusable; empty when it is sound."""
    faults = (
        (not _SUBJECT.fullmatch(rule.subject), f"subject {rule.subject!r} is not r:role, u:id, m:id or o:id"),
        (not _RESOURCE.fullmatch(rule.resource), f"resource {rule.resource!r} is not a name"),
        (not _ACTION.fullmatch(rule.action), f"action {rule.action!r} is neither a name nor *"),
        (rule.effect not in {"allow", "deny"}, f"effect {rule.effect!r} is neither allow nor deny"),
        (rule.val not in {ANY, LIVE}, f"val: {rule.val!r} is neither * nor live"),
        (rule.aut not in {ANY, OWN, BRANCH}, f"aut: {rule.aut!r} is neither *, @own nor @branch"),
    )
    return next((fault for is_faulty, fault in faults if is_faulty), "") or _fault_of_terms(rule)


def term_of(rule: Rule, dimension: str) -> str:
    """Read the text of one dimension."""
    terms: Mapping[str, str] = {
        "reg": rule.reg,
        "org": rule.org,
        "ctr": rule.ctr,
        "agr": rule.agr,
        "lin": rule.lin,
        "prd": rule.prd,
    }
    return terms[dimension]


def harden(rule: Rule) -> Rule | None:
    """Make the safest of an unsound rule: it can take rights away, and never give any.

    A bad allow is dropped (None). A bad deny forbids everything it could have meant, so that one wrong
    row harms its own subject and permission and does not stop a tenant.
    """
    if rule.effect == "allow":
        return None
    return replace(rule, effect="deny", reg=ANY, org=ANY, ctr=ANY, agr=ANY, lin=ANY, prd=ANY, val=ANY, aut=ANY)


def find_deep_chain(links: Sequence[Link]) -> str:
    """Name a subject whose chain of parents is a circle or longer than ``MAX_DEPTH``; empty when none is."""
    parents: dict[str, list[str]] = {}
    for link in links:
        parents.setdefault(link.child, []).append(link.parent)
    return next((child for child in sorted(parents) if _is_deep(child, parents)), "")


def _fault_of_terms(rule: Rule) -> str:
    try:
        for dimension in DIMENSIONS:
            check_term(dimension, term_of(rule, dimension))
    except TermError as error:
        return str(error)
    return ""


def _is_deep(child: str, parents: Mapping[str, Iterable[str]]) -> bool:
    level: set[str] = {child}
    for _ in range(MAX_DEPTH + 1):
        level = {parent for name in level for parent in parents.get(name, ())}
        if not level:
            return False
    return True
