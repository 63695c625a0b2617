"""What templates may call: translation, formats of numbers and dates, the form token.

The functions read the page's reader, so a macro writes ``{{ price|money("KZT") }}`` and no more.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.infra.i18n import dates, wording
from app.infra.i18n.numbers import NBSP, numbers
from app.infra.i18n.wording import N_, NC_
from app.infra.pages.reader import CURRENT

UNITS: Final = {
    "l": NC_("unit", "l"),
    "kg": NC_("unit", "kg"),
    "t": NC_("unit", "t"),
    "pcs": NC_("unit", "pcs"),
}
JUST_NOW: Final = N_("just now")
CSRF_FIELD: Final = "_csrf_token"
_NOT_ID: Final = re.compile(r"[^A-Za-z0-9_]+")


@cache
def plain_text(locale: str, msgid: str) -> Markup:
    """Translate a text without places; most of a page is such texts, so each is done once."""
    return Markup(wording.gettext(locale, msgid))  # noqa: S704 - catalogues are ours and checked


def gettext(msgid: str, /, **params: object) -> Markup:
    """Translate; params are escaped, numbers among them are written as the language does."""
    locale = CURRENT.get().locale
    if not params:
        return plain_text(locale, msgid)
    text = Markup(wording.catalogues()[locale].text(msgid))  # noqa: S704 - as above
    return text % wording.localized(locale, params)


def ngettext(one: str, many: str, count: int, /, **params: object) -> Markup:
    """Translate a counted text; ``%(num)s`` is the count."""
    locale = CURRENT.get().locale
    params.setdefault("num", count)
    text = Markup(wording.catalogues()[locale].counted(one, many, count))  # noqa: S704 - as above
    return text % wording.localized(locale, params)


def pgettext(context: str, msgid: str, /, **params: object) -> Markup:
    """Translate a word in a context."""
    return gettext(NC_(context, msgid), **params)


def number(value: Decimal | int) -> str:
    """1 234,5: at most three decimals."""
    return numbers(CURRENT.get().locale).number(value)


def money(amount: Decimal | int, currency: str, *, trim: bool = False) -> str:
    """1 234 567,50 ₸; ``trim`` drops minor digits that are all zero."""
    return numbers(CURRENT.get().locale).money(amount, currency, trim=trim)


def quantity(value: Decimal | int, unit: str) -> str:
    """9,5 т: a number and its unit (l, kg, t, pcs), held together."""
    locale = CURRENT.get().locale
    return f"{numbers(locale).number(value)}{NBSP}{unit_name(unit)}"


def unit_name(unit: str) -> str:
    """Name a unit; a code that is no measure (a package) stays as it is."""
    key = UNITS.get(unit)
    return unit if key is None else wording.gettext(CURRENT.get().locale, key)


def percent(share: Decimal | float, digits: int = 0) -> str:
    """68 % of 0.68."""
    return numbers(CURRENT.get().locale).percent(share, digits)


def short_date(day: date) -> str:
    """07.03.2026."""
    return dates.short_date(CURRENT.get().locale, _day(day))


def long_date(day: date) -> str:
    """7 марта 2026 г."""
    return dates.long_date(CURRENT.get().locale, _day(day))


def date_time(moment: datetime) -> str:
    """07.03.2026, 14:05 in the reader's zone."""
    reader = CURRENT.get()
    return dates.date_time(reader.locale, moment, reader.zone)


def clock_time(moment: datetime) -> str:
    """14:05 in the reader's zone."""
    return dates.clock_time(moment, CURRENT.get().zone)


def age(moment: datetime) -> str:
    """4 мин. назад."""
    reader = CURRENT.get()
    text = dates.age(reader.locale, moment, reader.now)
    return wording.gettext(reader.locale, JUST_NOW) if text is None else text


def _day(day: date) -> date:
    # A moment belongs to the reader's day, not to the day in UTC.
    return day.astimezone(CURRENT.get().zone).date() if isinstance(day, datetime) else day


def field_id(name: str) -> str:
    """Give the id of the input with this name: lines[2].quantity is f-lines-2-quantity."""
    return "f-" + _NOT_ID.sub("-", name).strip("-")


class CsrfInput:
    """``{{ csrf_input }}``: the hidden field every posting form carries."""

    def __html__(self) -> Markup:
        """Write the field with the token of this reader's session."""
        token = escape(CURRENT.get().csrf_token)
        return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


def _late(function: Callable[..., str]) -> Callable[..., str]:
    # Jinja computes a filter of a constant once, when it compiles; the reader is not known then.
    @pass_context
    def filtered(_context: Context, value: object, *args: object, **kwargs: object) -> str:
        if isinstance(value, Undefined):
            str(value)  # raises, naming what is missing
        return function(value, *args, **kwargs)

    return filtered


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "number": _late(number),
    "money": _late(money),
    "quantity": _late(quantity),
    "unit": _late(unit_name),
    "percent": _late(percent),
    "date": _late(short_date),
    "long_date": _late(long_date),
    "datetime": _late(date_time),
    "time": _late(clock_time),
    "age": _late(age),
    "field_id": field_id,
}
GLOBALS: Final[Mapping[str, object]] = {
    "_": gettext,
    "gettext": gettext,
    "ngettext": ngettext,
    "pgettext": pgettext,
    "csrf_input": CsrfInput(),
}
