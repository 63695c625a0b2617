"""Step 3: who comes for the goods of a self-pickup."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, cast
from uuid import UUID

import msgspec
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
from app.orders.schemas.forms import PickupForm
from app.orders.schemas.outputs import PickupView
from app.orders.services import drafts
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.services.showing import pickup_of, show_pickup
from app.orders.web.saving import CHANGED, draw_saved, save_step
from app.orders.web.stage import draw, set_stage

_FIELDS: Final = (
    "plate", "trailer", "vehicle_model", "driver_name", "driver_document", "driver_phone", "proxy_number",
    "proxy_date", "proxy_valid_to",
)  # fmt: skip


class VehiclePages(Controller):
    """Vehicle and driver of a draft."""

    path = "/orders/{order_id:uuid}/vehicle"

    @get(opt={"permission": "order:view"})
    async def vehicle(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        asked: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    ) -> PageResponse:
        """Show vehicle and driver; an order that is delivered needs none."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet = await read_sheet(desk, await desk.read_draft(order_id))
        shown = _values(await show_pickup(desk, sheet))
        return await _page(desk, page, sheet, shown, asked=asked)

    @post(opt={"permission": "pickup:edit"}, status_code=200)
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
        """Save vehicle and driver; a script saves while the person is still typing."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, PickupForm)

        async def save(value: PickupForm) -> Sheet:
            return await drafts.edit_pickup(desk, order_id, value.pickup, value.version)

        async def repeated(value: PickupForm) -> Sheet | None:
            sheet = await read_sheet(desk, await desk.read_draft(order_id))
            typed = msgspec.convert(value.pickup, PickupView, from_attributes=True)
            return sheet if typed == (pickup_of(sheet.context) or PickupView()) else None

        async def again(problems: Sequence[FieldProblem], status: int) -> PageResponse:
            return await _came_back(desk, page, order_id, form.raw, problems, status)

        async def done(value: PickupForm, sheet: Sheet) -> PageResponse | Response[None]:
            if page.is_partial:
                return await draw_saved(desk, page, sheet, "vehicle")
            return page.redirect(f"/orders/{order_id}/{'vehicle' if value.do == 'save' else 'check'}")

        return await save_step(form, page, wording, save=save, again=again, done=done, repeated=repeated)


async def _page(  # noqa: PLR0913 - a page has this many facts
    desk: Desk,
    page: Page,
    sheet: Sheet,
    values: Mapping[str, str],
    *,
    asked: bool = False,
    problems: Sequence[FieldProblem] = (),
    meanwhile: Mapping[str, str] | None = None,
    status: int = 200,
) -> PageResponse:
    errors = {one.field: one.text for one in problems}
    stage = await set_stage(desk, sheet, "vehicle", asked=asked, problems=problems, errors=errors)
    context = {
        **stage.context,
        "values": values,
        "meanwhile": meanwhile or {},
        "is_pickup": sheet.order.delivery == "pickup",
        "may_edit": not (await desk.decision("pickup", "edit")).is_empty,
    }
    return draw(page, "orders/vehicle.html", context, status)


async def _came_back(
    desk: Desk,
    page: Page,
    order_id: UUID,
    raw: Mapping[str, str],
    problems: Sequence[FieldProblem],
    status: int,
) -> PageResponse:
    sheet = await read_sheet(desk, await desk.read_draft(order_id))
    mine = {name: raw.get(f"pickup.{name}", "") for name in _FIELDS}
    if page.is_partial:
        return await draw_saved(desk, page, sheet, "vehicle", problems, status)
    theirs = _values(pickup_of(sheet.context)) if status == CHANGED else mine
    meanwhile = {name: theirs[name] or "—" for name in _FIELDS if theirs[name] != mine[name]}
    return await _page(desk, page, sheet, mine, problems=problems, meanwhile=meanwhile, status=status)


def _values(pickup: PickupView | None) -> dict[str, str]:
    held = cast("dict[str, str | date | None]", msgspec.structs.asdict(pickup or PickupView()))
    return {name: one.isoformat() if isinstance(one, date) else one or "" for name, one in held.items()}
