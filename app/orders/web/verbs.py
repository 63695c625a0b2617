"""Everything one may do to an order with one button."""

from typing import Final
from uuid import UUID

from litestar import Request, Response, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext, ngettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, RejectedError
from app.orders.schemas.forms import CatalogueForm, ReasonForm, SettleForm, SharingForm
from app.orders.schemas.inputs import Settlement
from app.orders.services import approving, basket, deciding, drafts, repeating, settling
from app.orders.services.desk import Desk
from app.orders.web.course import order_page
from app.orders.web.stage import draw_block, field_problems

_DRAFT: Final = {"permission": "order:draft"}
_ARCHIVE: Final = {"permission": "order:archive"}


class VerbPages(Controller):
    """Buttons of the dashboard and of an order."""

    path = "/orders"

    @post("/{order_id:uuid}/repeat", opt=_DRAFT, status_code=200)
    async def repeat(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> Response[None]:
        """Make a draft of the same goods and go on where its prices are compared."""
        made = await repeating.repeat(Desk(transaction, policy, actor, utc_now()), order_id)
        order, moved = made.sheet.order, len(made.differences)
        told = gettext(page.locale, "Draft %(number)s is made.", number=order.number)
        if moved:
            more = ngettext(page.locale, "%(num)s price has changed.", "%(num)s prices have changed.", moved)
            return page.redirect(f"/orders/{order.id}/products", flash=Flash(f"{told} {more}", "warn"))
        return page.redirect(f"/orders/{order.id}/products", flash=Flash(told))

    @post("/{order_id:uuid}/archive", opt=_ARCHIVE, status_code=200)
    async def archive(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> Response[None]:
        """Put an order out of sight; the message offers to take it back."""
        order = await deciding.archive(Desk(transaction, policy, actor, utc_now()), order_id)
        told = gettext(page.locale, "Order %(number)s is in the archive.", number=order.number)
        return page.redirect("/orders", flash=Flash(told, undo_action=f"/orders/{order.id}/restore"))

    @post("/{order_id:uuid}/restore", opt=_ARCHIVE, status_code=200)
    async def restore(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> Response[None]:
        """Bring an order back from the archive."""
        order = await deciding.restore(Desk(transaction, policy, actor, utc_now()), order_id)
        told = gettext(page.locale, "Order %(number)s is back.", number=order.number)
        return page.redirect(f"/orders/{order.id}", flash=Flash(told))

    @post("/{order_id:uuid}/share", opt=_DRAFT, status_code=200)
    async def share(
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
    ) -> Response[None]:
        """Show a draft to colleagues, or stop."""
        form = (await read_form(request, SharingForm)).result()
        await drafts.share(Desk(transaction, policy, actor, utc_now()), order_id, shared=form.shared)
        if form.shared:
            told = gettext(page.locale, "Colleagues see this draft now.")
        else:
            told = gettext(page.locale, "Colleagues do not see this draft any more.")
        return page.redirect(f"/orders/{order_id}", flash=Flash(told))

    @post("/{order_id:uuid}/cancel", opt={"permission": "order:cancel"}, status_code=200)
    async def cancel(
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
    ) -> Response[None]:
        """Cancel an order nothing of which has left."""
        form = (await read_form(request, ReasonForm)).result()
        order = await deciding.cancel(Desk(transaction, policy, actor, utc_now()), order_id, form.reason)
        if order.state == "cancelling":
            told = gettext(page.locale, "1C:ERP is asked to cancel order %(number)s.", number=order.number)
        else:
            told = gettext(page.locale, "Order %(number)s is cancelled.", number=order.number)
        return page.redirect(f"/orders/{order.id}", flash=Flash(told))

    @post("/{order_id:uuid}/approve", opt={"permission": "order:approve"}, status_code=200)
    async def approve(
        self, order_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page, wording: Wording
    ) -> PageResponse | Response[None]:
        """Let an order through that waits for a decision; what still stands in its way is told on its page."""
        desk = Desk(transaction, policy, actor, utc_now())
        try:
            order = await approving.approve(desk, order_id)
        except RejectedError as error:
            problems = field_problems(error.problems, wording, page.locale)
            return await order_page(desk, page, await desk.read(order_id), problems, 422)
        told = gettext(page.locale, "Order %(number)s is approved and sent to 1C:ERP.", number=order.number)
        return page.redirect(f"/orders/{order.id}", flash=Flash(told))

    @post("/{order_id:uuid}/return", opt={"permission": "order:return"}, status_code=200)
    async def give_back(
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
    ) -> Response[None]:
        """Give an order that waits for a decision back to the buyer."""
        form = (await read_form(request, ReasonForm)).result()
        order = await deciding.return_to_buyer(Desk(transaction, policy, actor, utc_now()), order_id, form.reason)
        told = gettext(page.locale, "Order %(number)s is the buyer's again.", number=order.number)
        return page.redirect("/orders?view=needs_me", flash=Flash(told))

    @post("/{order_id:uuid}/settle", opt={"permission": "order:approve"}, status_code=200)
    async def settle(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Accept the figures of 1C:ERP for a held order, or send ours once more."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = (await read_form(request, SettleForm)).result()
        try:
            order = await settling.settle(desk, order_id, Settlement(form.choice, form.reason, form.label))
        except ChangedMeanwhileError:
            problems = [FieldProblem("", wording.text(page.locale, "changed_meanwhile"))]
            return await order_page(desk, page, await desk.read(order_id), problems, 412, form.reason)
        except RejectedError as error:
            problems = field_problems(error.problems, wording, page.locale)
            return await order_page(desk, page, await desk.read(order_id), problems, 422, form.reason)
        if form.choice == "ours":
            told = gettext(page.locale, "Order %(number)s is on its way to 1C:ERP once more.", number=order.number)
        else:
            told = gettext(page.locale, "Order %(number)s has the figures of 1C:ERP now.", number=order.number)
        return page.redirect(f"/orders/{order.id}", flash=Flash(told))

    @post("/draft-lines", opt=_DRAFT, status_code=200)
    async def draft_lines(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
    ) -> PageResponse | Response[None]:
        """Take over quantities typed in the catalogue and go back there."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = (await read_form(request, CatalogueForm)).result()
        sheets = await basket.set_from_catalogue(desk, form.changed)
        if page.is_partial:
            return draw_block(page, "orders/basket.html", "bar", {"basket": await basket.read_basket(desk, None)})
        told = None
        if sheets:
            numbers = ", ".join(sheet.order.number for sheet in sheets)
            told = Flash(gettext(page.locale, "Quantities are saved in the draft: %(numbers)s.", numbers=numbers))
        return page.redirect(safe_path(form.next, "/catalog") or "/catalog", flash=told)
