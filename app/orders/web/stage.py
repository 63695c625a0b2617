"""What all four steps of a draft share: stepper, sums, meters, problems with their places."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.dates import short_date
from app.infra.i18n.numbers import NBSP, numbers
from app.infra.i18n.wording import gettext, ngettext, pgettext
from app.infra.pages.filters import field_id
from app.infra.pages.views import Fact, FieldProblem, Step
from app.kernel.errors import Problem
from app.orders.labels import decision_text, delivery_label
from app.orders.queries.access import facts_of
from app.orders.rules.meters import CreditMeter, LoadMeter, PlanMeter
from app.orders.schemas.outputs import OrderView
from app.orders.services.checking import Check, examine
from app.orders.services.desk import Desk
from app.orders.services.measuring import measure
from app.orders.services.sheet import Sheet
from app.orders.services.showing import show
from app.orders.web.views import MeterView, ProblemLink
from app.orders.wording import worded

StepName = Literal["details", "products", "vehicle", "check"]
_BUYERS: Final[frozenset[StepName]] = frozenset({"details", "products"})  # steps of whoever may keep drafts
_DETAILS: Final = frozenset({"contract_id", "counterparty_id", "address_id", "delivery", "ship_on"})
# Emptiness is told once the person asks for the check; what is wrong is told at once.
_EMPTY: Final = frozenset({
    "contract_missing", "counterparty_missing", "address_missing", "ship_date_missing", "no_lines", "plate_missing",
    "driver_missing", "driver_document_missing", "proxy_missing", "proxy_end_missing",
})  # fmt: skip
_CREDIT_HIGH: Final = Decimal("0.8")
_KG_PER_T: Final = Decimal(1000)


class Stage(Struct, frozen=True):
    """A draft on its way through the steps."""

    sheet: Sheet
    order: OrderView
    check: Check
    closed: frozenset[StepName]  # what the reader may not open
    context: Mapping[str, object]


def step_of(field: str) -> StepName:
    """Tell on which step a field stands."""
    if field in _DETAILS:
        return "details"
    if field.startswith("pickup"):
        return "vehicle"
    return "products" if field.startswith("lines") else "check"


async def set_stage(
    desk: Desk,
    sheet: Sheet,
    step: StepName,
    *,
    asked: bool = False,
    problems: Sequence[FieldProblem] = (),
    errors: Mapping[str, str] | None = None,
) -> Stage:
    """Read what surrounds a step. ``asked``: tell of emptiness too; ``problems`` are of a form that came back."""
    check = await examine(desk, sheet)
    order = await show(desk, sheet)
    locale = desk.actor.locale
    found = [one for one in check.problems if step_of(one.field) == step]
    told = {one.field: worded(one, locale) for one in found if asked or one.code not in _EMPTY}
    hints = {one.field: worded(one, locale) for one in check.warnings}
    may_draft = not (await desk.decision("order", "draft")).is_empty
    stage = Stage(sheet, order, check, frozenset() if may_draft else _BUYERS, {})
    context: dict[str, object] = {
        "order": order,
        "step": step,
        "steps": _steps(stage, step, locale),
        "closed": stage.closed,
        "sums": sums_of(order, locale),
        "meters": await meters_of(desk, sheet),
        "problems": problems,
        "errors": {**told, **(errors or {})},
        "hints": hints,
        "returned_for": decision_text(order.decision_code, locale),
        "has_errors": bool(problems),
        "may_share": may_draft,
        "may_discard": (await desk.decision("order", "cancel")).check(facts_of(sheet.order)),
        "is_partial": False,
    }
    return replace(stage, context=context)


def draw(page: Page, template: str, context: Mapping[str, object], status: int = 200) -> PageResponse:
    """Answer with a whole page."""
    return page.render(template, status_code=status, headers=None, **context)


def draw_block(page: Page, template: str, block: str, context: Mapping[str, object], status: int = 200) -> PageResponse:
    """Answer a script with one block of a page."""
    return page.fragment(template, block, status_code=status, headers=None, **{**context, "is_partial": True})


def problem_link(order_id: UUID, problem: Problem, text: str, closed: frozenset[StepName] = frozenset()) -> ProblemLink:
    """Lead from an obstacle to the input that puts it right, unless it is on a step that is closed to the reader."""
    step = step_of(problem.field)
    if step == "check" or step in closed:
        return ProblemLink(text, "")
    # Whatever is wrong with a line is put right at its quantity, where its bin is too.
    field = problem.field.replace(".product_id", ".quantity")
    return ProblemLink(text, f"/orders/{order_id}/{step}?asked=true#{field_id(field)}")


def field_problems(problems: Iterable[Problem], wording: Wording, locale: str) -> list[FieldProblem]:
    """Word the problems of a form that came back."""
    return [FieldProblem(one.field, wording.problem(locale, one)) for one in problems]


def typed(value: Decimal, locale: str) -> str:
    """Write a number as a person of the language types it: no groups, their decimal sign."""
    text = f"{value.normalize():f}"
    return text if locale == "en" else text.replace(".", ",")


def tonnes(kg: Decimal, locale: str) -> str:
    """Write a mass in tonnes."""
    return f"{numbers(locale).number(kg / _KG_PER_T)}{NBSP}{pgettext(locale, 'unit', 't')}"


def _steps(stage: Stage, current: StepName, locale: str) -> list[Step]:
    order, sheet, check = stage.order, stage.sheet, stage.check
    faults = {step_of(one.field) for one in check.problems}
    notes: Mapping[StepName, str] = {
        "details": " · ".join(part for part in (order.contract, delivery_label(order.delivery, locale)) if part),
        "products": ngettext(locale, "%(num)s line", "%(num)s lines", len(sheet.lines)),
        "vehicle": (order.pickup.plate if order.pickup else "") or gettext(locale, "for self-pickup"),
        "check": gettext(locale, "1C:ERP"),
    }
    steps: list[Step] = []
    for name, label in _step_labels(locale).items():
        state: Literal["done", "current", "fault", "later"] = "done"
        if name == current:
            state = "current"
        elif name in faults:
            state = "fault" if current == "check" else "later"
        elif name == "check" or (name == "products" and not sheet.lines):
            state = "later"
        href = "" if name == current or name in stage.closed else f"/orders/{order.id}/{name}"
        steps.append(Step(label, state, notes[name], href))
    return steps


def first_steps(locale: str) -> list[Step]:
    """Show the way of an order that does not exist yet."""
    return [Step(label, "current" if name == "details" else "later") for name, label in _step_labels(locale).items()]


def _step_labels(locale: str) -> Mapping[StepName, str]:
    return {
        "details": gettext(locale, "Details"),
        "products": gettext(locale, "Products"),
        "vehicle": gettext(locale, "Vehicle"),
        "check": gettext(locale, "Check and submit"),
    }


def sums_of(order: OrderView, locale: str) -> list[Fact]:
    """List the sums of an order; none to whoever may not see money."""
    totals = order.totals
    if totals is None or not totals.currency:
        return []
    write = numbers(locale).money
    rates = sorted({line.vat_pct for line in order.lines if line.vat_pct is not None})
    vat = gettext(locale, "VAT %(percent)s", percent=numbers(locale).percent(rates[0] / 100)) if len(rates) == 1 else ""
    facts = [
        Fact(ngettext(locale, "Products, %(num)s line", "Products, %(num)s lines", len(order.lines)),
             write(totals.listed, totals.currency)),
    ]  # fmt: skip
    if totals.discount:
        facts.append(Fact(gettext(locale, "Agreement discount"), f"−{write(totals.discount, totals.currency)}"))
    facts.append(Fact(vat or gettext(locale, "VAT"), write(totals.vat, totals.currency)))
    facts.append(Fact(gettext(locale, "To pay"), write(totals.gross, totals.currency), is_total=True))
    return facts


async def meters_of(desk: Desk, sheet: Sheet) -> list[MeterView]:
    """Draw load, credit and plan, each only for whoever may see it."""
    found = await measure(desk, sheet)
    locale = desk.actor.locale
    meters: list[MeterView] = []
    if found.load:
        meters.append(_load(found.load, locale))
    if found.credit:
        meters.append(_credit(found.credit, sheet.order.contract_id, locale))
    if found.plan:
        meters.append(_plan(found.plan, sheet.order.partner_id, locale))
    return meters


def _load(load: LoadMeter, locale: str) -> MeterView:
    label = gettext(locale, "Vehicle load")
    if load.vehicles > 1:
        label = ngettext(locale, "Load of %(num)s vehicle", "Load of %(num)s vehicles", load.vehicles)
    return MeterView(
        label=label,
        value=f"{load.kg:.0f}",
        most=f"{load.capacity_kg:.0f}",
        words=f"{tonnes(load.kg, locale)} / {tonnes(load.capacity_kg, locale)}",
        hint=gettext(locale, "Room left: %(mass)s", mass=tonnes(load.room_kg, locale)) if load.room_kg > 0 else "",
    )


def _credit(credit: CreditMeter, contract_id: UUID | None, locale: str) -> MeterView:
    write = numbers(locale).money
    if credit.after >= 0:
        hint = gettext(locale, "Left after this order: %(sum)s", sum=write(credit.after, credit.currency))
    else:
        hint = gettext(locale, "Over the limit by %(sum)s", sum=write(-credit.after, credit.currency))
    return MeterView(
        label=gettext(locale, "Credit limit"),
        value=f"{min(credit.share, Decimal(1)):.4f}",
        most="1",
        words=numbers(locale).percent(credit.share),
        hint=hint,
        high=f"{_CREDIT_HIGH}",
        why=f"/why/limits/{contract_id}" if contract_id else "",
    )


def _plan(plan: PlanMeter, partner_id: UUID, locale: str) -> MeterView:
    done = plan.fact_kg + plan.order_kg
    return MeterView(
        label=gettext(locale, "Plan of the month"),
        value=f"{min(done, plan.planned_kg):.0f}",
        most=f"{plan.planned_kg:.0f}",
        words=numbers(locale).percent(plan.share),
        hint=gettext(
            locale,
            "%(done)s of %(plan)s in the month from %(date)s, this order included",
            done=tonnes(done, locale),
            plan=tonnes(plan.planned_kg, locale),
            date=short_date(locale, plan.month),
        ),
        why=f"/why/plans?month={plan.month.isoformat()}&organisation={partner_id}",
    )
