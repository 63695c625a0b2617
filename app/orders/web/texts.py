"""The words of a dashboard's row. Fifty rows say the same few of them, so they are kept."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from app.infra.i18n.numbers import NBSP, numbers
from app.infra.i18n.wording import N_, gettext, ngettext
from app.infra.pages.filters import UNITS

REPEAT: Final = N_("Repeat order %(number)s")
ARCHIVE: Final = N_("Archive order %(number)s")
RESTORE: Final = N_("Bring order %(number)s back")
_KG_IN_T: Final = 1000
_GAP: Final = "\0"  # no text and no number has it


@lru_cache(4096)
def weight_words(kg: Decimal, locale: str) -> str:
    """Write a weight in tonnes."""
    return f"{numbers(locale).number(kg / _KG_IN_T)}{NBSP}{gettext(locale, UNITS['t'])}"


def quantity_words(quantity: Decimal, unit: str, locale: str) -> str:
    """Write a quantity in the unit a line is ordered in."""
    return f"{numbers(locale).number(quantity)}{NBSP}{gettext(locale, UNITS['t' if unit == 't' else 'pcs'])}"


@lru_cache(1024)
def lines_words(lines: int, locale: str) -> str:
    """Count lines."""
    return ngettext(locale, "%(num)s line", "%(num)s lines", lines)


def button_words(msgid: str, number: str, locale: str) -> str:
    """Say what a button does to which order."""
    return _with_gap(msgid, locale).replace(_GAP, number)


@lru_cache(64)
def _with_gap(msgid: str, locale: str) -> str:
    return gettext(locale, msgid, number=_GAP)
