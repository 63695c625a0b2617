"""Somebody must always be left who can change rights: the last administrator cannot be published away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Conjunction
from app.access.terms import Own
from app.rights.queries import rules
from app.rights.queries.people import Seat, read_staff
from app.rights.services.desk import Desk, refuse
from app.rights.services.drafting import Work

_NOBODY: Final = frozenset[UUID]()
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


def _holds_the_keys(book: RuleBook, seat: Seat, moment: datetime) -> bool:
    own = Own(seat.user_id, seat.branch, frozenset(seat.regions), frozenset(seat.partners), _NOBODY, _NOBODY)
    return all(_has_all(book, seat.subjects, own, key, moment) for key in _KEYS)


def _has_all(book: RuleBook, subjects: Sequence[str], own: Own, key: tuple[str, str], moment: datetime) -> bool:
    decision = compile_decision(book.rules_for(subjects, *key), own, moment)
    return Conjunction() in decision.allow and not decision.deny
