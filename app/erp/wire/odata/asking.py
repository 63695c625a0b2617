"""Questions about single objects: are these labels still true, what is free of these items."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from app.erp.families import Source
from app.erp.wire.messages import Free, Gone, Stale
from app.erp.wire.odata.balances import Key, read_balance
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import decode, split_page

_KEYS: Final = 40  # in one address
_ITEMS: Final = 20


class _Label(Struct):
    ref: UUID = msgspec.field(name="Ref_Key")
    label: str = msgspec.field(name="DataVersion")


async def find_stale(transport: Transport, labels: Mapping[str, Mapping[UUID, str]]) -> Stale:
    """Compare labels with those of the ERP, some dozens of objects a call."""
    stale: dict[str, dict[UUID, str]] = {}
    gone: list[Gone] = []
    for set_name, known in labels.items():
        refs = list(known)
        for start in range(0, len(refs), _KEYS):
            asked = refs[start : start + _KEYS]
            told = await _labels(transport, set_name, asked)
            gone += [Gone(set_name=set_name, ref=ref) for ref in asked if ref not in told]
            differing = {ref: label for ref, label in told.items() if label != known[ref]}
            if differing:
                stale.setdefault(set_name, {}).update(differing)
    return Stale(stale=stale, gone=gone)


async def find_free(
    transport: Transport, source: Source, warehouses: str, places: Sequence[tuple[UUID, UUID]]
) -> list[Free]:
    """Ask the balance of some items, with its orders; ``warehouses`` is the set a place of several types is one of."""
    found: list[Free] = []
    for start in range(0, len(places), _ITEMS):
        asked = places[start : start + _ITEMS]
        conditions = [_condition(source, warehouses, place) for place in asked]
        balance = await read_balance(transport, source, " or ".join(conditions))
        for product, warehouse in asked:
            key: Key = (str(product), str(warehouse))
            free = balance.figures.get(key, {}).get("СвободныйОстаток", "0")
            # Where the figure has no dimension of orders, the records that were read before it name them all.
            told = balance.orders if source.orders_of else balance.orders_by.get(key, ())
            orders = [UUID(order) for order in told]
            found.append(Free(product=product, warehouse=warehouse, free=Decimal(free), orders=orders))
    return found


def _condition(source: Source, warehouses: str, place: tuple[UUID, UUID]) -> str:
    product, warehouse = (
        f"{name} eq guid'{ref}'" if name.endswith("_Key") else f"{name} eq cast(guid'{ref}','{warehouses}')"
        for name, ref in zip(source.dimensions.values(), place, strict=True)
    )
    return f"({product} and {warehouse})"


async def _labels(transport: Transport, set_name: str, refs: Sequence[UUID]) -> dict[UUID, str]:
    condition = " or ".join(f"Ref_Key eq guid'{ref}'" for ref in refs)
    content = await transport.read(set_name, {"$select": "Ref_Key,DataVersion", "$filter": condition})
    found = [decode(raw, _Label) for raw in split_page(content)]
    return {one.ref: one.label for one in found}
