"""Tables as files that leave row by row: CSV and XLSX. Nothing in them is ever a formula.

An XLSX is a ZIP of XML whose last part is the sheet; written so, the first rows are with the reader before the last
ones are read, and a file of any length needs the memory of one batch. Libraries for it finish the file first.
"""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Final, Protocol, cast
from xml.sax.saxutils import escape

Cell = str | int | datetime
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
# What XML 1.0 cannot hold, and the spelling in which Excel hides such characters.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HIDDEN: Final = re.compile("_x(?=[0-9A-Fa-f]{4}_)")
_LONGEST: Final = 32_767  # characters a cell may hold
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet knows no zones
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # Plain, bold for the head, a moment to the second.
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>'
        '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
    ),
}


class Sheet(Protocol):
    """A table on its way out: each call gives the bytes that may leave now."""

    def begin(self, heads: Sequence[str]) -> bytes:
        """Write the names of the columns."""
        ...

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        """Write some rows."""
        ...

    def end(self) -> bytes:
        """Finish the file."""
        ...


class CsvSheet:
    """CSV for people and their spreadsheets: UTF-8 with a mark, the separator of the reader's language."""

    def __init__(self, locale: str) -> None:
        """Choose the separator: where a comma parts decimals, columns are parted by semicolons."""
        self._separator = "," if locale == "en" else ";"

    def begin(self, heads: Sequence[str]) -> bytes:
        """Write the names of the columns."""
        return b"\xef\xbb\xbf" + self.rows([heads])

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        """Write some rows."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self._separator)
        writer.writerows([_harmless(_told(cell)) for cell in row] for row in rows)
        return out.getvalue().encode("utf-8", "replace")

    def end(self) -> bytes:
        """Nothing follows the last row."""
        return b""


class XlsxSheet:
    """One sheet of a workbook; texts are texts, whatever they begin with."""

    def __init__(self, title: str, widths: Sequence[int]) -> None:
        """Name the sheet and say how wide its columns are, in letters."""
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self._title = title
        self._widths = widths
        self._open = cast("IO[bytes]", self._sink)  # the sheet, once it has begun

    def begin(self, heads: Sequence[str]) -> bytes:
        """Write everything around the sheet, and its first row."""
        for name, text in _PARTS.items():
            self._zip.writestr(name, _HEAD + text)
        self._zip.writestr("xl/workbook.xml", _HEAD + self._workbook())
        self._open = self._zip.open("xl/worksheets/sheet1.xml", "w")
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
            for place, width in enumerate(self._widths, start=1)
        )
        self._write(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{columns}</cols><sheetData>{_row(heads, style=1)}"
        )
        return self._sink.take()

    def rows(self, rows: Sequence[Sequence[Cell]]) -> bytes:
        """Write some rows."""
        self._write("".join(_row(row) for row in rows))
        return self._sink.take()

    def end(self) -> bytes:
        """Close the sheet and the file."""
        self._write("</sheetData></worksheet>")
        self._open.close()
        self._zip.close()
        return self._sink.take()

    def _write(self, text: str) -> None:
        self._open.write(text.encode())

    def _workbook(self) -> str:
        return (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{_attribute(self._title[:31])}" sheetId="1" r:id="r1"/></sheets></workbook>'
        )


class _Sink(io.RawIOBase):
    """Where a ZIP is written that nobody turns back in."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._held += data
        return len(data)

    def take(self) -> bytes:
        """Give what has come since the last time."""
        taken = bytes(self._held)
        self._held.clear()
        return taken


def _row(cells: Sequence[Cell], style: int = 0) -> str:
    return f"<row>{''.join(_cell(cell, style) for cell in cells)}</row>"


def _cell(cell: Cell, style: int) -> str:
    if isinstance(cell, datetime):
        days = (cell.replace(tzinfo=None) - _DAY_ZERO).total_seconds() / 86_400
        return f'<c s="2"><v>{days:.8f}</v></c>'
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    shown = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{shown}><is><t xml:space="preserve">{escape(_legal(cell))}</t></is></c>'


def _legal(text: str) -> str:
    return _HIDDEN.sub("_x005F_x", _ILLEGAL.sub("", text))[:_LONGEST]


def _attribute(text: str) -> str:
    return escape(re.sub(r"[\[\]:*?/\\]", " ", _legal(text)), {'"': "&quot;"})


def _told(cell: Cell) -> str:
    return f"{cell:%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else str(cell)


def _harmless(text: str) -> str:
    """A spreadsheet takes some beginnings for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text
