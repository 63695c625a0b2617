"""Beginning an order: whom it is for, and step 1 before there is a draft."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
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
from app.infra.pages.views import Choice, FieldProblem
from app.kernel.clock import utc_now
from app.kernel.errors import RejectedError
from app.kernel.ids import new_id
from app.orders.queries.choices import read_partners
from app.orders.schemas.forms import DetailsForm
from app.orders.services import drafts
from app.orders.services.desk import Desk
from app.orders.web.fields import Choices, Values, details_of, kept, read_choices
from app.orders.web.saving import save_step
from app.orders.web.stage import field_problems, first_steps

_DRAFT: Final = {"permission": "order:draft"}


class StartPages(Controller):
    """Beginning a draft."""

    path = "/orders"
    opt = _DRAFT

    @get("/new")
    async def new(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
        partner: UUID | None = None,
    ) -> PageResponse:
        """Ask for the details of an order; nothing is saved before the first button."""
        desk = Desk(transaction, policy, actor, utc_now())
        if actor.is_staff and partner is None:
            return await _client_page(desk, page)
        return await _new_page(desk, page, wording, partner)

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

        async def save(value: DetailsForm) -> UUID:
            order = await drafts.start(desk, value.partner_id, value.contract_id)
            await drafts.edit_details(desk, order.id, details_of(value), None)
            return order.id

        async def again(problems: Sequence[FieldProblem], status: int) -> PageResponse:
            return await _new_page(desk, page, wording, _partner_in(form.raw), kept(form.raw), problems, status)

        async def done(value: DetailsForm, order_id: UUID) -> Response[None]:
            return page.redirect(f"/orders/{order_id}/{'details' if value.do == 'save' else 'products'}")

        return await save_step(form, page, wording, save=save, again=again, done=done)


async def _client_page(
    desk: Desk, page: Page, problems: Sequence[FieldProblem] = (), status: int = 200
) -> PageResponse:
    clients = await read_partners(desk.transaction, await desk.decision("order", "draft"))
    return page.render(
        "orders/client.html",
        status_code=status,
        clients=[Choice(str(one.id), one.name) for one in clients],
        error=problems[0].text if problems else "",
        has_errors=bool(problems),
    )


async def _new_page(  # noqa: PLR0917 - a form that came back has this many facts
    desk: Desk,
    page: Page,
    wording: Wording,
    partner_id: UUID | None,
    raw: Values | None = None,
    problems: Sequence[FieldProblem] = (),
    status: int = 200,
) -> PageResponse:
    try:
        client = await drafts.client_of(desk, partner_id)
    except RejectedError as error:
        return await _client_page(desk, page, field_problems(error.problems, wording, page.locale), 422)
    choices = await read_choices(desk, client.id)
    return page.render(
        "orders/new.html",
        status_code=status,
        partner_id=client.id if desk.actor.is_staff else "",
        values=raw or await _first_values(desk, choices),
        choices=choices,
        problems=problems,
        errors={one.field: one.text for one in problems},
        has_errors=bool(problems),
        meanwhile={},
        today=desk.today,
        steps=first_steps(page.locale),
        create_key=str(new_id()),
    )


async def _first_values(desk: Desk, choices: Choices) -> Values:
    only = choices.live[0] if len(choices.live) == 1 else None
    return {
        "contract_id": str(only.id) if only else "",
        "counterparty_id": str(only.counterparty_id) if only else "",
        "address_id": choices.addresses[0].value if len(choices.addresses) == 1 else "",
        "delivery": "delivery",
        "ship_on": (await drafts.usual_ship_date(desk)).isoformat(),
        "customer_number": "",
        "comment": "",
    }


def _partner_in(raw: Values) -> UUID | None:
    # The form may have been unreadable elsewhere; whom it was for is kept like everything typed.
    with suppress(ValueError):
        return UUID(raw.get("partner_id", ""))
    return None
