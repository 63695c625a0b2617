"""Names a program by what it says of itself, for the list of one's sessions: "Firefox, Windows".

A hint for the person who reads the list, never a fact anything is decided on: whoever signs in may say what they like.
"""

from typing import Final

from msgspec import Struct

# The first that fits counts: nearly everything also calls itself Chrome, Safari and Mozilla.
_BROWSERS: Final = (
    ("YaBrowser/", "Yandex"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-", "Python"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class Device(Struct, frozen=True):
    """A browser and the system under it; empty where nothing known was said."""

    browser: str
    system: str


def read_device(agent: str) -> Device:
    """Read a User-Agent header."""
    return Device(_first(_BROWSERS, agent), _first(_SYSTEMS, agent))


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in names if sign in agent), "")
