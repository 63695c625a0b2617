"""What a person may read of a message to the ERP: secrets gone, telephones and drivers only in part, bounded in length.

Pure, so that its tests need no server. What is stored went through here first; the page masks nothing itself.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

import msgspec

from app.kernel.masking import HIDDEN, partly

LONGEST_REQUEST: Final = 8_000
LONGEST_RESPONSE: Final = 4_000
_LONGEST_TEXT: Final = 500
_MOST_ITEMS: Final = 40
# Parts of a field's name, in the ERP's words and in ours.
_SECRET: Final = ("парол", "секрет", "токен", "password", "secret", "token", "authorization", "credential")
_PERSONAL: Final = (
    *("водител", "удостоверен", "телефон", "доверенност", "email", "почт", "паспорт", "иин"),
    *("driver", "phone", "proxy", "passport"),
)
_PHONE: Final = re.compile(r"(?<![\w-])\+?\d[\d ()-]{8,}\d(?![\w-])")
_LOGIN: Final = re.compile(r"(?i)\b(basic|bearer)\s+[\w+/=.~-]{6,}")
_MOST_DIGITS: Final = 15  # of a telephone; longer rows of digits are something else
_LEAST_DIGITS: Final = 10


def masked_json(body: bytes, longest: int = LONGEST_REQUEST) -> str:
    """Give a JSON body as indented text, masked; what is no JSON is masked as a text."""
    try:
        value = cast("object", msgspec.json.decode(body))
    except (msgspec.DecodeError, RecursionError):
        return masked_text(body.decode("utf-8", "replace"), longest)
    return _cut(msgspec.json.format(msgspec.json.encode(masked(value)), indent=2).decode(), longest)


def masked_text(text: str, longest: int = LONGEST_RESPONSE) -> str:
    """Give a text of the wire without telephones, logins and what cannot be printed."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    return _cut(_PHONE.sub(_phone, _LOGIN.sub(rf"\1 {HIDDEN}", plain)).strip(), longest)


def masked(value: object, name: str = "") -> object:
    """Mask a decoded value by the name of its field, whatever it lies in."""
    words = name.lower()
    if any(part in words for part in _SECRET):
        return HIDDEN
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, object]", value)
        return {key: masked(one, f"{words} {key}" if _is_personal(words) else key) for key, one in inner.items()}
    if isinstance(value, str):
        return (partly(value) if value and _is_personal(words) else masked_text(value, _LONGEST_TEXT)) if value else ""
    if isinstance(value, Sequence):
        items = cast("Sequence[object]", value)
        kept = [masked(one, name) for one in items[:_MOST_ITEMS]]
        return [*kept, f"… +{len(items) - _MOST_ITEMS}"] if len(items) > _MOST_ITEMS else kept
    return partly(str(value)) if value is not None and _is_personal(words) else value


def _is_personal(words: str) -> bool:
    return any(part in words for part in _PERSONAL)


def _phone(found: re.Match[str]) -> str:
    digits = sum(sign.isdigit() for sign in found[0])
    return partly(found[0]) if _LEAST_DIGITS <= digits <= _MOST_DIGITS and not _is_day(found[0]) else found[0]


def _is_day(text: str) -> bool:
    """A date with an hour beside it looks like a telephone."""
    return re.match(r"\d{4}-\d{2}-\d{2}", text) is not None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
