"""The dashboard of orders."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from litestar import get
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.decisions import Decision
from app.access.policy import Policy
from app.access.terms import Facts
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.dates import short_date
from app.infra.i18n.numbers import numbers
from app.infra.pages.views import Pager, Tab
from app.kernel.clock import utc_now
from app.orders.labels import delivery_label, held_badge, next_step, state_badges, view_label
from app.orders.queries.board import VIEWS, BoardRow
from app.orders.rules.states import ENDED, View
from app.orders.services.board import BoardPage, read_board
from app.orders.services.desk import Desk
from app.orders.web.stage import draw, draw_block
from app.orders.web.texts import ARCHIVE, REPEAT, RESTORE, button_words, lines_words, weight_words
from app.orders.web.views import RowView

_ARCHIVABLE: Final = ENDED | {"draft"}


class BoardPages(Controller):
    """All orders on one page, by saved view."""

    @get("/orders", opt={"permission": "order:view"})
    async def board(  # noqa: PLR0917 - dependencies arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        view: View = "all",
        q: str = "",
        cursor: CursorText = None,
    ) -> PageResponse:
        """List the orders of a saved view; a search looks in every view, archive included when it is open."""
        desk = Desk(transaction, policy, actor, utc_now())
        found = await read_board(desk, view, q, cursor)
        sight = await _look(desk)
        context: Mapping[str, object] = {
            "badges": state_badges(page.locale),
            "held_badge": held_badge(page.locale),
            "rows": [sight.row(row, page.locale) for row in found.rows],
            "tabs": _tabs(found, view, page.locale),
            "pager": _pager(found, view, is_first=cursor is None),
            "view": view,
            "text": found.text,
            "here": _href(view, found.text, cursor),
            "is_staff": actor.is_staff,
            "sees_money": not sight.prices.is_empty,
            "may_draft": not sight.draft.is_empty,
        }
        if page.is_partial:
            return draw_block(page, "orders/board.html", "rows_block", context)
        return draw(page, "orders/board.html", context)


class _Sight(Struct, frozen=True):
    """What the reader may do with orders and see of them: asked for once, and looked up for every row."""

    archive: Decision
    draft: Decision
    approve: Decision
    prices: Decision
    is_staff: bool

    def row(self, row: BoardRow, locale: str) -> RowView:
        """One row of the list."""
        facts = row.facts
        may_archive = row.state in _ARCHIVABLE and row.held_at is None and self.archive.check(facts)
        may_repeat = row.state != "draft" and self.draft.check(facts)
        is_archived = row.archived_at is not None
        return RowView(
            id=row.id,
            href=f"/orders/{row.id}",
            number=row.number,
            erp_number="" if row.erp_number == row.number else row.erp_number,
            customer_number=row.customer_number,
            state=row.state,
            next_step=next_step(
                row.state,
                locale,
                is_held=row.held_at is not None,
                is_staff=self.is_staff,
                may_decide=self.approve.check(facts),
            ),
            is_held=row.held_at is not None,
            partner=row.partner_name if self.is_staff else "",
            destination=_destination(row, locale),
            shipping=short_date(locale, row.ship_on) if row.ship_on else "",
            weight=weight_words(row.kg, locale),
            lines=lines_words(row.lines, locale),
            total=self._total(row, facts, locale),
            repeat=button_words(REPEAT, row.number, locale) if may_repeat else "",
            archive=button_words(ARCHIVE, row.number, locale) if may_archive and not is_archived else "",
            restore=button_words(RESTORE, row.number, locale) if may_archive and is_archived else "",
        )

    def _total(self, row: BoardRow, facts: Facts, locale: str) -> str:
        if not row.currency or not self.prices.check(facts):
            return ""
        return numbers(locale).money(row.gross, row.currency, trim=True)


async def _look(desk: Desk) -> _Sight:
    return _Sight(
        archive=await desk.decision("order", "archive"),
        draft=await desk.decision("order", "draft"),
        approve=await desk.decision("order", "approve"),
        prices=await desk.decision("price", "view"),
        is_staff=desk.actor.is_staff,
    )


def _destination(row: BoardRow, locale: str) -> str:
    if row.delivery == "pickup":
        return delivery_label("pickup", locale)
    return row.consignee_name or row.address_text


def _tabs(found: BoardPage, view: View, locale: str) -> list[Tab]:
    return [
        Tab(view_label(one, locale), _href(one, found.text, None), found.counts[one], is_active=one == view)
        for one in VIEWS
    ]


def _pager(found: BoardPage, view: View, *, is_first: bool) -> Pager:
    return Pager(
        shown=len(found.rows),
        total=found.counts[view],
        first_href="" if is_first else _href(view, found.text, None),
        next_href=_href(view, found.text, found.next) if found.next else "",
    )


def _href(view: View, text: str, cursor: str | None) -> str:
    asked = {"view": "" if view == "all" else view, "q": text, "cursor": cursor or ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/orders?{query}" if query else "/orders"
