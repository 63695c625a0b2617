"""The portal itself on the home page of those who look after it."""

from datetime import UTC, datetime
from typing import Final

from app.cabinets.ports import Ask, Figure, Panel
from app.cabinets.queries import read_figures
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


class PortalPart:
    """People, sessions and the exchange, in figures; for the manufacturer's people only."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Read the figures the person's rights open."""
        sees_people = await ask.may("tenant", "admin")
        if not ask.actor.is_staff or not (sees_people or await ask.may("erp", "view")):
            return None
        found = await read_figures(ask.transaction)
        locale, write = ask.actor.locale, numbers(ask.actor.locale)
        people = [
            Figure(gettext(locale, _PEOPLE), write.number(found.people), "/users"),
            Figure(gettext(locale, _SESSIONS), write.number(found.sessions), ""),
        ]
        exchange = [
            Figure(gettext(locale, _WAITING), write.number(found.waiting), "/erp"),
            Figure(gettext(locale, _STUCK), write.number(found.stuck), "/erp"),
            Figure(gettext(locale, _FED), _fed(found.feed_at, locale), "/erp"),
        ]
        return Panel(title=gettext(locale, _TITLE), figures=[*(people if sees_people else []), *exchange])


def _fed(moment: datetime | None, locale: str) -> str:
    if moment is None:
        return gettext(locale, _NEVER)
    return age(locale, moment, datetime.now(UTC)) or gettext(locale, _NOW)
