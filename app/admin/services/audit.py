"""Reading the audit trail as one person: what they may see of it, and nothing that another right hides."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Actor
from app.access.decisions import Decision
from app.access.policy import Facts, Policy
from app.admin.queries import audit as queries
from app.admin.queries.audit import COUNTED, Place, Record, Standing, Wanted
from app.admin.schemas.audit import Asked
from app.infra.db.transaction import Transaction
from app.infra.http.collections import cursor_malformed, one_page, read_cursor, read_moment, write_cursor
from app.infra.http.scalars import is_of_business
from app.infra.http.text import clean_text
from app.kernel.clock import business_date, utc_now
from app.kernel.errors import InvalidInputError, NotAllowedError, Problem

PAGE: Final = 50
REACH: Final = timedelta(days=91)
_LONGEST: Final = 100
# Fields that say money; without the right to prices their values are not told, here as anywhere else.
MONEY: Final = frozenset({"gross", "net", "vat", "price", "sum", "limit", "debt", "discount_pct", "balance"})
_UNTOLD: Final = "•••"


class TrailPage(Struct, frozen=True):
    """One page of the trail; ``total`` stops at ``COUNTED``."""

    asked: Asked  # as it was understood
    records: Sequence[Record]
    total: int
    has_more: bool
    next: str | None


class Trail(Struct, frozen=True):
    """One person reading the trail in one transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy

    async def page(self, asked: Asked, cursor: str | None, limit: int = PAGE) -> TrailPage:
        """Read a page, newest first; the number of statements does not depend on the amount of data.

        Raises:
            InvalidInputError: the cursor is none of ours.
        """
        wanted, after = await self.want(asked), _place(cursor)
        total = await queries.count_records(self.transaction, wanted)
        rows, more = one_page(await self._records(wanted, after, limit + 1), limit)
        following = write_cursor(rows[-1].at.isoformat(), rows[-1].id) if more else None
        return TrailPage(wanted.asked, rows, min(total, COUNTED), total > COUNTED, following)

    async def batch(self, wanted: Wanted, after: Place | None, limit: int) -> Sequence[Record]:
        """Read the next rows of an export."""
        return await self._records(wanted, after, limit)

    async def count(self, wanted: Wanted, most: int) -> int:
        """Count rows, at most one beyond ``most``."""
        return await queries.count_records(self.transaction, wanted, most)

    async def now(self) -> datetime:
        """Tell the moment that what is done now is written with."""
        return await queries.read_now(self.transaction)

    async def standing(self) -> Standing:
        """Tell how far the trail is sealed."""
        return await queries.read_standing(self.transaction)

    async def want(self, asked: Asked) -> Wanted:
        """Turn a wish into what may be read of it.

        Raises:
            NotAllowedError: the person may not see the trail.
            InvalidInputError: it begins or ends on a day no calendar of a business has.
        """
        visible = await self._decision("audit", "view")
        # Of a client's connection the database shows no row of the trail; the manufacturer's people read it.
        if visible.is_empty or not self.actor.is_staff:
            raise NotAllowedError
        days = {"since": asked.since, "until": asked.until}
        if wrong := [name for name, day in days.items() if day is not None and not is_of_business(day)]:
            raise InvalidInputError([Problem("not_a_date", name) for name in wrong])
        person = clean_text(asked.person, field="person", max_length=_LONGEST)
        words = clean_text(asked.q, field="q", max_length=_LONGEST)
        people = await self._people(person) if person else None
        asked = within_reach(replace(asked, q=words, person=person), business_date(utc_now(), self.actor.zone))
        return Wanted(asked, visible, self.actor.zone, people)

    async def sees_orders(self) -> bool:
        """Whether a link to an order leads anywhere."""
        return not (await self._decision("order", "view")).is_empty

    async def _people(self, words: str) -> Sequence[UUID]:
        return [UUID(words)] if is_id(words) else await queries.find_people(self.transaction, words)

    async def _records(self, wanted: Wanted, after: Place | None, limit: int) -> list[Record]:
        rows = await queries.read_records(self.transaction, wanted, after, limit)
        prices = await self._decision("price", "view")
        # Sums of whom the trail names nobody for are told only to whoever sees all prices.
        return [
            row if prices.check(Facts(reg=row.region_id, org=row.partner_id, live=True)) else _without_money(row)
            for row in rows
        ]

    async def _decision(self, resource: str, action: str) -> Decision:
        return await self.policy.decision(self.transaction, self.actor, resource, action)


def within_reach(asked: Asked, today: date) -> Asked:
    """Bound a search in texts, which reads every row of its period, to the last quarter unless a day is named.

    What has an index needs no bound: a million rows cost such a search three seconds, and everything else a few
    hundredths of one.
    """
    if not asked.q or asked.since is not None or is_id(asked.q):
        return asked
    return replace(asked, since=(asked.until or today) - REACH)


def is_id(text: str) -> bool:
    """Whether the text is an id as a whole."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _without_money(row: Record) -> Record:
    return replace(
        row,
        detail=_untold(row.detail),
        before=None if row.before is None else _untold(row.before),
        after=None if row.after is None else _untold(row.after),
    )


def _untold(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: _UNTOLD if name in MONEY else value for name, value in fields.items()}


def _place(cursor: str | None) -> Place | None:
    places = read_cursor(cursor, 2)
    if places is None:
        return None
    if not isinstance(places[1], int) or abs(places[1]) >= 1 << 62:
        raise cursor_malformed()
    return Place(read_moment(places[0]), places[1])
