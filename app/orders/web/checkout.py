"""Step 4: everything that stands in the way, at once; then the one button that submits."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.dates import short_date
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import Fact
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, Problem, RejectedError
from app.kernel.ids import new_id
from app.orders.labels import delivery_label, mode_label
from app.orders.queries.access import facts_of
from app.orders.schemas.forms import SubmitForm
from app.orders.schemas.inputs import Submission
from app.orders.schemas.outputs import LineView, OrderView
from app.orders.services import placing
from app.orders.services.checking import Check
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.web.stage import Stage, draw, problem_link, set_stage
from app.orders.web.views import PlacedLine, ProblemLink
from app.orders.wording import worded


class CheckPages(Controller):
    """The check and the submission."""

    path = "/orders/{order_id:uuid}"

    @get("/check", opt={"permission": "order:view"})
    async def check(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """List every obstacle with a link to where it is put right."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet = await read_sheet(desk, await desk.read_draft(order_id))
        return await _page(desk, page, sheet)

    @post("/submit", opt={"permission": "order:submit", "idempotent": True}, status_code=200)
    async def submit(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Submit the order and show it; pressing twice is pressing once."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = (await read_form(request, SubmitForm)).result()
        submission = Submission(expected_gross=form.expected_gross, ask_approval=form.ask_approval)
        try:
            order = await placing.submit(desk, order_id, submission, form.version)
        except ChangedMeanwhileError:
            found = [ProblemLink(wording.text(page.locale, "changed_meanwhile"), "")]
            return await _page_again(desk, page, order_id, found, 412)
        except RejectedError as error:
            found = [problem_link(order_id, one, wording.problem(page.locale, one)) for one in error.problems]
            return await _page_again(desk, page, order_id, found, 422)
        told = gettext(page.locale, "Order %(number)s is submitted.", number=order.number)
        if order.state == "needs_decision":
            told = gettext(page.locale, "The manager is asked about order %(number)s.", number=order.number)
        return page.redirect(f"/orders/{order.id}", flash=Flash(told))


async def _page_again(
    desk: Desk, page: Page, order_id: UUID, found: Sequence[ProblemLink], status: int
) -> PageResponse:
    sheet = await read_sheet(desk, await desk.read_draft(order_id))
    return await _page(desk, page, sheet, found, status)


async def _page(
    desk: Desk, page: Page, sheet: Sheet, found: Sequence[ProblemLink] = (), status: int = 200
) -> PageResponse:
    stage = await set_stage(desk, sheet, "check")
    locale, check, order = page.locale, stage.check, stage.order
    links = list(found) or _links(stage, check.problems, locale)
    may_submit = (await desk.decision("order", "submit")).check(facts_of(sheet.order))
    context: Mapping[str, object] = {
        **stage.context,
        "found": links,
        "has_errors": bool(links),
        "approvals": [worded(one, locale) for one in check.approvals],
        "warnings": _links(stage, check.warnings, locale),
        "lines": _lines(stage, locale),
        "facts": order_facts(order, locale, is_staff=desk.actor.is_staff),
        "pickup_facts": pickup_facts(order, locale) if order.delivery == "pickup" else [],
        "is_pickup": order.delivery == "pickup",
        "currency": order.totals.currency if order.totals else "",
        "may_submit": may_submit and check.may_submit,
        "may_ask": may_submit and check.may_ask,
        "is_clear": _is_clear(check),
        "submit_key": str(new_id()),
    }
    return draw(page, "orders/check.html", context, status)


def _is_clear(check: Check) -> bool:
    return not check.problems and not check.approvals


def _links(stage: Stage, problems: Sequence[Problem], locale: str) -> list[ProblemLink]:
    return [problem_link(stage.order.id, one, worded(one, locale), stage.closed) for one in problems]


def _lines(stage: Stage, locale: str) -> list[tuple[PlacedLine, list[str]]]:
    """Pair every line with what stands against it; nothing means it may go."""
    found: list[tuple[PlacedLine, list[str]]] = []
    for index, line in enumerate(stage.order.lines):
        mine = [one for one in stage.check.problems if one.field.startswith(f"lines[{index}].")]
        found.append((placed_line(line, locale), [worded(one, locale) for one in mine]))
    return found


def placed_line(line: LineView, locale: str) -> PlacedLine:
    """Describe a line that is only read."""
    price = None
    if line.price is not None and line.discount_pct is not None:
        price = line.price * (100 - line.discount_pct) / 100
    return PlacedLine(
        name=line.names.get(locale, "") or line.sku,
        href=f"/catalog/{line.product_id}",
        sku=line.sku,
        package=line.package,
        quantity=line.quantity,
        unit="t" if line.unit == "t" else "pcs",
        shipped=line.shipped,
        is_cancelled=line.is_cancelled,
        price=price,
        gross=line.gross,
        kg=line.kg,
    )


def order_facts(order: OrderView, locale: str, *, is_staff: bool) -> list[Fact]:
    """List the details of an order."""
    own_number = gettext(locale, "The client's order number") if is_staff else gettext(locale, "Your order number")
    facts = [
        (gettext(locale, "Contract"), order.contract),
        (gettext(locale, "Buyer"), order.counterparty),
        (gettext(locale, "Way of loading"), mode_label(order.mode, locale)),
        (gettext(locale, "Delivery or self-pickup"), delivery_label(order.delivery, locale)),
        (gettext(locale, "Consignee"), order.consignee if order.delivery == "delivery" else ""),
        (gettext(locale, "Address"), order.address if order.delivery == "delivery" else ""),
        (gettext(locale, "Shipping date"), short_date(locale, order.ship_on) if order.ship_on else ""),
        (own_number, order.customer_number),
        (gettext(locale, "Comment"), order.comment),
    ]
    return [Fact(term, value) for term, value in facts if value]


def pickup_facts(order: OrderView, locale: str) -> list[Fact]:
    """List vehicle and driver of an order."""
    pickup = order.pickup
    if pickup is None:
        return []
    facts = [
        (gettext(locale, "Vehicle"), " ".join(part for part in (pickup.plate, pickup.vehicle_model) if part)),
        (gettext(locale, "Trailer"), pickup.trailer),
        (gettext(locale, "Driver"), pickup.driver_name),
        (gettext(locale, "Document"), pickup.driver_document),
        (gettext(locale, "Phone"), pickup.driver_phone),
        (gettext(locale, "Power of attorney"), pickup.proxy_number),
        (gettext(locale, "Valid until"), short_date(locale, pickup.proxy_valid_to) if pickup.proxy_valid_to else ""),
    ]
    return [Fact(term, value) for term, value in facts if value]
