"""Step 1: contract, buyer, consignee, delivery, date."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.forms import Form, read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.dates import short_date
from app.infra.i18n.wording import gettext
from app.infra.pages.views import Choice, FieldProblem
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, Problem, RejectedError
from app.kernel.ids import new_id
from app.orders.labels import delivery_label
from app.orders.models import Order
from app.orders.queries.choices import (
    AddressChoice,
    ContractChoice,
    read_addresses,
    read_contracts,
    read_partners,
)
from app.orders.schemas.forms import DetailsForm
from app.orders.schemas.inputs import Details
from app.orders.services import drafts
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.web.stage import draw, draw_block, field_problems, first_steps, set_stage

_DRAFT: Final = {"permission": "order:draft"}
_CHANGED: Final = 412
Values = Mapping[str, str]


class Choices(Struct, frozen=True):
    """What the selects of the page offer."""

    contracts: Sequence[Choice]
    counterparties: Sequence[Choice]
    addresses: Sequence[Choice]


class DetailsPages(Controller):
    """Beginning a draft, and its details."""

    path = "/orders"
    opt = _DRAFT

    @get("/new")
    async def new(
        self, actor: Actor, transaction: Transaction, policy: Policy, page: Page, partner: UUID | None = None
    ) -> PageResponse:
        """Ask for the details of an order; nothing is saved before the first button."""
        desk = Desk(transaction, policy, actor, utc_now())
        if actor.is_staff and partner is None:
            clients = await read_partners(transaction, await desk.decision("order", "draft"))
            return page.render("orders/client.html", clients=[Choice(str(one.id), one.name) for one in clients])
        return await _new_page(desk, page, partner or actor.partner_id, None, [])

    @post("/", opt={**_DRAFT, "idempotent": True}, status_code=200)
    async def create(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Begin a draft with the details that were typed."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, DetailsForm)
        if form.value is None:
            return await _back_to_new(desk, page, form, field_problems(form.problems, wording, page.locale), 400)
        try:
            order = await drafts.start(desk, form.value.partner_id, form.value.contract_id)
            await drafts.edit_details(desk, order.id, _details(form.value), None)
        except RejectedError as error:
            return await _back_to_new(desk, page, form, field_problems(error.problems, wording, page.locale), 422)
        return page.redirect(f"/orders/{order.id}/{'details' if form.value.do == 'save' else 'products'}")

    @get("/{order_id:uuid}/details")
    async def details(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        asked: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    ) -> PageResponse:
        """Show the details of a draft."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet = await read_sheet(desk, await desk.read_draft(order_id))
        return await _details_page(desk, page, sheet, _values(sheet.order), asked=asked)

    @post("/{order_id:uuid}/details", status_code=200)
    async def save(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Save the details; a script saves while the person is still typing."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, DetailsForm)
        if form.value is None:
            problems = field_problems(form.problems, wording, page.locale)
            return await _came_back(desk, page, order_id, form, problems, 400)
        try:
            sheet = await drafts.edit_details(desk, order_id, _details(form.value), form.value.version)
        except RejectedError as error:
            problems = field_problems(error.problems, wording, page.locale)
            return await _came_back(desk, page, order_id, form, problems, 422)
        except ChangedMeanwhileError:
            return await _came_back(desk, page, order_id, form, [], 412)
        if page.is_partial:
            stage = await set_stage(desk, sheet, "details")
            return draw_block(page, "orders/draft.html", "saved_block", {**stage.context, "has_changed": False})
        return page.redirect(f"/orders/{order_id}/{'details' if form.value.do == 'save' else 'products'}")


async def _new_page(
    desk: Desk,
    page: Page,
    partner_id: UUID | None,
    raw: Values | None,
    problems: Sequence[FieldProblem],
    status: int = 200,
) -> PageResponse:
    if partner_id is None:
        raise RejectedError([Problem("partner_missing", "partner_id")])
    contracts, choices = await _choices(desk, page, partner_id)
    live = [one for one in contracts if one.is_live]
    only = live[0] if len(live) == 1 else None
    values: Values = raw or {
        "contract_id": str(only.id) if only else "",
        "counterparty_id": str(only.counterparty_id) if only else "",
        "address_id": choices.addresses[0].value if len(choices.addresses) == 1 else "",
        "delivery": "delivery",
        "ship_on": drafts.usual_ship_date(desk.today).isoformat(),
        "customer_number": "",
        "comment": "",
    }
    return page.render(
        "orders/new.html",
        status_code=status,
        partner_id=partner_id if desk.actor.is_staff else "",
        values=values,
        choices=choices,
        deliveries=_deliveries(page.locale),
        problems=problems,
        errors={one.field: one.text for one in problems},
        has_errors=bool(problems),
        meanwhile={},
        today=desk.today,
        steps=first_steps(page.locale),
        create_key=str(new_id()),
    )


async def _back_to_new(
    desk: Desk, page: Page, form: Form[DetailsForm], problems: Sequence[FieldProblem], status: int
) -> PageResponse:
    partner = form.value.partner_id if form.value else None
    return await _new_page(desk, page, partner or desk.actor.partner_id, _kept(form.raw), problems, status)


async def _came_back(
    desk: Desk,
    page: Page,
    order_id: UUID,
    form: Form[DetailsForm],
    problems: Sequence[FieldProblem],
    status: int,
) -> PageResponse:
    sheet = await read_sheet(desk, await desk.read_draft(order_id))
    values = _kept(form.raw)
    meanwhile = await _meanwhile(desk, page, sheet, values) if status == _CHANGED else {}
    if page.is_partial:
        stage = await set_stage(desk, sheet, "details", problems=problems)
        context = {**stage.context, "has_changed": status == _CHANGED}
        return draw_block(page, "orders/draft.html", "saved_block", context, status)
    return await _details_page(desk, page, sheet, values, problems=problems, meanwhile=meanwhile, status=status)


async def _details_page(  # noqa: PLR0913 - a page has this many facts
    desk: Desk,
    page: Page,
    sheet: Sheet,
    values: Values,
    *,
    asked: bool = False,
    problems: Sequence[FieldProblem] = (),
    meanwhile: Values | None = None,
    status: int = 200,
) -> PageResponse:
    _, choices = await _choices(desk, page, sheet.order.partner_id)
    errors = {one.field: one.text for one in problems}
    stage = await set_stage(desk, sheet, "details", asked=asked, problems=problems, errors=errors)
    context = {
        **stage.context,
        "values": values,
        "choices": choices,
        "deliveries": _deliveries(page.locale),
        "meanwhile": meanwhile or {},
        "today": desk.today,
    }
    return draw(page, "orders/details.html", context, status)


async def _meanwhile(desk: Desk, page: Page, sheet: Sheet, mine: Values) -> dict[str, str]:
    """Say, field by field, what stands now where this reader typed something else."""
    theirs = _values(sheet.order)
    _, choices = await _choices(desk, page, sheet.order.partner_id)
    labels = {one.value: one.label for one in (*choices.contracts, *choices.counterparties, *choices.addresses)}
    labels |= {one.value: one.label for one in _deliveries(page.locale)}
    if sheet.order.ship_on is not None:
        labels[sheet.order.ship_on.isoformat()] = short_date(page.locale, sheet.order.ship_on)
    nothing = gettext(page.locale, "nothing")
    return {name: labels.get(value, value) or nothing for name, value in theirs.items() if mine.get(name, "") != value}


async def _choices(desk: Desk, page: Page, partner_id: UUID) -> tuple[list[ContractChoice], Choices]:
    seen = await desk.decision("contract", "view")
    contracts = await read_contracts(desk.transaction, seen, partner_id, desk.today)
    addresses = await read_addresses(desk.transaction, await desk.decision("consignee", "view"), partner_id)
    buyers = {one.counterparty_id: one.counterparty_name for one in contracts}
    return contracts, Choices(
        contracts=[Choice(str(one.id), _contract_label(one, page.locale)) for one in contracts],
        counterparties=[Choice(str(buyer), name) for buyer, name in buyers.items()],
        addresses=[Choice(str(one.id), _address_label(one)) for one in addresses],
    )


def _contract_label(one: ContractChoice, locale: str) -> str:
    parts = [one.number, one.counterparty_name, one.currency]
    if not one.is_live:
        parts.append(gettext(locale, "not in force"))
    return " · ".join(part for part in parts if part)


def _address_label(one: AddressChoice) -> str:
    station = " ".join(part for part in (one.station, one.station_code) if part)
    return " · ".join(part for part in (one.consignee_name, one.text, station) if part)


def _deliveries(locale: str) -> list[Choice]:
    return [
        Choice(
            "delivery", delivery_label("delivery", locale), gettext(locale, "We bring it to the consignee"), "truck"
        ),
        Choice("pickup", delivery_label("pickup", locale), gettext(locale, "Your vehicle comes for it"), "warehouse"),
    ]


def _details(form: DetailsForm) -> Details:
    return Details(
        contract_id=form.contract_id,
        counterparty_id=form.counterparty_id,
        address_id=form.address_id,
        delivery=form.delivery,
        ship_on=form.ship_on,
        customer_number=form.customer_number,
        comment=form.comment,
    )


def _values(order: Order) -> dict[str, str]:
    return {
        "contract_id": str(order.contract_id or ""),
        "counterparty_id": str(order.counterparty_id or ""),
        "address_id": str(order.address_id or ""),
        "delivery": order.delivery,
        "ship_on": order.ship_on.isoformat() if order.ship_on else "",
        "customer_number": order.customer_number,
        "comment": order.comment,
    }


def _kept(raw: Values) -> dict[str, str]:
    names = ("contract_id", "counterparty_id", "address_id", "delivery", "ship_on", "customer_number", "comment")
    return {name: raw.get(name, "") for name in names}
