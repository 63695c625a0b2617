"""Tables as people bring them, and files that only look like one."""

import io
import zipfile
from collections.abc import Mapping

import pytest

from app.infra.sheet_reading import MOST_BYTES, MOST_LINES, Line, SheetError, read_sheet, read_text

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = (
    f"<worksheet {_NS}><sheetData>"
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="3"><c r="A3" t="inlineStr"><is><t>b@firm.example</t></is></c>'
    '<c r="C3" t="str"><f>HYPERLINK("x")</f><v>ru</v></c></row>'
    "</sheetData></worksheet>"
)
SHARED = f"<sst {_NS}><si><t>E-mail</t></si><si><r><t>Ро</t></r><r><t>ль</t></r></si></sst>"


def xlsx(parts: Mapping[str, str]) -> bytes:
    """A workbook with these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return out.getvalue()


def book(sheet: str = SHEET, shared: str = SHARED) -> bytes:
    """A sound workbook."""
    return xlsx({"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": shared})


def reason(data: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(SheetError) as caught:
        read_sheet(data)
    return caught.value.code


@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_lines_are_parted_as_the_first_one_is(separator: str) -> None:
    text = separator.join(("e-mail", "роль")) + "\r\n\r\n" + separator.join((" a@x.example ", '"Глава,  отдела"'))
    assert read_text(text) == [Line(1, ["e-mail", "роль"]), Line(3, ["a@x.example", "Глава, отдела"])]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "cp1251"])
def test_files_of_every_usual_coding_are_read(coding: str) -> None:
    assert read_sheet("почта;роль\n".encode(coding)) == [Line(1, ["почта", "роль"])]


def test_the_first_sheet_of_a_workbook_is_read_with_its_own_line_numbers() -> None:
    assert read_sheet(book()) == [Line(1, ["E-mail", "Роль"]), Line(3, ["b@firm.example", "", "ru"])]


def test_a_formula_is_the_text_it_showed() -> None:
    assert read_sheet(book())[1].cells[2] == "ru"


@pytest.mark.parametrize(
    ("case", "data", "expected"),
    [
        ("too heavy", b"a" * (MOST_BYTES + 1), "sheet_too_heavy"),
        ("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet_old_excel"),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "sheet_unknown"),
        ("an archive without a sheet", xlsx({"a.txt": "x"}), "sheet_broken"),
        ("a broken archive", b"PK\x03\x04" + b"\x00" * 40, "sheet_broken"),
        ("a sheet that is no XML", book("<worksheet"), "sheet_broken"),
        ("entities", book('<!DOCTYPE x [<!ENTITY a "b">]>' + SHEET), "sheet_broken"),
        ("a bomb", book("<a>" + " " * 9_000_000 + "</a>"), "sheet_too_heavy"),
        ("too many lines", b"a@x.example\n" * (MOST_LINES + 1), "sheet_too_long"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(case: str, data: bytes, expected: str) -> None:
    assert reason(data) == expected, case


def test_cells_that_point_nowhere_are_empty_and_far_columns_are_left_out() -> None:
    sheet = (
        f'<worksheet {_NS}><sheetData><row r="1"><c r="A1" t="s"><v>99</v></c><c r="XFD1"><v>7</v></c>'
        '<c r="B1"><v>5</v></c></row></sheetData></worksheet>'
    )
    assert read_sheet(book(sheet)) == [Line(1, ["", "5"])]
