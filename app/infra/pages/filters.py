"""What templates of one language may call: translation, formats, icons, the form token."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from typing import Final

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
# Written out they fill half a column of a list. A longer form stands before the one it contains.
LEGAL_FORMS: Final = {
    "Товарищество с ограниченной ответственностью": "ТОО",
    "Общество с ограниченной ответственностью": "ООО",
    "Публичное акционерное общество": "ПАО",
    "Акционерное общество": "АО",
    "Хозяйственное общество": "ХО",
    "Индивидуальный предприниматель": "ИП",
    "Жауапкершілігі шектеулі серіктестік": "ЖШС",
    "Акционерлік қоғам": "АҚ",
    "Жеке кәсіпкер": "ЖК",
}
JUST_NOW: Final = N_("just now")
CSRF_FIELD: Final = "_csrf_token"
_NOT_ID: Final = re.compile(r"[^A-Za-z0-9_]+")


class Texts:
    """Translation inside templates: catalogues are ours and checked, what fills them is escaped."""

    def __init__(self, locale: str) -> None:
        """Speak one language."""
        self._locale = locale
        self._catalogue = wording.catalogues()[locale]

    def gettext(self, msgid: str, /, **params: object) -> Markup:
        """Translate; numbers among the params are written as the language does."""
        return Markup(self._catalogue.text(msgid)) % wording.localized(self._locale, params)  # noqa: S704

    def ngettext(self, one: str, many: str, count: int, /, **params: object) -> Markup:
        """Translate a counted text; ``%(num)s`` is the count."""
        params.setdefault("num", count)
        text = self._catalogue.counted(one, many, count)
        return Markup(text) % wording.localized(self._locale, params)  # noqa: S704

    def pgettext(self, context: str, msgid: str, /, **params: object) -> Markup:
        """Translate a word in a context."""
        return self.gettext(NC_(context, msgid), **params)


def filters_of(locale: str) -> Mapping[str, Callable[..., str]]:
    """Give the filters of a language; docs/ui.md shows what each gives."""
    numbers_here = numbers(locale)
    units = {unit: wording.gettext(locale, key) for unit, key in UNITS.items()}
    just_now = wording.gettext(locale, JUST_NOW)

    def quantity(value: Decimal | int, unit: str) -> str:
        # A code that is no measure (a package) is said as it is.
        return f"{numbers_here.number(value)}{NBSP}{units.get(unit, unit)}"

    def unit_name(unit: str) -> str:
        return units.get(unit, unit)

    def date_time(moment: datetime) -> str:
        return dates.date_time(locale, moment, CURRENT.get().zone)

    def age(moment: datetime) -> str:
        return dates.age(locale, moment, CURRENT.get().now) or just_now

    return {
        "number": numbers_here.number,
        "money": numbers_here.money,
        "percent": numbers_here.percent,
        "quantity": quantity,
        "unit": unit_name,
        "date": partial(_write_day, dates.short_date, locale),
        "long_date": partial(_write_day, dates.long_date, locale),
        "datetime": date_time,
        "time": _clock_time,
        "age": age,
        "field_id": field_id,
        "legal": legal,
    }


@lru_cache(4096)
def field_id(name: str) -> str:
    """Give the id of the input with this name: lines[2].quantity is f-lines-2-quantity."""
    return "f-" + _NOT_ID.sub("-", name).strip("-")


@lru_cache(4096)
def legal(name: str) -> Markup:
    """Write a company's name with its legal form in the usual letters; the words stand in the tooltip."""
    for form, letters in LEGAL_FORMS.items():
        before, found, after = name.partition(form)
        if found:
            return Markup('{}<abbr title="{}">{}</abbr>{}').format(before, form, letters, after)
    return escape(name)


@lru_cache(4096)
def legal_letters(name: str) -> str:
    """Write a company's name with its legal form in letters, where no tooltip can stand: in a list to choose from."""
    for form, letters in LEGAL_FORMS.items():
        name = name.replace(form, letters)
    return name


def icon_painter(sprite: str, names: Collection[str]) -> Callable[..., Markup]:
    """Give the function that draws an icon of the sprite; a page has hundreds, so it remembers."""

    @cache
    def draw_icon(name: str, cls: str = "") -> Markup:
        if name not in names:
            message = f"there is no icon {name!r}; add it to assets/icons/lucide.txt and run tools/sprite.py"
            raise KeyError(message)
        classes = f"icon {cls}" if cls else "icon"
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(classes, sprite, name)

    return draw_icon


class CsrfInput:
    """``{{ csrf_input }}``: the hidden field every posting form carries."""

    def __html__(self) -> Markup:
        """Write the field with the token of this reader's session."""
        token = escape(CURRENT.get().csrf_token)
        return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


def _clock_time(moment: datetime) -> str:
    return dates.clock_time(moment, CURRENT.get().zone)


def _write_day(write: Callable[[str, date], str], locale: str, day: date) -> str:
    # A moment belongs to the reader's day, not to the day in UTC.
    return write(locale, day.astimezone(CURRENT.get().zone).date() if isinstance(day, datetime) else day)
