"""Somebody must always be left who can change rights: the last administrator cannot be published away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Conjunction
from app.access.terms import Facts, Own
from app.rights.queries import rules
from app.rights.queries.people import Seat, read_staff
from app.rights.services.desk import Desk, refuse
from app.rights.services.drafting import Work

_NOBODY: Final = frozenset[UUID]()
_APPROVES: Final = ("access", "approve")
_KEYS: Final = (("access", "edit"), ("tenant", "admin"))


async def insist_on_an_administrator(desk: Desk, work: Work, moment: datetime) -> None:
    """Refuse rules under which nobody of the manufacturer could change rights any more, from ``moment`` on.

    A client's head can lock out at most the client's own people, and not the head: own rights are not the head's.

    Raises:
        RejectedError: nobody would be left.
    """
    if desk.partner_id is not None:
        return
    regions = await rules.read_region_tree(desk.transaction)
    book = RuleBook(0, work.proposed, work.links, regions)
    staff = await read_staff(desk.transaction)
    if not any(_holds_the_keys(book, seat, moment) for seat in staff):
        raise refuse("last_administrator")


async def has_second(desk: Desk, work: Work) -> bool:
    """Whether anybody could approve the draft: the right counts as it stands, and nobody approves their own words."""
    authors = {one.author_id for one in work.changes}
    if work.draft is not None:
        authors.add(work.draft.author_id)
    regions = await rules.read_region_tree(desk.transaction)
    book = RuleBook(0, work.rules, work.links, regions)
    for seat in await read_staff(desk.transaction):
        decision = compile_decision(book.rules_for(seat.subjects, *_APPROVES), _own(seat), desk.now)
        if seat.user_id not in authors and decision.check(Facts()):
            return True
    return False


async def may_invite(desk: Desk) -> bool:
    """Whether the actor may bring in another of the manufacturer's people."""
    return (await desk.policy.decision(desk.transaction, desk.actor, "user", "edit")).check(Facts())


def _own(seat: Seat) -> Own:
    return Own(seat.user_id, seat.branch, frozenset(seat.regions), frozenset(seat.partners), _NOBODY, _NOBODY)


def _holds_the_keys(book: RuleBook, seat: Seat, moment: datetime) -> bool:
    return all(_has_all(book, seat.subjects, _own(seat), key, moment) for key in _KEYS)


def _has_all(book: RuleBook, subjects: Sequence[str], own: Own, key: tuple[str, str], moment: datetime) -> bool:
    decision = compile_decision(book.rules_for(subjects, *key), own, moment)
    return Conjunction() in decision.allow and not decision.deny
