"""How much of a batch is applied in one transaction. Pure.

A transaction holds the locks of what it writes, and a buyer who submits meanwhile waits for them. Rows of master data
go in by the hundred; an order of the portal is told step by step, with people to notify, and weighs as much as many.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from app.erp.mappings import STREAMS
from app.erp.mappings.orders import ORDERS
from app.erp.wire.messages import Entry

MOST_WEIGHT: Final = 500
ORDER_WEIGHT: Final = 20
_PLACES: Final[Mapping[str, int]] = {stream.set_name: place for place, stream in enumerate(STREAMS)}


def in_parts(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Cut a batch into parts, at least one, in the order in which streams lean on each other.

    What belongs to no stream is only remembered and comes last. Within a stream the order of the batch stays.
    """
    parts: list[list[Entry]] = [[]]
    weight = 0
    for entry in sorted(entries, key=lambda one: _PLACES.get(one.set_name, len(_PLACES))):
        more = ORDER_WEIGHT if entry.set_name == ORDERS.set_name else 1
        if parts[-1] and weight + more > MOST_WEIGHT:
            parts.append([])
            weight = 0
        parts[-1].append(entry)
        weight += more
    return parts
