"""Step 2: products, by pasted lines, from the catalogue, line by line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.numbers import read_decimal
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import gettext, ngettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem
from app.kernel.clock import utc_now
from app.kernel.errors import Problem
from app.orders.rules.quantities import MAX_QUANTITY
from app.orders.schemas.forms import BadLineForm, LinesForm, PasteForm
from app.orders.schemas.outputs import BadLineView
from app.orders.services import importing, lines, repeating
from app.orders.services.desk import Desk
from app.orders.services.importing import Imported
from app.orders.services.sheet import Sheet, SheetLine, read_sheet
from app.orders.web.saving import CHANGED, save_step
from app.orders.web.stage import Stage, draw, draw_block, set_stage, typed
from app.orders.web.views import BadLineRow, FixView, LineRow
from app.orders.wording import worded

_DRAFT: Final = {"permission": "order:draft"}
_TEMPLATE: Final = "orders/products.html"
_HUNDRED: Final = Decimal(100)


class ProductsPages(Controller):
    """Lines of a draft."""

    path = "/orders/{order_id:uuid}"
    opt = _DRAFT

    @get("/products")
    async def products(
        self,
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        asked: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    ) -> PageResponse:
        """Show the lines of a draft on today's terms."""
        desk = Desk(transaction, policy, actor, utc_now())
        sheet = await read_sheet(desk, await desk.read_draft(order_id))
        return draw(page, _TEMPLATE, await _context(desk, sheet, asked=asked))

    @post("/products", status_code=200)
    async def save(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
        fix: UUID | None = None,
        quantity: str = "",
    ) -> PageResponse | Response[None]:
        """Save all quantities; ``fix`` names a line that takes ``quantity`` instead of what is typed."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, LinesForm)

        async def save(value: LinesForm) -> Sheet:
            wanted = _wanted(value, fix, quantity, page.locale)
            sheet = await lines.change_lines(desk, order_id, wanted, value.version)
            return sheet if value.remove is None else await lines.remove_line(desk, order_id, value.remove, None)

        async def repeated(value: LinesForm) -> Sheet | None:
            sheet = await read_sheet(desk, await desk.read_draft(order_id))
            held = {line.row.id: line.row.quantity for line in sheet.lines}
            wanted = _wanted(value, fix, quantity, page.locale)
            return sheet if value.remove not in held and wanted.items() <= held.items() else None

        async def again(problems: Sequence[FieldProblem], status: int) -> PageResponse:
            return await _came_back(desk, page, order_id, form.raw, problems, status)

        async def done(value: LinesForm, sheet: Sheet) -> PageResponse | Response[None]:
            if page.is_partial:
                return draw_block(page, _TEMPLATE, "sheet", await _context(desk, sheet))
            return page.redirect(f"/orders/{order_id}/{_after(value, sheet)}")

        return await save_step(form, page, wording, save=save, again=again, done=done, repeated=repeated)

    @post("/paste", status_code=200)
    async def paste(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        order_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Read pasted lines; good ones are added, bad ones wait below with a reason and a way out."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, PasteForm)

        async def save(value: PasteForm) -> Imported:
            return await importing.paste(desk, order_id, value.text, value.version)

        async def again(problems: Sequence[FieldProblem], status: int) -> PageResponse:
            return await _came_back(desk, page, order_id, form.raw, problems, status)

        async def done(_value: PasteForm, made: Imported) -> Response[None]:
            return page.redirect(f"/orders/{order_id}/products", flash=_told(made, page.locale))

        return await save_step(form, page, wording, save=save, again=again, done=done)

    @post("/bad-lines/{bad_id:uuid}", status_code=200)
    async def bad_line(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        order_id: UUID,
        bad_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Take the suggestion of a bad line, read its corrected text, or forget it."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, BadLineForm)

        async def save(value: BadLineForm) -> None:
            if value.do == "fix":
                await importing.fix_bad_line(desk, order_id, bad_id, value.version)
            elif value.do == "drop":
                await importing.drop_bad_line(desk, order_id, bad_id, value.version)
            else:
                await importing.retry_bad_line(desk, order_id, bad_id, value.text, value.version)

        async def again(problems: Sequence[FieldProblem], status: int) -> PageResponse:
            return await _came_back(desk, page, order_id, {}, problems, status)

        async def done(_value: BadLineForm, _saved: None) -> Response[None]:
            return page.redirect(f"/orders/{order_id}/products#lines")

        return await save_step(form, page, wording, save=save, again=again, done=done)


def _wanted(form: LinesForm, fix: UUID | None, quantity: str, locale: str) -> dict[UUID, Decimal]:
    """List the quantities a form asks for; those of a line on its way out do not count."""
    quantities = {line.id: line.quantity for line in form.lines}
    if fix is not None:
        quantities[fix] = read_decimal(quantity, locale, minimum=Decimal("0.001"), maximum=MAX_QUANTITY)
    if form.remove is not None:
        quantities.pop(form.remove, None)
    return quantities


def _after(form: LinesForm, sheet: Sheet) -> str:
    if form.do != "next":
        return "products#lines"
    return "vehicle" if sheet.order.delivery == "pickup" else "check"


async def _came_back(
    desk: Desk, page: Page, order_id: UUID, raw: Mapping[str, str], problems: Sequence[FieldProblem], status: int
) -> PageResponse:
    sheet = await read_sheet(desk, await desk.read_draft(order_id))
    context = await _context(desk, sheet, problems=problems, raw=raw, has_changed=status == CHANGED)
    if page.is_partial:
        return draw_block(page, _TEMPLATE, "sheet", context, status)
    return draw(page, _TEMPLATE, context, status)


async def _context(
    desk: Desk,
    sheet: Sheet,
    *,
    asked: bool = False,
    problems: Sequence[FieldProblem] = (),
    raw: Mapping[str, str] | None = None,
    has_changed: bool = False,
) -> dict[str, object]:
    errors = {one.field: one.text for one in problems}
    stage = await set_stage(desk, sheet, "products", asked=asked, problems=problems, errors=errors)
    return {
        **stage.context,
        "lines": _lines(stage, raw or {}, errors, desk.actor.locale),
        "bad_lines": [_bad_line(one, desk.actor.locale) for one in stage.order.bad_lines],
        "pasted": (raw or {}).get("text", ""),
        "has_changed": has_changed,
        "currency": sheet.context.currency or sheet.order.currency,
        "differences": await _differences(desk, sheet),
    }


async def _differences(desk: Desk, sheet: Sheet) -> list[repeating.Difference]:
    """Say which prices moved since the order that this draft repeats."""
    if sheet.order.source_id is None:
        return []
    return list(await repeating.differences_to_source(desk, sheet))


def _lines(stage: Stage, raw: Mapping[str, str], errors: Mapping[str, str], locale: str) -> list[LineRow]:
    typed_by_id = {
        value: raw.get(name.replace(".id", ".quantity"), "") for name, value in raw.items() if name.endswith("].id")
    }
    return [_line(index, line, stage, typed_by_id, errors, locale) for index, line in enumerate(stage.sheet.lines)]


def _line(
    index: int,
    line: SheetLine,
    stage: Stage,
    typed_by_id: Mapping[str, str],
    errors: Mapping[str, str],
    locale: str,
) -> LineRow:
    shown, facts = stage.order.lines[index], line.facts
    prefix = f"lines[{index}]."
    mine = [one for one in stage.check.problems if one.field.startswith(prefix)]
    texts = [worded(one, locale) for one in mine]
    if (told := errors.get(f"{prefix}quantity")) and told not in texts:
        texts.append(told)
    saved = typed(line.row.quantity, locale)
    quantity = typed_by_id.get(str(line.row.id), saved)
    step = facts.lot.compartments[0] if facts.lot.compartments else facts.lot.multiple
    unit_price = None
    if shown.price is not None and shown.discount_pct is not None:
        unit_price = shown.price * (_HUNDRED - shown.discount_pct) / _HUNDRED
    return LineRow(
        id=line.row.id,
        index=index,
        name=shown.names.get(locale, "") or facts.sku,
        href=f"/catalog/{line.row.product_id}",
        sku=facts.sku,
        package=shown.package,
        lot=_lot(line, locale),
        quantity=quantity,
        step=f"{step.normalize():f}",
        unit="t" if shown.unit == "t" else "pcs",
        price=unit_price,
        gross=shown.gross,
        kg=shown.kg,
        problems=texts,
        fixes=_fixes(mine, locale),
        meanwhile=saved if quantity != saved else "",
    )


def _fixes(problems: Sequence[Problem], locale: str) -> list[FixView]:
    fixes: list[FixView] = []
    for one in problems:
        for name in ("fits", "below", "above"):
            if found := one.params.get(name):
                quantity = Decimal(found)
                label = gettext(locale, "Take %(quantity)s", quantity=quantity)
                fixes.append(FixView(label, typed(quantity, locale)))
    return fixes


def _lot(line: SheetLine, locale: str) -> str:
    lot = line.facts.lot
    if lot.compartments:
        sizes = ", ".join(numbers(locale).number(one) for one in sorted(set(lot.compartments)))
        return gettext(locale, "full compartments of %(sizes)s t", sizes=sizes)
    if lot.multiple > 1:
        return gettext(locale, "packs of %(count)s", count=lot.multiple)
    return ""


def _bad_line(one: BadLineView, locale: str) -> BadLineRow:
    fix = ""
    if one.suggested_sku and one.suggested_quantity is not None:
        fix = gettext(locale, "Take %(sku)s: %(quantity)s", sku=one.suggested_sku, quantity=one.suggested_quantity)
    return BadLineRow(id=one.id, text=one.text, reason=one.message, fix=fix)


def _told(made: Imported, locale: str) -> Flash:
    added = ngettext(locale, "%(num)s line added.", "%(num)s lines added.", made.added)
    if not made.bad:
        return Flash(added)
    waiting = ngettext(locale, "%(num)s line needs attention.", "%(num)s lines need attention.", made.bad)
    return Flash(f"{added} {waiting}", "warn")
