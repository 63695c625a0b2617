"""A logo is decoded and written anew: what is kept are its pixels and nothing that came along with them.

PNG only: it is what logos are made in, and small enough to be read without trusting anybody. SVG is a program, and a
JPEG has no transparent ground. Texts, colour profiles and whatever follows the picture are dropped.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Final, cast

from msgspec import Struct

MOST_BYTES: Final = 512 * 1024
LEAST_SIDE: Final = 32
MOST_SIDE: Final = 1024
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEAD: Final = struct.Struct(">IIBBBBB")
_HEAD_BYTES: Final = 13
# Colour type: samples a pixel, and the depths it may have.
_KINDS: Final[Mapping[int, tuple[int, frozenset[int]]]] = {
    0: (1, frozenset({1, 2, 4, 8, 16})),
    2: (3, frozenset({8, 16})),
    3: (1, frozenset({1, 2, 4, 8})),
    4: (2, frozenset({8, 16})),
    6: (4, frozenset({8, 16})),
}
_INDEXED: Final = 3
_PALETTE_BYTES: Final = 768
_FILTERS: Final = 5
_OTHERS: Final = (b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"<svg", b"<?xml")


class Picture(Struct, frozen=True):
    """A picture written anew."""

    body: bytes
    width: int
    height: int


class PictureError(Exception):
    """Why a file is no logo; ``code`` picks the wording."""

    def __init__(self, code: str, **params: str) -> None:
        """Name the reason."""
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, str] = params


class _Head(Struct, frozen=True):
    width: int
    height: int
    depth: int
    kind: int

    @property
    def row_bytes(self) -> int:
        """How long a line of pixels is, with the byte that says how it is filtered."""
        return 1 + (self.width * self.depth * _KINDS[self.kind][0] + 7) // 8


def clean_png(data: bytes) -> Picture:
    """Read a PNG and write it anew.

    Raises:
        PictureError: it is none, it is broken, too large, or too small.
    """
    if not data:
        raise PictureError("picture_missing")
    if len(data) > MOST_BYTES:
        raise PictureError("picture_too_heavy", max=str(MOST_BYTES // 1024))
    if not data.startswith(_SIGNATURE):
        raise PictureError("picture_other_kind" if data.lstrip().startswith(_OTHERS) else "picture_unknown")
    chunks = list(_chunks(data))
    head = _read_head(chunks)
    palette = _only(chunks, b"PLTE")
    if (head.kind == _INDEXED and not palette) or len(palette) > _PALETTE_BYTES or len(palette) % 3:
        raise PictureError("picture_broken")
    pixels = _read_pixels(b"".join(body for name, body in chunks if name == b"IDAT"), head)
    transparent = _only(chunks, b"tRNS")
    parts = [(b"IHDR", _HEAD.pack(head.width, head.height, head.depth, head.kind, 0, 0, 0))]
    if palette and head.kind == _INDEXED:
        parts.append((b"PLTE", palette))
    if transparent and len(transparent) <= 256:  # noqa: PLR2004 - one byte a colour of the palette
        parts.append((b"tRNS", transparent))
    parts += [(b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return Picture(_SIGNATURE + b"".join(_chunk(name, body) for name, body in parts), head.width, head.height)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_SIGNATURE)
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        name, end = data[place + 4 : place + 8], place + 8 + length
        if end + 4 > len(data) or zlib.crc32(data[place + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            break
        yield name, data[place + 8 : end]
        if name == b"IEND":
            return  # whatever follows is not the picture
        place = end + 4
    raise PictureError("picture_broken")


def _read_head(chunks: list[tuple[bytes, bytes]]) -> _Head:
    name, body = chunks[0]
    if name != b"IHDR" or len(body) != _HEAD_BYTES:
        raise PictureError("picture_broken")
    fields = cast("tuple[int, int, int, int, int, int, int]", _HEAD.unpack(body))
    width, height, depth, kind, packing, filtering, interlaced = fields
    if kind not in _KINDS or depth not in _KINDS[kind][1] or packing or filtering or interlaced not in {0, 1}:
        raise PictureError("picture_broken")
    if not (LEAST_SIDE <= width <= MOST_SIDE and LEAST_SIDE <= height <= MOST_SIDE):
        size = {"width": str(width), "height": str(height)}
        raise PictureError("picture_wrong_size", min=str(LEAST_SIDE), max=str(MOST_SIDE), **size)
    if interlaced:
        raise PictureError("picture_interlaced")
    return _Head(width, height, depth, kind)


def _read_pixels(packed: bytes, head: _Head) -> bytes:
    expected = head.row_bytes * head.height
    unpacker = zlib.decompressobj()
    try:
        pixels = unpacker.decompress(packed, expected + 1)  # never more than the size in the head promises
    except zlib.error:
        raise PictureError("picture_broken") from None
    if len(pixels) != expected or max(pixels[:: head.row_bytes]) >= _FILTERS:
        raise PictureError("picture_broken")
    return pixels


def _only(chunks: list[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    found = [body for name, body in chunks if name == wanted]
    if len(found) > 1:
        raise PictureError("picture_broken")
    return found[0] if found else b""


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
