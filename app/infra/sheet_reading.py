"""Tables people bring: CSV, text copied out of a spreadsheet, or the first sheet of an XLSX, as lines of texts.

Nothing in a file is believed: sizes are bounded before anything is unpacked, an XLSX with a document type (entities) is
refused, formulas are read as the text they last showed, and nothing is ever run.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from msgspec import Struct

MOST_BYTES: Final = 512 * 1024
MOST_LINES: Final = 1_000
MOST_COLUMNS: Final = 30
_MOST_UNPACKED: Final = 8 * 1024 * 1024
_LONGEST_CELL: Final = 500
_SHEET: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_PLACE: Final = re.compile("([A-Z]{1,3})([0-9]{1,7})")
_SEPARATORS: Final = "\t;,"


class SheetError(Exception):
    """Why a file is no table we read; ``code`` picks the wording."""

    def __init__(self, code: str, **params: str) -> None:
        """Name the reason."""
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, str] = params


class Line(Struct, frozen=True):
    """One line with something in it, and its number as a spreadsheet shows it."""

    number: int
    cells: Sequence[str]


def read_sheet(data: bytes) -> list[Line]:
    """Read a file by what it is, not by its name.

    Raises:
        SheetError: it is no table, or too large.
    """
    if len(data) > MOST_BYTES:
        raise SheetError("sheet_too_heavy", max=str(MOST_BYTES // 1024))
    if data.startswith(_OLD_EXCEL):
        raise SheetError("sheet_old_excel")
    if data.startswith(_ZIP):
        return _bounded(_read_xlsx(data))
    return read_text(_decode(data))


def read_text(text: str) -> list[Line]:
    """Read lines parted by tabs, semicolons or commas, whichever the first line has.

    Raises:
        SheetError: too many lines.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda one: (first.count(one), -_SEPARATORS.index(one)))
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        return _bounded((reader.line_num, cells) for cells in reader)
    except csv.Error:
        raise SheetError("sheet_broken") from None


def _decode(data: bytes) -> str:
    for coding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise SheetError("sheet_unknown")


def _bounded(lines: "Iterator[tuple[int, list[str]]]") -> list[Line]:
    found: list[Line] = []
    for number, cells in lines:
        clean = [" ".join(cell[:_LONGEST_CELL].split()) for cell in cells[:MOST_COLUMNS]]
        if any(clean):
            found.append(Line(number, clean))
        if len(found) > MOST_LINES:
            raise SheetError("sheet_too_long", max=str(MOST_LINES))
    return found


def _read_xlsx(data: bytes) -> "Iterator[tuple[int, list[str]]]":
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if sum(part.file_size for part in book.infolist()) > _MOST_UNPACKED:
                raise SheetError("sheet_too_heavy", max=str(MOST_BYTES // 1024))
            names = set(book.namelist())
            shared = _shared(book) if "xl/sharedStrings.xml" in names else []
            sheet = _parse(book, "xl/worksheets/sheet1.xml")
    except (zipfile.BadZipFile, KeyError, ET.ParseError, NotImplementedError, OSError, RuntimeError):
        raise SheetError("sheet_broken") from None
    for count, row in enumerate(sheet.iter(f"{_SHEET}row"), start=1):
        cells: dict[int, str] = {}
        for cell in row.iter(f"{_SHEET}c"):
            place = _column(cell.get("r", ""), len(cells))
            if place < MOST_COLUMNS:
                cells[place] = _text(cell, shared)
        number = row.get("r", "")
        yield (
            int(number) if number.isascii() and number.isdigit() and len(number) < 8 else count,  # noqa: PLR2004 - Excel has seven digits of rows
            [cells.get(place, "") for place in range(max(cells, default=-1) + 1)],
        )


def _shared(book: zipfile.ZipFile) -> list[str]:
    root = _parse(book, "xl/sharedStrings.xml")
    return ["".join(part.text or "" for part in item.iter(f"{_SHEET}t")) for item in root.iter(f"{_SHEET}si")]


def _parse(book: zipfile.ZipFile, name: str) -> ET.Element:
    with book.open(name) as part:
        text = part.read(_MOST_UNPACKED + 1)  # whatever the directory of the archive says
    if len(text) > _MOST_UNPACKED or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise SheetError("sheet_broken")
    return ET.fromstring(text)  # noqa: S314 - bounded, and without a document type there are no entities


def _column(place: str, following: int) -> int:
    found = _PLACE.fullmatch(place)
    if found is None:
        return following
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _text(cell: ET.Element, shared: Sequence[str]) -> str:
    kind, value = cell.get("t", ""), cell.find(f"{_SHEET}v")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_SHEET}t"))
    text = (value.text or "") if value is not None else ""
    if kind == "s":
        return shared[int(text)] if text.isascii() and text.isdigit() and int(text) < len(shared) else ""
    return text
