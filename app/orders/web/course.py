"""An order under way: where it stands, what happened, what comes next."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.controller import Controller

from app.access.actors import Actor
from app.access.policy import Policy, require
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.dates import date_time
from app.infra.i18n.wording import N_, gettext
from app.infra.pages.views import FieldProblem, Happening
from app.kernel.clock import utc_now
from app.orders.labels import EVENTS, decision_text, held_badge, next_step, state_badge
from app.orders.models import Order
from app.orders.queries.access import facts_of
from app.orders.queries.timeline import EventRow
from app.orders.rules.states import CANCELLABLE, ENDED, ROAD
from app.orders.schemas.outputs import OrderView
from app.orders.services.approving import find_obstacles
from app.orders.services.desk import Desk
from app.orders.services.papers import show_course, show_papers
from app.orders.services.settling import read_held
from app.orders.services.sheet import read_sheet
from app.orders.services.showing import show
from app.orders.web.checkout import order_facts, pickup_facts, placed_line
from app.orders.web.held import held_part
from app.orders.web.papers import papers_part
from app.orders.web.stage import draw, draw_block, meters_of, sums_of
from app.orders.web.views import TurnView
from app.orders.wording import ON_BEHALF, worded

_VIEW: Final = {"permission": "order:view"}
_NOT_SETTLED: Final = N_("The difference could not be settled")
_NOT_APPROVED: Final = N_("The order could not be approved")


class OrderPages(Controller):
    """One order."""

    path = "/orders/{order_id:uuid}"

    @get(opt=_VIEW)
    async def order(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse | Response[None]:
        """Show an order; a draft goes on where its work is."""
        desk = Desk(transaction, policy, actor, utc_now())
        order = await desk.read(order_id)
        if order.state == "draft":
            may_draft = (await desk.decision("order", "draft")).check(facts_of(order))
            return page.redirect(f"/orders/{order_id}/{'products' if may_draft else 'check'}")
        return await order_page(desk, page, order)

    @get("/cancel", opt={"permission": "order:cancel"})
    async def ask_cancel(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """Ask once more before an order is cancelled."""
        desk = Desk(transaction, policy, actor, utc_now())
        order = await desk.read(order_id)
        require(await desk.decision("order", "cancel"), facts_of(order))
        context = {"order_id": order.id, "number": order.number, "is_draft": order.state == "draft"}
        return draw(page, "orders/cancel.html", context)


async def order_page(
    desk: Desk, page: Page, order: Order, problems: Sequence[FieldProblem] = (), status: int = 200, reason: str = ""
) -> PageResponse:
    """Draw an order that is no draft; ``problems`` say why what was asked of it, for a reason, could not be done."""
    sheet = await read_sheet(desk, order)
    shown = await show(desk, sheet)
    events = await show_course(desk, order)
    waits = order.state == "needs_decision"
    held = held_part(await read_held(desk, order), _names(shown, page.locale), page.locale) if order.held_at else None
    buttons = await rights(desk, order)
    forbidden = await find_obstacles(desk, sheet) if buttons["may_approve"] else []
    context = {
        "order": shown,
        "problems": problems,
        "problem_title": gettext(page.locale, _NOT_SETTLED if held else _NOT_APPROVED),
        "typed_reason": reason,
        "has_errors": bool(problems),
        "turn": TurnView(
            order.state,
            state_badge(order.state, page.locale),
            next_step(
                order.state,
                page.locale,
                is_held=order.held_at is not None,
                is_staff=desk.actor.is_staff,
                may_decide=buttons["may_approve"] or (held is not None and held.view.may_settle),
            ),
            held_badge(page.locale) if held else None,
        ),
        "held": held,
        "lines": [placed_line(line, page.locale) for line in shown.lines],
        "facts": order_facts(shown, page.locale, is_staff=desk.actor.is_staff),
        "pickup_facts": pickup_facts(shown, page.locale),
        "papers": papers_part(await show_papers(desk, order), page.locale),
        "sums": sums_of(shown, page.locale),
        # Whoever decides looks at load, credit and plan once more.
        "meters": await meters_of(desk, sheet) if waits else [],
        "timeline": timeline(order, events, page.locale, ZoneInfo(desk.actor.zone)),
        "reason": decision_text(order.decision_code, page.locale) if waits else "",
        "reason_text": shown.decision_text,
        "currency": order.currency,
        "is_staff": desk.actor.is_staff,
        # Not offered is what cannot be done; why stands in its place.
        "forbidden": [worded(one, page.locale) for one in forbidden],
        **buttons,
    }
    if page.is_partial:
        return draw_block(page, "orders/order.html", "live", context)
    return draw(page, "orders/order.html", context, status)


def _names(order: OrderView, locale: str) -> dict[int, str]:
    return {line.place: line.names.get(locale, "") for line in order.lines}


async def rights(desk: Desk, order: Order) -> dict[str, bool]:
    """Tell which buttons the reader has on this order, as it stands."""
    facts = facts_of(order)

    async def may(action: str) -> bool:
        return (await desk.decision("order", action)).check(facts)

    waits = order.state == "needs_decision"
    is_over = order.state in ENDED and order.archived_at is None and order.held_at is None
    return {
        "may_cancel": order.state in CANCELLABLE and await may("cancel"),
        "may_archive": is_over and await may("archive"),
        "may_restore": order.archived_at is not None and await may("archive"),
        "may_repeat": await may("draft"),
        "may_approve": waits and await may("approve"),
        "may_return": waits and await may("return"),
    }


def timeline(order: Order, events: Sequence[EventRow], locale: str, zone: ZoneInfo) -> list[Happening]:
    """Tell what happened, oldest first, and what an undisturbed order still has before it."""
    found = [_happening(one, locale, zone) for one in events]
    if order.state in ROAD:
        ahead = ROAD[ROAD.index(order.state) + 1 :]
        found += [Happening(state_badge(state, locale).label, tone="wait", icon="circle-dashed") for state in ahead]
    return found


def _happening(one: EventRow, locale: str, zone: ZoneInfo) -> Happening:
    when = date_time(locale, one.at, zone)
    if one.kind == "state":
        badge = state_badge(one.data.get("state", "accepted"), locale)  # pyright: ignore[reportArgumentType]
        return Happening(badge.label, when, tone="info", icon=badge.icon)
    title, tone, icon = EVENTS.get(one.kind, (one.kind, "info", "info"))
    absent = one.data.get("on_behalf", "")
    behalf = gettext(locale, ON_BEHALF, name=absent) if absent else ""
    parts = [one.actor_name, behalf, one.data.get("reason", ""), one.data.get("erp_number", "")]
    if one.data.get("code"):
        parts.append(decision_text(one.data["code"], locale))
    return Happening(gettext(locale, title), when, " · ".join(part for part in parts if part), tone, icon)  # pyright: ignore[reportArgumentType]
