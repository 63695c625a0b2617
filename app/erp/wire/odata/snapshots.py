"""A whole stream over plain OData, as the COPY text that surface H sends."""

from collections.abc import Sequence
from typing import IO, Final
from uuid import UUID

from msgspec import Raw, Struct

from app.erp.families import Source
from app.erp.wire.odata.balances import nothing, read_balance, read_rows
from app.erp.wire.odata.pages import ask_of, read_stable, windows
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import ZERO_LINK, Decoder, copy_line, copy_text, decode

_AT_ONCE: Final = 1000


class Written(Struct, frozen=True):
    """Rows written, and the orders that are inside the figures; None: figures that are told some other way."""

    rows: int
    holding: Sequence[UUID] | None = None


class _Object(Struct, rename={"ref": "Ref_Key"}):
    ref: str = ""


async def write_stream(transport: Transport, source: Source, decoder: Decoder, batch: int, file: IO[bytes]) -> Written:
    """Read a stream whole and write it; ``batch`` is the number of this reading.

    Raises:
        ErpError: it could not be read whole.
    """
    if source.reading == "balance":
        return await _write_balance(transport, source, decoder, file)
    ask = ask_of(source, decoder.properties)
    rows = 0
    for window in await windows(transport, ask, source.window):
        found = await read_stable(transport, window, _ref if source.is_object else _nothing)
        for start in range(0, len(found), _AT_ONCE):
            file.write(copy_text(decoder.columns_of(found[start : start + _AT_ONCE], batch)).encode())
        rows += len(found)
    return Written(rows)


async def _write_balance(transport: Transport, source: Source, decoder: Decoder, file: IO[bytes]) -> Written:
    balance = await read_balance(transport, source)
    figures = dict(balance.figures)
    known = [dict(zip(source.dimensions, key, strict=True)) for key in figures]
    if source.rows:
        known = await read_rows(transport, source.rows)
    zero = nothing(source)
    for row in known:
        key = tuple(row[name] for name in source.dimensions)
        told = {**row, **figures.get(key, zero)}
        file.write(copy_line(_cells(decoder.columns, told)).encode())
    return Written(len(known), [UUID(order) for order in balance.orders])


def _cells(columns: Sequence[str], told: dict[str, str]) -> list[str]:
    head = {"Ref_Key": ZERO_LINK, "DataVersion": "", "DeletionMark": "false"}
    return [told.get(name, head.get(name, "")) for name in columns]


def _ref(raw: Raw) -> str:
    return decode(raw, _Object).ref


def _nothing(_raw: Raw) -> str:
    return ""
