"""Numbers as a language writes them: 1 234 567,50 ₸ in Russian, ₸1,234,567.50 in English.

A page shows some two hundred of them, and Babel takes 4-7 us each; this takes half a microsecond
with Babel's own symbols (a property test compares the two). Rounds half up, as rule R18 does.
"""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

from babel.numbers import format_currency, format_percent, get_decimal_symbol, get_group_symbol

from app.infra.i18n.languages import LANGUAGES
from app.kernel.money import SHOWN_DIGITS

NBSP: Final = "\u00a0"
# Signs a reader here knows at a glance; every other currency shows its code.
SIGNS: Final = {"KZT": "₸", "RUB": "₽", "USD": "$", "EUR": "€", "CNY": "¥"}
_STEPS: Final = tuple(Decimal(1).scaleb(-digits) for digits in range(7))
_MAX_DIGITS: Final = 3  # quantities are kept to 3 decimals


class Numbers:
    """Writes numbers in one language."""

    def __init__(self, cldr: str) -> None:
        """Take separators and the place of the signs from CLDR (``ru_KZ``)."""
        self._group = get_group_symbol(cldr)
        self._decimal = get_decimal_symbol(cldr)
        self._sign_first = format_currency(1, "EUR", locale=cldr).startswith("€")
        self._percent = format_percent(1, locale=cldr).removeprefix("100")  # "%" or " %"

    def number(self, value: Decimal | int) -> str:
        """Write a number with at most three decimals and no trailing zeros."""
        if isinstance(value, int):
            return f"{value:,}".replace(",", self._group)
        text = f"{value.quantize(_STEPS[_MAX_DIGITS], ROUND_HALF_UP):,f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else self._written(text)

    def fixed(self, value: Decimal | int, digits: int) -> str:
        """Write a number with exactly this many decimals (0 to 6)."""
        exact = Decimal(value) if isinstance(value, int) else value
        return self._written(f"{exact.quantize(_STEPS[digits], ROUND_HALF_UP):,f}")

    def money(self, amount: Decimal | int, currency: str, *, trim: bool = False) -> str:
        """Write an amount with its currency; ``trim`` drops minor digits that are all zero."""
        digits = 0 if trim and amount == int(amount) else SHOWN_DIGITS.get(currency, 2)
        return self._signed(self.fixed(amount, digits), currency)

    def _signed(self, text: str, currency: str) -> str:
        sign = SIGNS.get(currency, currency)
        if not self._sign_first:
            return f"{text}{NBSP}{sign}"
        gap = NBSP if sign.isalpha() else ""
        return f"-{sign}{gap}{text[1:]}" if text.startswith("-") else f"{sign}{gap}{text}"

    def exact(self, amount: Decimal, currency: str) -> str:
        """Write an amount to its last digit, however many its currency usually shows."""
        digits = min(max(2, -int(amount.normalize().as_tuple().exponent)), len(_STEPS) - 1)
        return self._signed(self.fixed(amount, digits), currency)

    def percent(self, share: Decimal | float, digits: int = 0) -> str:
        """Write a share (0.68) as per cent (68 %)."""
        value = share if isinstance(share, Decimal) else Decimal(str(share))
        return self.fixed(value * 100, digits) + self._percent

    def _written(self, text: str) -> str:
        if self._decimal == ".":  # Python's own signs are the English ones
            return text
        return text.replace(",", self._group).replace(".", self._decimal)


@cache
def numbers(locale: str) -> Numbers:
    """Give the writer of a language (``ru``, ``kk``, ``en``)."""
    return Numbers(LANGUAGES[locale].cldr)
