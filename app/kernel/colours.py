"""Colours as WCAG 2.2 counts them, and a brand's colour made readable in both themes.

A manufacturer chooses one colour. Where it would be hard to read it is made darker (light theme) or lighter (dark
theme), keeping its hue, until it reaches the contrast; what was changed is told with both figures.
"""

import colorsys
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct

TEXT: Final = 4.5  # least contrast of text (WCAG 2.2, 1.4.3)
_HEX: Final = re.compile("#[0-9a-f]{6}")
_STEP: Final = 0.005
# The hardest ground of each theme: what is readable here is readable on page and card too (tokens.css: sunken).
_LIGHT_GROUND: Final = "#eef2f3"
_DARK_GROUND: Final = "#1a262b"
_WHITE: Final = "#ffffff"
_SIDE_INK: Final = "#a9bcc2"  # the paler of the menu's two text colours
_PALER: Final = 0.12
_LINEAR_BELOW: Final = 0.04045  # sRGB: the straight part of its curve


class Fit(Struct, frozen=True):
    """A colour on a ground: as it was chosen, as it is used, and the contrast of both."""

    ground: str
    chosen: str
    chosen_ratio: float
    used: str
    used_ratio: float

    @property
    def is_changed(self) -> bool:
        """Whether the chosen colour was not readable enough."""
        return self.used != self.chosen


class Theme(Struct, frozen=True):
    """What one theme takes from the brand."""

    main: Fit
    hover: str
    soft: str
    ink: str
    on_main: str
    side: str
    side_active: str

    @property
    def tokens(self) -> Mapping[str, str]:
        """Name the design tokens that are replaced."""
        return {
            "pri": self.main.used,
            "pri-h": self.hover,
            "pri-soft": self.soft,
            "pri-ink": self.ink,
            "on-pri": self.on_main,
            "side-bg": self.side,
            "side-act": self.side_active,
        }


class Palette(Struct, frozen=True):
    """A brand's colour in both themes."""

    light: Theme
    dark: Theme


def is_colour(text: str) -> bool:
    """Whether this is a colour as we write it: # and six hexadecimal digits in lower case."""
    return _HEX.fullmatch(text) is not None


def contrast(first: str, second: str) -> float:
    """Count the contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def palette(accent: str) -> Palette:
    """Derive everything both themes need from one colour."""
    return Palette(_light(accent), _dark(accent))


@lru_cache(maxsize=256)  # a page of each brand asks for it
def stylesheet(accent: str) -> str:
    """Write the brand's colours as design tokens."""
    both = palette(accent)
    light, dark = both.light.tokens, both.dark.tokens
    lines = "".join(f"--{name}:light-dark({light[name]},{dark[name]});" for name in light)
    return f"@layer tokens{{:root{{{lines}}}}}\n"


def _light(accent: str) -> Theme:
    main = _fit(accent, _LIGHT_GROUND, darker=True)
    soft = _mix(main.used, _WHITE, _PALER)
    return Theme(
        main=main,
        hover=_shift(main.used, -0.07),
        soft=soft,
        ink=_fit(_shift(main.used, -0.07), soft, darker=True).used,
        on_main=_WHITE,
        side=_ground(accent, 0.125),
        side_active=_ground(accent, 0.2),
    )


def _dark(accent: str) -> Theme:
    main = _fit(accent, _DARK_GROUND, darker=False)
    soft = _mix(main.used, _DARK_GROUND, 0.16)
    return Theme(
        main=main,
        hover=_shift(main.used, 0.08),
        soft=soft,
        ink=_fit(_shift(main.used, 0.12), soft, darker=False).used,
        on_main=_fit(_at(accent, 0.1), main.used, darker=True).used,
        side=_ground(accent, 0.05),
        side_active=_ground(accent, 0.14),
    )


def _fit(colour: str, ground: str, *, darker: bool) -> Fit:
    hue, lightness, vividness = _hls(colour)
    used = colour
    # From the chosen hue each time: rounding to whole steps of red, green and blue would let it drift.
    while contrast(used, ground) < TEXT and (lightness > 0 if darker else lightness < 1):
        lightness = max(0.0, lightness - _STEP) if darker else min(1.0, lightness + _STEP)
        used = _hex(hue, lightness, vividness)
    return Fit(ground, colour, contrast(colour, ground), used, contrast(used, ground))


def _ground(accent: str, lightness: float) -> str:
    """Tint the menu with the brand: dark enough for its own text, and never louder than the page."""
    colour = _at(accent, lightness, most_vivid=0.6)
    while contrast(_SIDE_INK, colour) < TEXT:
        lightness -= _STEP
        colour = _at(accent, lightness, most_vivid=0.6)
    return colour


def _shift(colour: str, by: float) -> str:
    hue, lightness, vividness = _hls(colour)
    return _hex(hue, min(1.0, max(0.0, lightness + by)), vividness)


def _at(colour: str, lightness: float, most_vivid: float = 1.0) -> str:
    hue, _, vividness = _hls(colour)
    return _hex(hue, lightness, min(vividness, most_vivid))


def _mix(colour: str, ground: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(ground), strict=True)
    return "#" + "".join(f"{round(255 * (one * share + other * (1 - share))):02x}" for one, other in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hls(colour: str) -> tuple[float, float, float]:
    return colorsys.rgb_to_hls(*_parts(colour))


def _hex(hue: float, lightness: float, vividness: float) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, lightness, vividness))
