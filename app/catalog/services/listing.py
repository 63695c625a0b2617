"""The catalogue as a list: counts, one page and its cursor, in at most four statements."""

from datetime import date
from typing import Final
from uuid import UUID

from app.access.actors import Actor
from app.access.policy import Policy
from app.caching.shelf import read
from app.catalog.families import LIST, ListAsk, load_list
from app.catalog.queries.facets import read_freshness
from app.catalog.queries.page import Keyset, may_be_wide
from app.catalog.queries.search import search
from app.catalog.rules.folding import words_of
from app.catalog.schemas import Filters, Hits, ListPage, Rights, Sort
from app.catalog.services.confirming import confirm_list
from app.infra.db.transaction import Transaction
from app.infra.http.collections import read_cursor, write_cursor
from app.kernel.clock import Clock, business_date, utc_now
from app.kernel.errors import InvalidInputError, Problem

_CURSOR_PARTS: Final = 3
_NOTHING: Final = Hits((), (), is_similar=False)


class Reader:
    """One person reading the catalogue in one transaction on one business date."""

    def __init__(self, transaction: Transaction, actor: Actor, rights: Rights, today: date, locale: str) -> None:
        """Use ``open_reader``: it asks the policy."""
        self.transaction = transaction
        self.actor = actor
        self.rights = rights
        self.today = today
        self.locale = locale

    async def list(self, filters: Filters, *, sort: Sort = "name", cursor: str | None = None, limit: int) -> ListPage:
        """Read counts and one page; a text that has no word in it finds nothing.

        Raises:
            InvalidInputError: the cursor is not of this list in this order and language.
        """
        order = f"{sort}-{self.locale}" if sort == "name" else sort
        after = _read_cursor(cursor, order)
        hits = await self._hits(filters.q)
        ask = ListAsk(
            rights=self.rights,
            partner_id=self.actor.partner_id,
            today=self.today,
            locale=self.locale,
            filters=filters,
            sort=sort,
            after=after,
            limit=limit,
            is_wide=self._is_wide(filters),
            hits=hits,
        )
        if filters.q:
            found = await load_list(self.transaction, ask)
        else:
            found = confirm_list(await read(self.transaction, LIST, ask), await read_freshness(self.transaction))
        following = None if found.last is None else write_cursor(order, found.last.key, str(found.last.id))
        return ListPage(found.counts, found.rows, following, is_similar=hits is not None and hits.is_similar)

    async def _hits(self, text: str) -> Hits | None:
        if not text:
            return None
        words = words_of(text)
        return await search(self.transaction, words) if words else _NOTHING

    def _is_wide(self, filters: Filters) -> bool:
        # Thousands of agreements offer the same goods: nobody reads them all on one page.
        narrowed = filters.contract or filters.agreement
        return self.actor.is_staff and not narrowed and may_be_wide(self.rights)


async def open_reader(
    transaction: Transaction, actor: Actor, policy: Policy, locale: str, clock: Clock = utc_now
) -> Reader:
    """Ask the policy what the actor may see here, and take the tenant's business date (R15)."""
    rights = Rights(
        offers=await policy.decision(transaction, actor, "offer", "view"),
        prices=await policy.decision(transaction, actor, "price", "view"),
        stock=await policy.decision(transaction, actor, "stock", "view"),
    )
    return Reader(transaction, actor, rights, business_date(clock(), actor.zone), locale)


def _read_cursor(cursor: str | None, order: str) -> Keyset | None:
    places = read_cursor(cursor, _CURSOR_PARTS)
    if places is None:
        return None
    try:
        keyset = Keyset(str(places[1]), UUID(str(places[2])))
    except ValueError:
        keyset = None
    if keyset is None or places[0] != order:
        raise InvalidInputError([Problem("cursor_malformed", "cursor")])
    return keyset
