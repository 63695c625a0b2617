"""Text at the border: one normal form, nothing invisible that deceives, never longer than the field.

PostgreSQL refuses U+0000, a terminal obeys control characters, a bidi override makes a name read as
another one. All of that ends here; what a person can see and mean passes (ZWJ emoji, all scripts).
"""

import re
import unicodedata
from typing import Final

from app.kernel.errors import InvalidInputError, Problem

LINE_LENGTH: Final = 200
_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029]")
# Invisible leavings of a paste: zero-width space, joiners of words, direction marks, soft hyphen, byte order mark.
_DIRT: Final = dict.fromkeys((0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x2060, 0x2065), 0xFEFF))
# Letters and symbols by their class that nevertheless draw nothing: Hangul fillers, the empty Braille cell.
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Separators, controls, formats and marks: none of them is seen where it stands alone.
_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})
_CONTROL: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_BIDI: Final = "\u202a-\u202e\u2066-\u2069"
_SURROGATES: Final = "\ud800-\udfff"
_FORBIDDEN: Final = re.compile(f"[{_CONTROL}{_BIDI}{_SURROGATES}]")


def clean_text(
    text: str, *, field: str = "", max_length: int = LINE_LENGTH, min_length: int = 0, multiline: bool = False
) -> str:
    """Give the text as it will be stored: NFC, trimmed, line ends as a single line feed.

    Lengths are in code points of the result. A line in which nothing can be seen is an empty one.

    Raises:
        InvalidInputError: a forbidden character, or the wrong length; one problem.
    """
    # Normalising a megabyte to find that it is too long would be work for an attacker.
    if len(text) > max_length * 4 + 1000:
        raise InvalidInputError([_too_long(field, max_length)])
    tidy = _BREAKS.sub("\n", text.translate(_DIRT)).strip()
    if not multiline:
        tidy = tidy.replace("\t", " ")
    if _FORBIDDEN.search(tidy) or (not multiline and "\n" in tidy):
        raise InvalidInputError([Problem("text_forbidden_character", field)])
    seen = (line if _shows_something(line) else "" for line in tidy.split("\n"))
    result = unicodedata.normalize("NFC", "\n".join(seen)).strip()
    if len(result) > max_length:
        raise InvalidInputError([_too_long(field, max_length)])
    if len(result) < min_length:
        code = "text_too_short" if result else "required"
        raise InvalidInputError([Problem(code, field, {"min": str(min_length)})])
    return result


def has_forbidden_character(text: str) -> bool:
    """Whether an address or a query carries something no address of ours ever does."""
    return _FORBIDDEN.search(text) is not None


def _shows_something(text: str) -> bool:
    return any(one not in _BLANKS and unicodedata.category(one) not in _UNSEEN for one in text)


def _too_long(field: str, max_length: int) -> Problem:
    return Problem("text_too_long", field, {"max": str(max_length)})
