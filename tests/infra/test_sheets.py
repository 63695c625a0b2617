"""Files of rows: what is text stays text, in Excel and in CSV, however the rows come."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from app.infra.sheets import Cell, CsvSheet, Sheet, XlsxSheet

NS: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS: Final = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")
AT: Final = datetime(2026, 11, 22, 18, 30, 15, tzinfo=UTC)


def whole(sheet: Sheet, heads: Sequence[str], *batches: Sequence[Sequence[Cell]]) -> bytes:
    """All pieces one behind the other."""
    return sheet.begin(heads) + b"".join(sheet.rows(batch) for batch in batches) + sheet.end()


def cells(file: bytes) -> list[list[tuple[str, str]]]:
    """Kind and text of every cell of the one sheet."""
    with zipfile.ZipFile(io.BytesIO(file)) as opened:
        assert opened.testzip() is None
        for name in opened.namelist():
            ET.fromstring(opened.read(name))  # noqa: S314 - our own file
        root = ET.fromstring(opened.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{NS}c")] for row in root.iter(f"{NS}row")
    ]


def test_excel_gets_texts_numbers_and_moments_and_never_a_formula() -> None:
    file = whole(XlsxSheet("Журнал", (10, 20)), ["Кто", "Что"], [[one, 7] for one in FORMULAS], [["Аблай", AT]])
    assert b"<f>" not in file
    read = cells(file)
    assert read[0] == [("inlineStr", "Кто"), ("inlineStr", "Что")]
    # XML reads a carriage return as a line feed.
    assert read[1:-1] == [[("inlineStr", one.replace("\r", "\n")), ("n", "7")] for one in FORMULAS]
    assert read[-1] == [("inlineStr", "Аблай"), ("n", "46348.77100694")]


def test_what_xml_cannot_hold_is_left_out() -> None:
    file = whole(XlsxSheet('a[b]:"<', (10,)), ["<&>"], [["a\x00b\x1fc\ud800d _x0041_"]])
    assert cells(file) == [[("inlineStr", "<&>")], [("inlineStr", "abcd _x005F_x0041_")]]


def test_pieces_leave_before_the_file_is_finished() -> None:
    sheet = XlsxSheet("a", (10,))
    assert sheet.begin(["a"])[:2] == b"PK"
    sizes = [len(sheet.rows([[f"{number}{place * number}"] for place in range(5000)])) for number in range(8)]
    assert sum(sizes) > 0
    assert sheet.end()[-22:-18] == b"PK\x05\x06"


@pytest.mark.parametrize(("locale", "separator"), [("ru", ";"), ("kk", ";"), ("en", ",")])
def test_csv_parts_columns_as_the_language_does_and_harms_nobody(locale: str, separator: str) -> None:
    file = whole(CsvSheet(locale), ["Кто"], [[one, 7, AT] for one in FORMULAS], [['a";,\nb', "", ""]])
    assert file.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""), delimiter=separator))
    assert rows[0] == ["Кто"]
    assert [row[0] for row in rows[1:-1]] == [f"'{one}" for one in FORMULAS]
    assert {(row[1], row[2]) for row in rows[1:-1]} == {("7", "2026-11-22 18:30:15")}
    assert rows[-1] == ['a";,\nb', "", ""]
