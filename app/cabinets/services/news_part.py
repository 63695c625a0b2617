"""The newest entries of the bell on the home page."""

from datetime import UTC, datetime
from typing import Final

from app.cabinets.ports import Ask, Line, Panel
from app.infra.i18n.dates import age
from app.infra.i18n.wording import N_, NC_, gettext
from app.notifications.bell import Bell
from app.notifications.schemas import NotificationView

_SHOWN: Final = 4
_TITLE: Final = NC_("home", "News")
_LINK: Final = N_("All notifications")
_EMPTY: Final = N_("No news yet. What concerns you will be told here and by mail.")
_NOW: Final = N_("just now")


class NewsPart:
    """One's own news, read or not."""

    def __init__(self, bell: Bell) -> None:
        """Read through the bell, which words the news."""
        self._bell = bell

    async def panel(self, ask: Ask) -> Panel | None:
        """Read the newest."""
        if not await ask.may("notification", "view"):
            return None
        found = await self._bell.page(ask.transaction, ask.actor, cursor=None, unread_only=False, limit=_SHOWN)
        locale = ask.actor.locale
        return Panel(
            title=gettext(locale, _TITLE),
            href="/notifications",
            link=gettext(locale, _LINK),
            lines=[_line(one, locale) for one in found.items],
            empty=gettext(locale, _EMPTY),
        )


def _line(one: NotificationView, locale: str) -> Line:
    told = age(locale, one.created_at, datetime.now(UTC)) or gettext(locale, _NOW)
    return Line(title=one.title, href=one.href, text=one.text, when=told)
