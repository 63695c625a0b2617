"""Step 1 of a draft: contract, buyer, consignee, delivery, date."""

from collections.abc import Sequence
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
from app.infra.pages.views import FieldProblem
from app.kernel.clock import utc_now
from app.orders.schemas.forms import DetailsForm
from app.orders.services import drafts
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.web.fields import Values, details_of, kept, read_choices, saved_meanwhile, stored
from app.orders.web.saving import CHANGED, draw_saved, save_step
from app.orders.web.stage import draw, set_stage

_DRAFT: Final = {"permission": "order:draft"}


class DetailsPages(Controller):
    """The details of a draft."""

    path = "/orders/{order_id:uuid}/details"
    opt = _DRAFT

    @get()
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
        return await _page(desk, page, sheet, stored(sheet.order), asked=asked)

    @post(status_code=200)
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

        async def save(value: DetailsForm) -> Sheet:
            return await drafts.edit_details(desk, order_id, details_of(value), value.version)

        async def repeated(value: DetailsForm) -> Sheet | None:
            sheet = await read_sheet(desk, await desk.read_draft(order_id))
            return sheet if details_of(value) == details_of(sheet.order) else None

        async def again(problems: Sequence[FieldProblem], status: int) -> PageResponse:
            return await _came_back(desk, page, order_id, form.raw, problems, status)

        async def done(value: DetailsForm, sheet: Sheet) -> PageResponse | Response[None]:
            if page.is_partial:
                return await draw_saved(desk, page, sheet, "details")
            return page.redirect(f"/orders/{order_id}/{'details' if value.do == 'save' else 'products'}")

        return await save_step(form, page, wording, save=save, again=again, done=done, repeated=repeated)


async def _came_back(
    desk: Desk, page: Page, order_id: UUID, raw: Values, problems: Sequence[FieldProblem], status: int
) -> PageResponse:
    sheet = await read_sheet(desk, await desk.read_draft(order_id))
    if page.is_partial:
        return await draw_saved(desk, page, sheet, "details", problems, status)
    return await _page(desk, page, sheet, kept(raw), problems=problems, status=status)


async def _page(
    desk: Desk,
    page: Page,
    sheet: Sheet,
    values: Values,
    *,
    asked: bool = False,
    problems: Sequence[FieldProblem] = (),
    status: int = 200,
) -> PageResponse:
    choices = await read_choices(desk, sheet.order.partner_id)
    errors = {one.field: one.text for one in problems}
    stage = await set_stage(desk, sheet, "details", asked=asked, problems=problems, errors=errors)
    context = {
        **stage.context,
        "values": values,
        "choices": choices,
        "meanwhile": saved_meanwhile(sheet.order, values, choices, page.locale) if status == CHANGED else {},
        "today": desk.today,
    }
    return draw(page, "orders/details.html", context, status)
