"""Reading a set whole, page by page (ERP-EXCHANGE 1, paging).

A page can only be found by skipping what is before it, so a set that moves meanwhile is read again: its rows are
counted before and after, and no reference may come twice.
"""

import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date
from typing import Final

from msgspec import Raw, Struct

from app.erp.families import Source
from app.erp.wire.failures import SchemaError, TransientError
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import decode, split_page

PAGE: Final = 1000
_READ_S: Final = 60.0
_TRIES: Final = 3
_DECEMBER: Final = 12


class Ask(Struct, frozen=True):
    """What to read of a set."""

    set: str
    properties: Sequence[str]
    condition: str = ""
    order: str = ""


class _Dated(Struct):
    value: list[dict[str, str]]


def ask_of(source: Source, properties: Sequence[str]) -> Ask:
    """What a stream's set is asked for; records come in their own order whatever is asked."""
    set_name = f"{source.set}_RecordType" if source.reading == "records" else source.set
    order = f"{source.window},Ref_Key" if source.window else "Ref_Key" if source.is_object else ""
    return Ask(set_name, properties, order=order)


async def count(transport: Transport, ask: Ask) -> int:
    """How many rows there are.

    Raises:
        SchemaError: the answer is no number.
    """
    query = {"$filter": ask.condition} if ask.condition else {}
    text = (await transport.read(f"{ask.set}/$count", query, _READ_S)).decode("utf-8-sig", "replace").strip()
    if not text.isascii() or not text.isdigit():
        message = f"{ask.set}/$count says {text[:40]!r}"
        raise SchemaError(message)
    return int(text)


async def read_pages(transport: Transport, ask: Ask) -> AsyncIterator[list[Raw]]:
    """Read page after page until one is not full."""
    skip = 0
    while True:
        query = {"$select": ",".join(ask.properties), "$top": str(PAGE), "$skip": str(skip)}
        query |= {"$filter": ask.condition} if ask.condition else {}
        query |= {"$orderby": ask.order} if ask.order else {}
        rows = split_page(await transport.read(ask.set, query, _READ_S))
        yield rows
        if len(rows) < PAGE:
            return
        skip += len(rows)


async def read_stable(transport: Transport, ask: Ask, key: Callable[[Raw], str]) -> list[Raw]:
    """Read everything there is, as it was at one moment as far as counting can tell.

    ``key`` gives what tells rows from each other; empty: nothing does.

    Raises:
        TransientError: it moved each time.
    """
    for _ in range(_TRIES):
        before = await count(transport, ask)
        rows = [row async for page in read_pages(transport, ask) for row in page]
        keys = {found for row in rows if (found := key(row))}
        is_doubled = bool(keys) and len(keys) < len(rows)
        if before == len(rows) == await count(transport, ask) and not is_doubled:
            return rows
    message = f"{ask.set} moved {_TRIES} times while it was read"
    raise TransientError(message)


async def windows(transport: Transport, ask: Ask, prop: str) -> list[Ask]:
    """Cut a set by months of a date; what has no date, or a later one, belongs to the first or the last window."""
    if not prop:
        return [ask]
    first, last = await _edge(transport, ask, prop), await _edge(transport, ask, f"{prop} desc")
    if first is None or last is None:
        return [ask]
    borders = list(_months(first, last))
    moments = [f"datetime'{border.isoformat()}T00:00:00'" for border in borders]
    conditions = [f"{prop} lt {moments[0]}"] if moments else []
    conditions += [f"{prop} ge {one} and {prop} lt {two}" for one, two in itertools.pairwise(moments)]
    conditions += [f"{prop} ge {moments[-1]}"] if moments else [""]
    return [Ask(ask.set, ask.properties, condition, ask.order) for condition in conditions]


async def _edge(transport: Transport, ask: Ask, order: str) -> date | None:
    prop = order.partition(" ")[0]
    query = {"$select": prop, "$top": "1", "$orderby": order}
    found = decode(await transport.read(ask.set, query, _READ_S), _Dated).value
    try:
        return date.fromisoformat(found[0][prop][:10]) if found else None
    except (KeyError, ValueError) as error:
        message = f"{ask.set}: {prop} is no date"
        raise SchemaError(message) from error


def _months(first: date, last: date) -> list[date]:
    """First days of the months after the first one, up to that of the last; the empty date counts as none."""
    found: list[date] = []
    year, month = max(first.year, last.year - 10), first.month
    while True:
        year, month = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
        border = date(year, month, 1)
        if border > last:
            return found
        found.append(border)
