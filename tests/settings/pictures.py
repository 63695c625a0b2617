"""PNG files as drawing programs and attackers write them."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def head(width: int, height: int, depth: int = 8, kind: int = 6, interlaced: int = 0) -> bytes:
    """The part that says how large the picture is."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))


def pixels(width: int, height: int, bytes_a_pixel: int = 4) -> bytes:
    """Unfiltered lines of one colour."""
    return (b"\x00" + b"\x0b\x61\x70\xff"[:bytes_a_pixel] * width) * height


def png(width: int = 64, height: int = 48, *more: bytes, body: bytes | None = None) -> bytes:
    """A sound picture, with further parts before its pixels."""
    packed = zlib.compress(pixels(width, height) if body is None else body)
    return SIGNATURE + head(width, height) + b"".join(more) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
