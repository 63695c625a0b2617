"""Pages of settings: an overview, and one plain form a section."""

from typing import Final

from app.settings.web.brand import BrandPages
from app.settings.web.calendars import CalendarPages
from app.settings.web.infobase import InfobasePages
from app.settings.web.money import MoneyPages
from app.settings.web.overview import OverviewPage
from app.settings.web.zone import TimePages

WEB: Final = [OverviewPage, BrandPages, MoneyPages, TimePages, CalendarPages, InfobasePages]
