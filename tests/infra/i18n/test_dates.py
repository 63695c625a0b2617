"""Dates, times and ages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.infra.i18n import dates

DAY = date(2026, 3, 7)
MOMENT = datetime(2026, 3, 7, 21, 5, tzinfo=UTC)
ALMATY = ZoneInfo("Asia/Almaty")


@pytest.mark.parametrize(
    ("locale", "short", "long"),
    [
        ("ru", "07.03.2026", "7 марта 2026 г."),
        ("kk", "07.03.2026", "2026 ж. 7 наурыз"),
        ("en", "7 Mar 2026", "7 March 2026"),
    ],
)
def test_days(locale: str, short: str, long: str) -> None:
    assert dates.short_date(locale, DAY) == short
    assert dates.long_date(locale, DAY).replace("\u00a0", " ") == long


def test_moments_are_in_the_readers_zone() -> None:
    # 21:05 UTC is already the next day in Almaty.
    assert dates.date_time("ru", MOMENT, ALMATY) == "08.03.2026, 02:05"
    assert dates.clock_time(MOMENT, ALMATY) == "02:05"


@pytest.mark.parametrize(
    ("seconds", "ru", "kk", "en"),
    [
        (44, None, None, None),
        (-30, None, None, None),
        (240, "4 мин. назад", "4 мин. бұрын", "4 min ago"),
        (3 * 3600, "3 ч назад", "3 сағ. бұрын", "3 hr ago"),
        (2 * 86400, "2 дн. назад", "2 күн бұрын", "2 days ago"),
    ],
)
def test_ages(seconds: int, ru: str | None, kk: str | None, en: str | None) -> None:
    now = MOMENT + timedelta(seconds=seconds)
    said = {locale: dates.age(locale, MOMENT, now) for locale in ("ru", "kk", "en")}
    assert {key: text and text.replace("\u00a0", " ") for key, text in said.items()} == {"ru": ru, "kk": kk, "en": en}
