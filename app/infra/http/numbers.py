"""Numbers as people and scripts write them, read exactly or refused.

Digits are ASCII only, there is no exponent and no NaN; a person may group thousands and use the
decimal sign of the language. No float ever appears between the wire and the Decimal.
"""

import re
from decimal import Decimal
from typing import Final

from app.kernel.errors import InvalidInputError, Problem

_LONGEST: Final = 60
_SPACES: Final = re.compile("[ \u00a0\u2007\u2009\u202f']")
_PLAIN: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_GROUPED_BY_SPACE: Final = re.compile("-?[0-9]{1,3}([ \u00a0\u2007\u2009\u202f'][0-9]{3})+([.,][0-9]+)?")
_ENGLISH_GROUPS: Final = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_MINUS: Final = "\u2212"


def read_decimal(
    text: str,
    locale: str = "",
    *,
    field: str = "",
    scale: int = 3,
    whole_digits: int = 15,
    minimum: Decimal | None = None,
    maximum: Decimal | None = None,
) -> Decimal:
    """Read ``1 234,5`` or ``1234.5``; without ``locale`` only the second, as a script must write it.

    Zeros at the end of the fraction do not count against ``scale``.

    Raises:
        InvalidInputError: it is no such number, or out of bounds; one problem.
    """
    plain = _plain(text.strip(), locale) if len(text) <= _LONGEST else None
    if plain is None:
        raise InvalidInputError([Problem("number_malformed", field)])
    whole, _, fraction = plain.partition(".")
    if len(whole.lstrip("-").lstrip("0")) > whole_digits:
        raise InvalidInputError([Problem("number_too_large", field)])
    if len(fraction.rstrip("0")) > scale:
        raise InvalidInputError([Problem("number_too_precise", field, {"digits": str(scale)})])
    value = Decimal(plain) + 0  # minus zero becomes zero
    if minimum is not None and value < minimum:
        raise InvalidInputError([Problem("number_too_small", field, {"min": f"{minimum:f}"})])
    if maximum is not None and value > maximum:
        raise InvalidInputError([Problem("number_above", field, {"max": f"{maximum:f}"})])
    return value


def _plain(text: str, locale: str) -> str | None:
    if not locale:
        return text if _PLAIN.fullmatch(text) else None
    text = text.replace(_MINUS, "-")
    if _GROUPED_BY_SPACE.fullmatch(text):
        text = _SPACES.sub("", text)
    if locale == "en" and _ENGLISH_GROUPS.fullmatch(text):
        text = text.replace(",", "")
    text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    return text if _PLAIN.fullmatch(text) else None
