"""Dates, times and ages as a language writes them.

Days repeat on a page (fifty orders of one week), so each is written once and remembered.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.numbers import NBSP

# Numeric where the order of parts is beyond doubt; CLDR's short Kazakh form has a two-digit year.
_SHORT: Final = {"ru": "dd.MM.y", "kk": "dd.MM.y", "en": "d MMM y"}
_MOMENT: Final = timedelta(seconds=45)  # younger than this is "just now"; the reader's clock drifts


@lru_cache(4096)
def short_date(locale: str, day: date) -> str:
    """Write a day for a table: 07.03.2026, 7 Mar 2026."""
    return format_date(day, _SHORT[locale], locale=LANGUAGES[locale].cldr)


@lru_cache(1024)
def long_date(locale: str, day: date) -> str:
    """Write a day for a sentence: 7 марта 2026 г., 2026 ж. 7 наурыз, 7 March 2026."""
    return _plain(format_date(day, "long", locale=LANGUAGES[locale].cldr))


@lru_cache(256)
def month_name(locale: str, day: date) -> str:
    """Name a month and its year, standing alone: март 2026, наурыз 2026, March 2026."""
    return format_date(day, "LLLL y", locale=LANGUAGES[locale].cldr)


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """Write the time of day in the reader's zone: 14:05."""
    local = moment.astimezone(zone)
    return f"{local.hour:02d}:{local.minute:02d}"


def date_time(locale: str, moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment in the reader's zone: 07.03.2026, 14:05."""
    local = moment.astimezone(zone)
    return f"{short_date(locale, local.date())}, {local.hour:02d}:{local.minute:02d}"


def age(locale: str, moment: datetime, now: datetime) -> str | None:
    """Write how long ago a moment was: 4 мин. назад, 4 min ago; None is "just now"."""
    passed = now - moment
    return None if passed < _MOMENT else _age(locale, int(passed.total_seconds()))


@lru_cache(1024)
def _age(locale: str, seconds: int) -> str:
    # Threshold 1: 40 minutes stay 40 minutes instead of "1 hour".
    delta = timedelta(seconds=-seconds)
    cldr = LANGUAGES[locale].cldr
    return _plain(format_timedelta(delta, format="short", threshold=1, add_direction=True, locale=cldr))


def _plain(text: str) -> str:
    # CLDR has narrow no-break spaces here, which our font has not.
    return text.replace("\u202f", NBSP)
