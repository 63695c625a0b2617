"""Which language an answer speaks before anybody has signed in."""

from typing import Final

from app.infra.http.visit import DEFAULT_LOCALE
from app.infra.i18n.languages import LANGUAGES

_PAIRS: Final = 2


def guess_locale(path: str, accept_language: str) -> str:
    """Take the language of the address, else the best the browser asks for, else Russian."""
    first = path.split("/", _PAIRS)[1] if path.startswith("/") else ""
    if first in LANGUAGES:
        return first
    return preferred(accept_language) or DEFAULT_LOCALE


def preferred(accept_language: str) -> str:
    """Pick the first of our languages in the order of an Accept-Language header; empty if none."""
    asked: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        code = tag.lower().partition("-")[0]
        if code in LANGUAGES:
            asked.append((-_weight(rest), code))
    return min(asked, key=lambda one: one[0])[1] if asked else ""


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
