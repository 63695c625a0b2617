"""Contents of invented files, made from their references: the same bytes whenever they are asked for."""

import struct
import zlib
from collections.abc import Callable
from random import Random

PDF, PNG, TEXT = "application/pdf", "image/png", "text/plain"
_WIDTH, _HEIGHT = 48, 32
_LINES = (8, 90)  # of a page, at least and at most


def content_of(file: str, media_type: str) -> bytes:
    """The content of a file by its reference."""
    return _MAKERS[media_type](file)


def _pdf(file: str) -> bytes:
    """One page that names the file."""
    count = Random(file).randint(*_LINES)
    lines = "".join(f"0 -8 Td (Karavan demo file {file}, line {line} of {count}) Tj\n" for line in range(1, count + 1))
    text = f"BT /F1 7 Tf 40 800 Td\n{lines}ET".encode()
    fonts = b"<< /Font << /F1 5 0 R >> >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % fonts,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    page, places = b"%PDF-1.4\n", list[int]()
    for number, body in enumerate(objects, start=1):
        places.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(page))
    return page + head + tail


def _png(file: str) -> bytes:
    """A picture of nothing: noise in colour."""
    rng = Random(file)
    rows = b"".join(b"\x00" + rng.randbytes(_WIDTH * 3) for _ in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _text(file: str) -> bytes:
    """A protocol in plain words."""
    lines = [f"Протокол замера {number}: файл {file}" for number in range(1, 40)]
    return ("\r\n".join(lines) + "\r\n").encode()


_MAKERS: dict[str, Callable[[str], bytes]] = {PDF: _pdf, PNG: _png, TEXT: _text}
