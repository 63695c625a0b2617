"""Reads pasted lines "code quantity", in any order, with tab, semicolon, comma or blanks between.

A line may be read in several ways ("A-1 200" is 200 of A-1, or one A-1 200); all are given, the likeliest
first, and the catalogue decides which code exists.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct

MAX_LINES: Final = 500
MAX_LINE_LENGTH: Final = 200

# Blanks around a mark belong to it, so that "A-1 ; 5" has one separator.
_SEPARATOR: Final = re.compile(r"\s*[\t;]\s*|\s*,\s*|\s+")
# Numbers and dots before the lines of a list: "1) ", "2. ", "- ".
_BULLET: Final = re.compile(r"(?:[0-9]{1,3}[.)]|[-\u2022*\u2013\u2014])\s+")
_NUMBER: Final = r"[-\u2212]?(?:[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]{1,12})(?:[.,][0-9]{1,6})?"
_QUANTITY: Final = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>[^\W\d_]+)?\.?")
_UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("шт", "pcs", "pc", "дана", "бочка", "бочек", "бочки"), "piece"),
    **dict.fromkeys(("т", "тн", "тонн", "тонна", "тонны", "t", "mt"), "t"),
    **dict.fromkeys(("кг", "kg"), "kg"),
    **dict.fromkeys(("л", "l", "литр", "литров"), "l"),
}


class Reading(Struct, frozen=True):
    """One way to read a line; ``unit`` is empty where none was written."""

    code: str
    quantity: Decimal
    unit: str = ""


class PastedLine(Struct, frozen=True):
    """A line as it was pasted, with every way to read it (none: no quantity in it)."""

    text: str
    readings: tuple[Reading, ...]


def read_lines(text: str) -> list[PastedLine]:
    """Read pasted text; empty lines are left out."""
    stripped = (line.strip() for line in text.splitlines())
    return [PastedLine(line, tuple(_unique(line))) for line in stripped if line]


def _unique(line: str) -> Iterator[Reading]:
    bare = line[match.end() :] if (match := _BULLET.match(line)) else ""
    found = dict.fromkeys((*_readings(line), *_readings(bare)))
    yield from found


def _readings(line: str) -> Iterator[Reading]:
    for code, quantity in (*_cells(line), *_halves(line)):
        number = _quantity(quantity)
        if number is not None and code:
            yield Reading(code, *number)


def _cells(line: str) -> Iterator[tuple[str, str]]:
    """Pair the cells of a table with more columns than two: the quantity follows its code, sooner than a price."""
    cells = [cell for cell in re.split(r"\s*[\t;]\s*", line) if cell]
    if len(cells) <= 2:  # noqa: PLR2004 - code and quantity
        return
    places = sorted(range(len(cells)), key=lambda place: _quantity(cells[place]) is not None)
    for place in places:
        for quantity in (*cells[place + 1 :], *reversed(cells[:place])):
            yield cells[place], quantity


def _halves(line: str) -> Iterator[tuple[str, str]]:
    """Cut the line at every separator and pair both halves either way, the likeliest cut first."""
    places = sorted(
        _SEPARATOR.finditer(line),
        # Then the place nearest to an end, since codes may hold blanks.
        key=lambda match: (_rank(match[0]), min(match.start(), len(line) - match.end())),
    )
    for match in places:
        left, right = line[: match.start()].strip(), line[match.end() :].strip()
        yield left, right
        yield right, left


def _rank(separator: str) -> int:
    # A tab or a semicolon is meant as one; a comma may be a decimal sign.
    if set(separator) & {"\t", ";"}:
        return 0
    return 2 if "," in separator else 1


def _quantity(text: str) -> tuple[Decimal, str] | None:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    unit = (match["unit"] or "").lower()
    if unit and unit not in _UNITS:
        return None
    digits = re.sub(r"\s", "", match["number"]).replace(",", ".").replace("\u2212", "-")
    return Decimal(digits), _UNITS.get(unit, "")
