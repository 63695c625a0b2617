"""Showing that something is known about a person without telling it."""

from typing import Final

HIDDEN: Final = "•••"
_SHOWN: Final = 2  # characters at either end


def partly(text: str) -> str:
    """Leave enough to recognise and too little to use: both ends of a number, the domain of an address."""
    head, at, domain = text.partition("@")
    if at:
        return f"{head[:1]}{HIDDEN}@{domain}"
    return f"{text[:_SHOWN]}{HIDDEN}{text[-_SHOWN:]}" if len(text) > 3 * _SHOWN else HIDDEN
