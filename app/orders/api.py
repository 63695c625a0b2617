"""Orders as JSON (CONTRACT, section 3): the same verbs as the pages, under the same rights."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.controller import Controller
from litestar.params import HeaderParameter, QueryParameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection, CursorText, Limit
from app.infra.http.etags import etag, read_if_match
from app.kernel.clock import utc_now
from app.kernel.errors import NotFoundError
from app.orders.queries.access import facts_of
from app.orders.rules.states import View
from app.orders.schemas.inputs import (
    Details,
    LineQuantity,
    NewLines,
    NewOrder,
    Pasted,
    PickupDetails,
    Reason,
    Settlement,
    Sharing,
    Submission,
)
from app.orders.schemas.outputs import (
    CheckView,
    EventView,
    HeldView,
    ImportedView,
    LineView,
    OrderItem,
    OrderView,
    PickupView,
    RepeatedView,
    SubmittedView,
)
from app.orders.schemas.papers import PapersView
from app.orders.services import approving, deciding, drafts, importing, lines, placing, repeating
from app.orders.services.board import read_board
from app.orders.services.checking import check
from app.orders.services.desk import Desk
from app.orders.services.papers import show_course, show_papers
from app.orders.services.settling import read_held, settle
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.services.showing import (
    show,
    show_check,
    show_differences,
    show_event,
    show_moved,
    show_pickup,
    show_row,
)
from app.orders.services.sight import hears_erp

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="ETag of the draft this change was made from")
]
SearchText = Annotated[
    str, QueryParameter(name="q", max_length=100, description="Own, ERP or customer number, SKU, consignee")
]
_DRAFT: Final = {"permission": "order:draft"}
_VIEW: Final = {"permission": "order:view"}


class OrdersApi(Controller):
    """Orders and drafts."""

    path = "/api/v1/orders"
    tags = ("orders",)

    @get(opt=_VIEW)
    async def every(  # noqa: PLR0917 - dependencies arrive as arguments
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        view: View = "all",
        q: SearchText = "",
        limit: Limit = 50,
        cursor: CursorText = None,
    ) -> Collection[OrderItem]:
        """List orders, the latest change first; ``view`` is one of the dashboard's saved views."""
        desk = Desk(transaction, policy, actor, utc_now())
        page = await read_board(desk, view, q, cursor, limit)
        return Collection([await show_row(desk, row) for row in page.rows], page.next, page.counts[view])

    @post(opt=_DRAFT, status_code=201)
    async def start(
        self, actor: Actor, transaction: Transaction, policy: Policy, data: NewOrder
    ) -> Response[OrderView]:
        """Begin a draft; what has only one answer is filled in."""
        desk = Desk(transaction, policy, actor, utc_now())
        order = await drafts.start(desk, data.partner_id, data.contract_id)
        return await _shown(desk, await read_sheet(desk, order))

    @get("/{order_id:uuid}", opt=_VIEW)
    async def one(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> Response[OrderView]:
        """Show one order; a draft on today's prices, any other on those it was submitted at."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await _shown(desk, await read_sheet(desk, await desk.read(order_id)))

    @put("/{order_id:uuid}", opt=_DRAFT)
    async def edit(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: Details,
        if_match: IfMatch = None,
    ) -> Response[OrderView]:
        """Save the details of a draft as a whole; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await _shown(desk, await drafts.edit_details(desk, order_id, data, read_if_match(if_match)))

    @get("/{order_id:uuid}/events", opt=_VIEW)
    async def events(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Collection[EventView]:
        """Tell the course of an order, oldest first."""
        desk = Desk(transaction, policy, actor, utc_now())
        order = await desk.read(order_id)
        with_erp_words = await hears_erp(desk, facts_of(order))
        found = [show_event(row, with_erp_words=with_erp_words) for row in await show_course(desk, order)]
        return Collection(found, None, len(found))

    @get("/{order_id:uuid}/papers", opt=_VIEW)
    async def papers(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PapersView:
        """Give what 1C:ERP has written for an order: shipments, invoices, payments."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_papers(desk, await desk.read(order_id))

    @post("/{order_id:uuid}/validate", opt=_VIEW, status_code=200)
    async def validate(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> CheckView:
        """List every obstacle at once; nothing is taken and nothing changes."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet, found = await check(desk, order_id)
        return await show_check(desk, sheet, found)

    @post("/{order_id:uuid}/submit", opt={"permission": "order:submit", "idempotent": True}, status_code=200)
    async def submit(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: Submission,
        if_match: IfMatch = None,
    ) -> SubmittedView:
        """Submit a draft: price frozen, credit and stock held, queued for the ERP. Needs an Idempotency-Key."""
        desk = Desk(transaction, policy, actor, utc_now())
        version = None if if_match is None else read_if_match(if_match)
        return await show_moved(desk, await placing.submit(desk, order_id, data, version))

    @post("/{order_id:uuid}/repeat", opt=_DRAFT, status_code=201)
    async def repeat(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> RepeatedView:
        """Make a new draft of the same goods and tell which prices differ."""
        desk = Desk(transaction, policy, actor, utc_now())
        made = await repeating.repeat(desk, order_id)
        shown = await show(desk, made.sheet)
        return RepeatedView(order=shown, differences=await show_differences(desk, made))

    @post("/{order_id:uuid}/share", opt=_DRAFT, status_code=200)
    async def share(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: Sharing
    ) -> SubmittedView:
        """Show a draft to colleagues, or stop."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await drafts.share(desk, order_id, shared=data.shared))

    @post("/{order_id:uuid}/archive", opt={"permission": "order:archive"}, status_code=200)
    async def archive(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> SubmittedView:
        """Put an order out of sight; nothing is deleted."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await deciding.archive(desk, order_id))

    @post("/{order_id:uuid}/restore", opt={"permission": "order:archive"}, status_code=200)
    async def restore(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> SubmittedView:
        """Bring an order back from the archive."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await deciding.restore(desk, order_id))

    @post("/{order_id:uuid}/cancel", opt={"permission": "order:cancel"}, status_code=200)
    async def cancel(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: Reason
    ) -> SubmittedView:
        """Cancel an order nothing of which has left; where the ERP has it, the ERP is asked first."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await deciding.cancel(desk, order_id, data.reason))

    @post("/{order_id:uuid}/approve", opt={"permission": "order:approve"}, status_code=200)
    async def approve(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> SubmittedView:
        """Let an order through that waits for a decision; nobody approves an order they submitted themselves."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await approving.approve(desk, order_id))

    @post("/{order_id:uuid}/return", opt={"permission": "order:return"}, status_code=200)
    async def give_back(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: Reason
    ) -> SubmittedView:
        """Give an order that waits for a decision back to the buyer as a draft."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await deciding.return_to_buyer(desk, order_id, data.reason))


class HeldApi(Controller):
    """What differs between the portal and 1C:ERP in an order."""

    path = "/api/v1/orders/{order_id:uuid}/held"
    tags = ("orders",)

    @get(opt=_VIEW)
    async def figures(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> HeldView:
        """Tell which figures differ; none where the order is not held."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await read_held(desk, await desk.read(order_id))

    @post(opt={"permission": "order:approve"}, status_code=200)
    async def settle(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, data: Settlement
    ) -> SubmittedView:
        """Accept the figures of 1C:ERP, or send ours once more; the order stays held until 1C:ERP has them."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await show_moved(desk, await settle(desk, order_id, data))


class LinesApi(Controller):
    """Lines of a draft."""

    path = "/api/v1/orders/{order_id:uuid}/lines"
    tags = ("orders",)

    @get(opt=_VIEW)
    async def every(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Collection[LineView]:
        """List the lines of an order in their places."""
        desk = Desk(transaction, policy, actor, utc_now())
        shown = await show(desk, await read_sheet(desk, await desk.read(order_id)))
        return Collection(shown.lines, None, len(shown.lines))

    @post(opt=_DRAFT, status_code=201)
    async def add(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: NewLines,
        if_match: IfMatch = None,
    ) -> Response[OrderView]:
        """Add products, all or none; more of one that is there already raises its quantity."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await _shown(desk, await lines.add_lines(desk, order_id, data.lines, _version(if_match)))

    @post("/import", opt=_DRAFT, status_code=200)
    async def import_text(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: Pasted,
        if_match: IfMatch = None,
    ) -> ImportedView:
        """Read lines "code quantity"; good ones are kept, bad ones keep their text, a reason and a suggestion."""
        desk = Desk(transaction, policy, actor, utc_now())
        made = await importing.paste(desk, order_id, data.text, _version(if_match))
        return ImportedView(added=made.added, bad=made.bad, order=await show(desk, made.sheet))

    @get("/{line_id:uuid}", opt=_VIEW)
    async def one(
        self, order_id: UUID, line_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> LineView:
        """Show one line."""
        desk = Desk(transaction, policy, actor, utc_now())
        shown = await show(desk, await read_sheet(desk, await desk.read(order_id)))
        line = next((one for one in shown.lines if one.id == line_id), None)
        if line is None:
            raise NotFoundError
        return line

    @put("/{line_id:uuid}", opt=_DRAFT)
    async def change(  # noqa: PLR0917 - dependencies arrive as arguments
        self,
        order_id: UUID,
        line_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: LineQuantity,
        if_match: IfMatch = None,
    ) -> Response[OrderView]:
        """Set the quantity of a line."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet = await lines.change_line(desk, order_id, line_id, data.quantity, _version(if_match))
        return await _shown(desk, sheet)

    @delete("/{line_id:uuid}", opt=_DRAFT, status_code=200)
    async def remove(
        self,
        order_id: UUID,
        line_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        if_match: IfMatch = None,
    ) -> Response[OrderView]:
        """Take a line out."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await _shown(desk, await lines.remove_line(desk, order_id, line_id, _version(if_match)))


class PickupApi(Controller):
    """Vehicle and driver of a self-pickup."""

    path = "/api/v1/orders/{order_id:uuid}/pickup"
    tags = ("orders",)

    @get(opt=_VIEW)
    async def show(self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PickupView:
        """Tell who comes for the goods."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet = await read_sheet(desk, await desk.read(order_id))
        return await show_pickup(desk, sheet) or PickupView()

    @put(opt={"permission": "pickup:edit"})
    async def edit(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: PickupDetails,
        if_match: IfMatch = None,
    ) -> Response[OrderView]:
        """Save vehicle, driver and power of attorney as a whole; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        return await _shown(desk, await drafts.edit_pickup(desk, order_id, data, read_if_match(if_match)))


async def _shown(desk: Desk, sheet: Sheet) -> Response[OrderView]:
    return Response(await show(desk, sheet), headers={"ETag": etag(sheet.order.version)})


def _version(if_match: str | None) -> int | None:
    return None if if_match is None else read_if_match(if_match)


API: Final = [OrdersApi, HeldApi, LinesApi, PickupApi]
