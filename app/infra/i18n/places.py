"""Names that a language has of its own: countries, currencies, days of the week, cities of time zones."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_day_names, get_timezone_gmt, get_timezone_location
from babel.numbers import get_currency_name

from app.infra.i18n.languages import LANGUAGES

# As the country itself writes it, where CLDR has an older name.
_OURS: Final = {
    ("ru", "KG"): "Кыргызстан",
    ("ru", "KZT"): "казахстанский тенге",
    ("ru", "KGS"): "кыргызский сом",
    ("ru", "TMT"): "туркменский манат",
    ("en", "KGS"): "Kyrgyz Som",
}


@lru_cache(256)
def country_name(locale: str, country: str) -> str:
    """Name a country by its ISO code; a code nobody knows stays a code."""
    names = cast("Mapping[str, str]", Locale.parse(LANGUAGES[locale].cldr).territories)
    return _OURS.get((locale, country)) or names.get(country, country)


@lru_cache(64)
def weekday_name(locale: str, day: int, *, is_short: bool = False) -> str:
    """Name a day of the week, standing alone; Monday is 1."""
    width = "abbreviated" if is_short else "wide"
    names = cast("Mapping[int, str]", get_day_names(width, "stand-alone", LANGUAGES[locale].cldr))
    name = names[day - 1]
    return name[:1].upper() + name[1:]


@lru_cache(256)
def currency_name(locale: str, currency: str) -> str:
    """Name a currency by its ISO code, standing alone: Kazakhstani tenge."""
    return _OURS.get((locale, currency)) or get_currency_name(currency, locale=LANGUAGES[locale].cldr)


@lru_cache(1024)
def zone_city(locale: str, zone: str) -> str:
    """Name the city a time zone is known by."""
    return get_timezone_location(ZoneInfo(zone), LANGUAGES[locale].cldr, return_city=True)


def zone_name(locale: str, zone: str, now: datetime) -> str:
    """Name a zone with what it is ahead of UTC now: Almaty, UTC+05:00."""
    offset = get_timezone_gmt(now.astimezone(ZoneInfo(zone)), "long", "en_GB").replace("GMT", "UTC")
    return f"{zone_city(locale, zone)}, {offset}"
