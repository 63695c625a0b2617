"""The calendars we ship: seven countries, the usual week and the holidays that never move."""

import csv
from collections.abc import Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Final

from app.calendars.rules import Calendar, SpecialDay

ZONES: Final[Mapping[str, str]] = {
    "KZ": "Asia/Almaty",
    "KG": "Asia/Bishkek",
    "TJ": "Asia/Dushanbe",
    "CN": "Asia/Shanghai",
    "UZ": "Asia/Tashkent",
    "MN": "Asia/Ulaanbaatar",
    "TM": "Asia/Ashgabat",
}
COUNTRIES: Final = tuple(ZONES)
_TABLE: Final = Path(__file__).with_name("holidays.csv")


@cache
def default_calendar(country: str) -> Calendar:
    """Give what a country's calendar is before anybody changes it.

    Raises:
        KeyError: we ship none for this country.
    """
    return Calendar(
        country=country,
        zone=ZONES[country],
        weekdays=(1, 2, 3, 4, 5),
        opens=time(9),
        closes=time(18),
        pause_from=time(13),
        pause_to=time(14),
        days=_holidays()[country],
    )


@cache
def _holidays() -> Mapping[str, tuple[SpecialDay, ...]]:
    with _TABLE.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(line for line in table if not line.startswith("#")))
    return {
        country: tuple(
            SpecialDay(
                month=int(row["month"]),
                day=int(row["day"]),
                name_ru=row["ru"],
                name_kk=row["kk"],
                name_en=row["en"],
            )
            for row in rows
            if row["country"] == country
        )
        for country in COUNTRIES
    }
