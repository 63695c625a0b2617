"""What a person types to find an order, taken apart."""

import re
from typing import Final

from msgspec import Struct

MAX_LENGTH: Final = 100
_TAIL: Final = re.compile(r"([0-9]{1,9})$", re.ASCII)
_FEWEST_LETTERS: Final = 3  # fewer would find half of all consignees
_LAST: Final = "\U0010ffff"


class Query(Struct, frozen=True):
    """A search for orders; ``tail`` is the number at its end, ``beyond`` the first text after its prefix."""

    text: str
    upper: str
    beyond: str
    words: str  # lower case, for names of consignees; empty: too short to ask
    tail: int | None


def read_query(text: str) -> Query | None:
    """Read what was typed; nothing typed is no search."""
    text = " ".join(text.split())
    if not text:
        return None
    match = _TAIL.search(text)
    tail = int(match[1]) if match else None
    # "123" means the number 123 however many zeros stand before it; "P-2026-0000123" means itself.
    upper = text.upper() if not text.isdigit() else text.lstrip("0") or "0"
    return Query(
        text=text,
        upper=upper,
        beyond=upper + _LAST,
        words=text.lower() if len(text) >= _FEWEST_LETTERS else "",
        tail=tail,
    )
