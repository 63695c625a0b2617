"""A value as it lies in Redis: a header that is checked whenever it is read, and the value itself as msgpack.

``fence`` repeats for whom and what it was written: bytes that turn up under another key are noticed and not shown.
"""

from struct import Struct as Layout
from typing import Final, Generic, TypeVar, cast

import msgspec
from msgspec import Struct

T = TypeVar("T")

FORMAT: Final = 1
# format, fresh_until, loaded_at, load cost in seconds, version, lives of the floors, tenant, fence
_HEADER: Final = Layout(">BddfQII8s")
SIZE: Final = _HEADER.size
# The script of a versioned write finds the version at bytes 21 to 28.


class Header(Struct, frozen=True):
    """What is known of a value without reading it. Times are seconds of the epoch."""

    fresh_until: float
    loaded_at: float
    cost_s: float
    version: int
    lives: int
    tenant_id: int
    fence: bytes


class Shaped(Generic[T]):
    """Packs and unpacks values of one type; a value of any other shape is no value."""

    def __init__(self, kind: object) -> None:
        """Know the type; a union, a list or a struct."""
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kind)  # pyright: ignore[reportArgumentType, reportCallIssue]
        self._encoder = msgspec.msgpack.Encoder()

    def pack(self, header: Header, value: T) -> bytes:
        """Write header and value."""
        buffer = bytearray(SIZE)
        _HEADER.pack_into(
            buffer,
            0,
            FORMAT,
            header.fresh_until,
            header.loaded_at,
            header.cost_s,
            header.version,
            header.lives,
            header.tenant_id,
            header.fence,
        )
        self._encoder.encode_into(value, buffer, SIZE)
        return bytes(buffer)

    def unpack(self, raw: bytes) -> T:
        """Read the value.

        Raises:
            MsgspecError: these are not bytes of such a value.
        """
        return self._decoder.decode(memoryview(raw)[SIZE:])


def read_header(raw: bytes) -> Header | None:
    """Read the header; None if these are no bytes of ours."""
    if len(raw) <= SIZE or raw[0] != FORMAT:
        return None
    fields = cast("tuple[int, float, float, float, int, int, int, bytes]", _HEADER.unpack_from(raw))
    return Header(*fields[1:])
