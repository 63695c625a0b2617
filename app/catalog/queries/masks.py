"""Bitmaps on the Python side: 16,384 products a block, the first product is the leftmost bit."""

from collections.abc import Mapping
from typing import Final

from asyncpg import BitString

BLOCK: Final = 16_384
_BYTES: Final = BLOCK // 8
_PLACES: Final = tuple(tuple(bit for bit in range(8) if byte >> (7 - bit) & 1) for byte in range(256))


def join_blocks(blocks: Mapping[int, bytes]) -> bytes:
    """Put blocks one after the other; a missing one is empty."""
    nothing = bytes(_BYTES)
    return b"".join(blocks.get(block, nothing) for block in range(max(blocks, default=-1) + 1))


def cut_blocks(mask: bytes) -> list[BitString]:
    """Cut a mask into blocks for the driver."""
    return [bit_string(mask[start : start + _BYTES]) for start in range(0, len(mask), _BYTES)]


def bit_string(mask: bytes) -> BitString:
    """Give what the driver takes as ``bit varying``."""
    return BitString.frombytes(mask, len(mask) * 8)


def count_bits(mask: bytes) -> int:
    """Count the products of a mask."""
    return int.from_bytes(mask, "big").bit_count()


def positions(mask: bytes) -> list[int]:
    """List the products of a mask by their ordinals."""
    found: list[int] = []
    for place, byte in enumerate(mask):
        if byte:
            found += [place * 8 + bit for bit in _PLACES[byte]]
    return found
