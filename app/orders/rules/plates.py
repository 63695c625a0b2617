"""Number plates of seven countries and their neighbours: normalised for search, checked only to warn.

Source: DOMAIN, section 7. Formats change and drivers cross borders, so an odd plate never blocks an order.
"""

import re
from typing import Final

# Letters that look alike on a plate are one letter, whichever alphabet they were typed in.
_FOLD: Final = str.maketrans("АВЕКМНОРСТУХІ", "ABEKMHOPCTYXI")
_BLANKS: Final = re.compile(r"[\s\-./]+")
_SHAPES: Final = tuple(
    re.compile(shape)
    for shape in (
        r"\d{3}[A-Z]{2,3}(0[1-9]|1\d|20)",  # KZ car, KZ company
        r"\d{2}[A-Z]{3}(0[1-9]|1\d|20)",  # KZ trailer
        r"0\d\d{3}[A-Z]{2,3}",  # KG
        r"\d{2}[A-Z]\d{3}[A-Z]{2}",  # UZ person
        r"\d{2}\d{3}[A-Z]{3}",  # UZ company
        r"\d{4}[A-Z]{2}",  # UZ trailer
        r"\d{4}[A-Z]{2}0\d",  # TJ
        r"\d{4}[A-ZА-ЯӨҮ]{3}",  # MN
        r"[A-Z]\d{3}[A-Z]{2}\d{2,3}",  # RU
        r"[A-Z]{2}\d{4}\d{2,3}",  # RU trailer
        r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}",  # CN
        r"[A-Z]{2}\d{4}[A-Z]{2}",  # TM
    )
)


def plate_key(plate: str) -> str:
    """Normalise a plate: upper case, one alphabet, no blanks. Equal keys are the same plate."""
    return _BLANKS.sub("", plate.upper()).translate(_FOLD)


def is_known_shape(plate: str) -> bool:
    """Tell whether a plate looks like one of a country that trades here."""
    key = plate_key(plate)
    return any(shape.fullmatch(key) for shape in _SHAPES)
