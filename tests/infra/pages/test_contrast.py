"""The tokens keep WCAG contrast in both themes, whatever a page puts together."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[3] / "assets/tokens.css").read_text(encoding="utf-8")
PAIRS = {
    match[1]: (match[2], match[3] or match[2])
    for match in re.finditer(r"--([\w-]+): (?:light-dark\()?(#[0-9a-f]{6})(?:, (#[0-9a-f]{6})\))?;", TOKENS)
}
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("bg", "surface", "sunken")),
    *((f"{tone}-ink", f"{tone}-soft") for tone in ("pri", "ok", "warn", "bad", "info")),
    *((f"{tone}-ink", "surface") for tone in ("ok", "warn", "bad")),
    *(("ink", f"{tone}-soft") for tone in ("warn", "bad")),
    *((kind, f"{kind}-bg") for kind in ("drum", "pail", "can", "ibc", "bulk")),
    ("on-pri", "pri"),
    ("on-pri", "pri-h"),
    ("on-bad", "bad"),
    ("on-bad", "bad-h"),
    ("on-oil", "oil"),
    ("pri", "surface"),
    ("pri", "bg"),
    ("side-ink", "side-bg"),
    ("side-ink", "side-act"),
    ("side-on", "side-act"),
    ("bar-ink", "bar-bg"),
    ("bar-ink-2", "bar-bg"),
]
SHAPES = [(shape, ground) for shape in ("line-2", "focus", "warn", "ok", "bad") for ground in ("bg", "surface")]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_can_be_read(front: str, back: str, theme: int) -> None:
    assert contrast(PAIRS[front][theme], PAIRS[back][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(("front", "back"), SHAPES)
def test_borders_and_marks_can_be_seen(front: str, back: str, theme: int) -> None:
    assert contrast(PAIRS[front][theme], PAIRS[back][theme]) >= 3
