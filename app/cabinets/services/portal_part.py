"""The portal itself on the home page of those who look after it."""

from datetime import UTC, datetime
from typing import Final, cast

from app.cabinets.ports import Ask, Figure, Panel
from app.infra.i18n.dates import age
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, NC_, gettext

_TITLE: Final = NC_("home", "The portal")
_PEOPLE: Final = N_("People with an account")
_SESSIONS: Final = N_("Signed in now")
_WAITING: Final = N_("Waiting for 1C:ERP")
_STUCK: Final = N_("Need a look")
_FED: Final = N_("Data checked")
_NOW: Final = N_("just now")
_NEVER: Final = N_("not yet")
_FIGURES: Final = """
    SELECT (SELECT count(*) FROM users WHERE tenant_id = $1 AND disabled_at IS NULL) AS people,
           (SELECT count(*) FROM sessions WHERE tenant_id = $1 AND expires_at > now()
                AND seen_at > now() - interval '30 minutes') AS sessions,
           (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND lane = 'erp' AND stage IN ('new', 'sent')) AS waiting,
           (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND stage = 'dead') AS stuck,
           (SELECT feed_at FROM erp_freshness WHERE tenant_id = $1) AS feed_at
"""


class PortalPart:
    """People, sessions and the exchange, in figures; for the manufacturer's people only."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Read the figures the person's rights open."""
        sees_people = await ask.may("tenant", "admin")
        if not ask.actor.is_staff or not (sees_people or await ask.may("erp", "view")):
            return None
        row = await ask.transaction.driver.fetchrow(_FIGURES, ask.actor.tenant_id)
        if row is None:
            return None
        locale, write = ask.actor.locale, numbers(ask.actor.locale)
        people = [
            Figure(gettext(locale, _PEOPLE), write.number(cast("int", row["people"])), "/users"),
            Figure(gettext(locale, _SESSIONS), write.number(cast("int", row["sessions"])), ""),
        ]
        exchange = [
            Figure(gettext(locale, _WAITING), write.number(cast("int", row["waiting"])), "/erp"),
            Figure(gettext(locale, _STUCK), write.number(cast("int", row["stuck"])), "/erp"),
            Figure(gettext(locale, _FED), _fed(cast("datetime | None", row["feed_at"]), locale), "/erp"),
        ]
        return Panel(title=gettext(locale, _TITLE), figures=[*(people if sees_people else []), *exchange])


def _fed(moment: datetime | None, locale: str) -> str:
    if moment is None:
        return gettext(locale, _NEVER)
    return age(locale, moment, datetime.now(UTC)) or gettext(locale, _NOW)
