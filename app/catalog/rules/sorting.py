"""The order of short labels: letters as the Kazakh alphabet has them, digits as the numbers they write."""

import re
from functools import lru_cache
from typing import Final

# Russian is the same order without the letters it has not; ё follows е in both.
_ALPHABET: Final = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
_PLACES: Final = {letter: chr(0x1000 + place) for place, letter in enumerate(_ALPHABET)}
_WEIGHTS: Final = str.maketrans(_PLACES)
_DIGITS: Final = "0123456789"
_RUN: Final = re.compile("[0-9]+|[^0-9]+")

Key = tuple[tuple[bool, int, str], ...]


@lru_cache(4096)
def natural_key(label: str) -> Key:
    """Give what to sort a label by: 5W-30 before 10W-40, Қ right after К, digits before letters."""
    return tuple(_weigh(found[0]) for found in _RUN.finditer(label.lower()))


def _weigh(run: str) -> tuple[bool, int, str]:
    if run[0] not in _DIGITS:
        return True, 0, run.translate(_WEIGHTS)
    digits = run.lstrip("0")
    return False, len(digits), digits
