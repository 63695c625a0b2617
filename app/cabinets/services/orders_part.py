"""Orders on the home page and in the search."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from app.cabinets.ports import Ask, Figure, Hit, Line, Panel, SearchGroup
from app.infra.i18n.dates import short_date
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, NC_, gettext
from app.kernel.clock import utc_now
from app.orders.labels import state_badge, view_label
from app.orders.queries.board import BoardRow
from app.orders.rules.states import View
from app.orders.services.board import BoardPage, read_board
from app.orders.services.desk import Desk
from app.orders.services.sight import sees_money

_SHOWN: Final = 6
_FOUND: Final = 5
_FIGURES: Final[tuple[View, ...]] = ("needs_me", "drafts", "in_erp", "on_the_way")
_TITLE: Final = NC_("home", "Orders")
_LINK: Final = N_("All orders")
_EMPTY: Final = N_("There are no orders yet.")
_SHIPPING: Final = N_("Shipping %(date)s")
_HEADING: Final = NC_("search", "Orders")


class OrdersPart:
    """How orders stand, and the ones that moved last."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Read the counts of the saved views and the newest changes."""
        if not await ask.may("order", "view"):
            return None
        locale = ask.actor.locale
        desk = _desk(ask)
        found = await read_board(desk, "all", limit=_SHOWN)
        return Panel(
            title=gettext(locale, _TITLE),
            href="/orders",
            link=gettext(locale, _LINK),
            figures=_figures(found, locale),
            lines=[await _line(desk, row, locale) for row in found.rows],
            empty=gettext(locale, _EMPTY),
        )


class OrdersSearch:
    """Finds orders by any of their numbers, by article and by consignee."""

    async def find(self, ask: Ask, text: str) -> SearchGroup | None:
        """Look among the orders the person may see."""
        if not await ask.may("order", "view"):
            return None
        locale = ask.actor.locale
        found = await read_board(_desk(ask), "all", text, limit=_FOUND)
        hits = [Hit(row.number, f"/orders/{row.id}", _about(row)) for row in found.rows]
        return SearchGroup(gettext(locale, _HEADING), hits, f"/orders?q={quote(text)}")


def _desk(ask: Ask) -> Desk:
    return Desk(ask.transaction, ask.policy, ask.actor, utc_now())


def _figures(found: BoardPage, locale: str) -> list[Figure]:
    counts: Mapping[View, int] = found.counts
    return [
        Figure(view_label(view, locale), numbers(locale).number(counts[view]), f"/orders?view={view}")
        for view in _FIGURES
    ]


async def _line(desk: Desk, row: BoardRow, locale: str) -> Line:
    badge = state_badge(row.state, locale)
    has_sum = row.lines > 0 and await sees_money(desk, row.facts)
    partner = row.partner_name if desk.actor.is_staff else ""
    return Line(
        title=row.number,
        href=f"/orders/{row.id}",
        text=_joined(partner, row.consignee_name or row.address_text),
        status=badge.label,
        tone=badge.tone,
        value=numbers(locale).money(row.gross, row.currency) if has_sum else "",
        when=gettext(locale, _SHIPPING, date=short_date(locale, row.ship_on)) if row.ship_on else "",
    )


def _about(row: BoardRow) -> str:
    return _joined(row.partner_name, row.consignee_name, row.erp_number if row.erp_number != row.number else "")


def _joined(*parts: str) -> str:
    return " · ".join(one for one in parts if one)
