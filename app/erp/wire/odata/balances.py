"""Balances of registers: figures by dimensions, and the orders that are inside them (ERP-EXCHANGE 4.6)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from msgspec import Raw, Struct, defstruct
from msgspec.structs import astuple

from app.erp.families import Rows, Source
from app.erp.wire.odata.pages import Ask, read_pages, read_stable
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import ZERO_LINK, decode, number, plain, split_page

Key = tuple[str, ...]

_READ_S: Final = 60.0


class Balance(Struct, frozen=True):
    """Figures by the columns of the dimensions, and the orders inside: all of them, and by dimension where told."""

    figures: Mapping[Key, Mapping[str, str]]
    orders: Sequence[str]
    orders_by: Mapping[Key, Sequence[str]]


async def read_balance(transport: Transport, source: Source, condition: str = "") -> Balance:
    """Ask for a balance. With a dimension of orders the answer itself names them; else their records do.

    Records are read before the balance: an order that has some is then surely inside it. One that came between
    counts twice until the next time, which promises too little and never too much.
    """
    recorded = await _recorders(transport, source) if source.orders_of else set[str]()
    names = [*source.dimensions.values(), *([source.order] if source.order else [])]
    figures = [term for terms in source.figures.values() for term in terms]
    wanted = list(dict.fromkeys([*(term[1:] for term in figures), *source.flags.values()]))
    asked = ",".join(name.removesuffix("_Key") for name in names)
    arguments = f"Condition='{condition}',Dimensions='{asked}'" if condition else f"Dimensions='{asked}'"
    content = await transport.read(f"{source.set}/Balance({arguments})", read_s=_READ_S)
    shape = _shape(names, wanted)
    sums: dict[Key, list[Decimal]] = {}
    orders: dict[Key, list[str]] = {}
    for raw in split_page(content):
        row = cast("tuple[str | Raw | None, ...]", astuple(decode(raw, shape)))
        texts = [plain(cast("str | None", cell)) or ZERO_LINK for cell in row[: len(names)]]
        values = [Decimal(number(cast("Raw", cell))) for cell in row[len(names) :]]
        key = tuple(texts[: len(source.dimensions)])
        known = sums.get(key)
        sums[key] = values if known is None else [one + two for one, two in zip(known, values, strict=True)]
        if source.order and texts[-1] != ZERO_LINK:
            orders.setdefault(key, []).append(texts[-1])
    inside = recorded.union(*orders.values())
    return Balance({key: _told(source, wanted, values) for key, values in sums.items()}, sorted(inside), orders)


def nothing(source: Source) -> Mapping[str, str]:
    """The figures of what a balance leaves out."""
    return dict.fromkeys([*source.figures, *source.flags], "0")


async def read_rows(transport: Transport, rows: Rows) -> list[dict[str, str]]:
    """Rows that must be there whether or not the balance has figures of theirs."""
    props = list(rows.fields.values())
    shape = _shape(props, [])
    found = await read_stable(transport, Ask(rows.set, props, order="Ref_Key"), lambda _row: "")
    texts = [[plain(cell) for cell in cast("tuple[str | None, ...]", astuple(decode(raw, shape)))] for raw in found]
    return [dict(zip(rows.fields, row, strict=True)) for row in texts]


async def _recorders(transport: Transport, source: Source) -> set[str]:
    prop = source.orders_of
    shape = _shape([prop], [])
    ask = Ask(f"{source.set}_RecordType", [prop])
    pages = [page async for page in read_pages(transport, ask)]
    found = {plain(cast("str | None", astuple(decode(raw, shape))[0])) for page in pages for raw in page}
    return found - {"", ZERO_LINK}


def _told(source: Source, wanted: Sequence[str], values: Sequence[Decimal]) -> Mapping[str, str]:
    by_name = dict(zip(wanted, values, strict=True))
    told = {
        column: f"{sum((by_name[term[1:]] * (-1 if term[0] == '-' else 1) for term in terms), start=Decimal(0)):f}"
        for column, terms in source.figures.items()
    }
    return told | {column: "1" if by_name[name] > 0 else "0" for column, name in source.flags.items()}


def _shape(texts: Sequence[str], figures: Sequence[str]) -> type[Struct]:
    members: list[tuple[str, object, object]] = [(f"c{place}", str | None, None) for place, _ in enumerate(texts)]
    members += [(f"f{place}", Raw, Raw(b"0")) for place, _ in enumerate(figures)]
    wire = {f"c{place}": name for place, name in enumerate(texts)}
    wire |= {f"f{place}": name for place, name in enumerate(figures)}
    return defstruct("BalanceRow", members, rename=wire)
