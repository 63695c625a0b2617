"""The plan of the month on a buyer's home page: how much of each product line is already bought."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.cabinets.ports import Ask, Gauge, Panel
from app.caching.shelf import read
from app.credit.families import PLANS, PlansAsk
from app.infra.i18n.dates import month_name
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, gettext
from app.kernel.clock import business_date, utc_now

_READ: Final = 50  # a client has a dozen product lines
_SHOWN: Final = 4
_TITLE: Final = N_("Plan: %(month)s")
_ALL: Final = N_("All product lines")
_WORDS: Final = N_("%(fact)s of %(plan)s t")
_KG_IN_T: Final = 1000
_NONE: Final = Decimal(0)
_SHOWN_STEP: Final = Decimal("0.1")


class PlansPart:
    """Plan and fact of the business month, for the people of one client."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Read the plans of the month; the whole first, then the largest lines."""
        decision = await ask.policy.decision(ask.transaction, ask.actor, "plan", "view")
        if decision.is_empty or ask.actor.is_staff:
            return None
        month = business_date(utc_now(), ask.actor.zone).replace(day=1)
        rows, total = await read(ask.transaction, PLANS, PlansAsk(decision, ask.actor.partner_id, _READ, month))
        if not total:
            return None
        locale = ask.actor.locale
        largest = sorted(rows, key=lambda row: row.planned_kg, reverse=True)[:_SHOWN]
        fact, planned = sum((row.fact_kg for row in rows), _NONE), sum((row.planned_kg for row in rows), _NONE)
        whole = _gauge(gettext(locale, _ALL), fact, planned, locale)
        lines = [_gauge(row.line[locale], row.fact_kg, row.planned_kg, locale) for row in largest]
        return Panel(
            title=gettext(locale, _TITLE, month=month_name(locale, month)),
            why="/why/plans",
            gauges=[whole, *lines] if len(rows) > 1 else lines,
        )


def _gauge(name: str, fact: Decimal, planned: Decimal, locale: str) -> Gauge:
    words = gettext(locale, _WORDS, fact=_tonnes(fact, locale), plan=_tonnes(planned, locale))
    # The bar cannot be more than full, and an empty plan has no bar; the words say both.
    most = max(planned, Decimal(1))
    return Gauge(name, f"{min(max(fact, _NONE), most):f}", f"{most:f}", words)


def _tonnes(kg: Decimal, locale: str) -> str:
    return numbers(locale).number((kg / _KG_IN_T).quantize(_SHOWN_STEP, ROUND_HALF_UP))
