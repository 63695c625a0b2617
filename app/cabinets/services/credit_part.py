"""Credit on the home page: how much of each limit is used."""

from decimal import Decimal
from typing import Final

from app.cabinets.ports import Ask, Gauge, Panel
from app.caching.shelf import read
from app.credit.families import LIMITS, LimitsAsk
from app.credit.queries.accounts import LimitRow
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, NC_, gettext

_SHOWN: Final = 4
_TITLE: Final = NC_("home", "Credit limits")
_LINK: Final = N_("All limits")
_WORDS: Final = N_("%(left)s left of %(most)s")
_FREE: Final = N_("no limit; %(used)s used")
_OVERDUE: Final = N_("Overdue for %(days)s days")


class CreditPart:
    """The limits of the contracts a person may see."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Read a few limits."""
        decision = await ask.policy.decision(ask.transaction, ask.actor, "limit", "view")
        if decision.is_empty:
            return None
        rows, total = await read(ask.transaction, LIMITS, LimitsAsk(decision, ask.actor.partner_id, _SHOWN))
        if not total:
            return None
        locale = ask.actor.locale
        return Panel(
            title=gettext(locale, _TITLE),
            href="/limits",
            link=gettext(locale, _LINK),
            gauges=[_gauge(row, locale, is_staff=ask.actor.is_staff) for row in rows],
        )


def _gauge(row: LimitRow, locale: str, *, is_staff: bool) -> Gauge:
    write = numbers(locale)
    used = row.used
    most = row.erp_limit if row.limited else max(used, Decimal(1))
    words = (
        gettext(
            locale,
            _WORDS,
            left=write.money(row.left, row.currency, trim=True),
            most=write.money(row.erp_limit, row.currency, trim=True),
        )
        if row.limited
        else gettext(locale, _FREE, used=write.money(used, row.currency, trim=True))
    )
    hint = gettext(locale, _OVERDUE, days=row.overdue_days) if row.overdue_days else ""
    # A meter has no room for what is over its top or below zero; the words say it.
    shown = min(max(used, Decimal(0)), most)
    name = f"{row.number} · {row.partner_name}" if is_staff else row.number
    return Gauge(name, f"{shown:f}", f"{most:f}", words, hint, is_spent=True, why=f"/why/limits/{row.id}")
