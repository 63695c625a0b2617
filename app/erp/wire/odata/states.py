"""How open orders stand by a register of its own, whose changes no packet tells (ERP-EXCHANGE 4.7).

One request for some orders' states, and one for the documents of those that stand otherwise than is known here. The
register's word takes the place of the document's, and the row goes the way of every other.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from app.erp.families import Source, States
from app.erp.mappings.orders import STAGE
from app.erp.wire.failures import SchemaError
from app.erp.wire.odata.metadata import Types
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import any_text, decode, split_page

_TEXTS: Final = frozenset({"Edm.String", "Edm.Guid"})


class _Object(Struct):
    ref: UUID = msgspec.field(name="Ref_Key")


def check_states(states: States, types: Types) -> None:
    """Hold the register against what the ERP has.

    Raises:
        SchemaError: it is not there, or says something else.
    """
    known = types.get(states.set)
    if known is None:
        message = f"the ERP has no {states.set}"
        raise SchemaError(message)
    for name in (states.order, states.state, states.shipped):
        if name not in known:
            message = f"{states.set} has no field {name}"
            raise SchemaError(message)
    if known[states.state] not in _TEXTS:
        message = f"{states.set}.{states.state} is {known[states.state]}, which is no text"
        raise SchemaError(message)


async def read_states(
    transport: Transport, states: States, orders: str, asked: Sequence[UUID]
) -> dict[UUID, Mapping[str, Raw]]:
    """Ask how some orders stand; ``orders`` is the set a dimension of several types is one of.

    Raises:
        ErpError: there is no answer, or none that can be understood.
    """
    condition = " or ".join(_condition(states.order, orders, ref) for ref in asked)
    select = ",".join(dict.fromkeys((states.order, states.state, states.shipped)))
    content = await transport.read(states.set, {"$select": select, "$filter": condition})
    found: dict[UUID, Mapping[str, Raw]] = {}
    for raw in split_page(content):
        row = decode(raw, dict[str, Raw])
        try:
            found[UUID(any_text(row[states.order]))] = row
        except (KeyError, ValueError) as error:
            message = f"{states.set} names no order: {error}"
            raise SchemaError(message) from error
    return found


async def read_documents(
    transport: Transport, orders: str, properties: Sequence[str], asked: Sequence[UUID]
) -> dict[UUID, Raw]:
    """Read some orders in one call; one that is not there is left out.

    Raises:
        ErpError: there is no answer, or none that can be understood.
    """
    condition = " or ".join(f"Ref_Key eq guid'{ref}'" for ref in asked)
    content = await transport.read(orders, {"$select": ",".join(properties), "$filter": condition})
    return {decode(raw, _Object).ref: raw for raw in split_page(content)}


def lay_over(document: Raw, source: Source, states: States, told: Mapping[str, Raw]) -> Raw:
    """Put what the register says in the place of what the document says."""
    row = decode(document, dict[str, Raw])
    row[source.columns[STAGE]] = told[states.state]
    if source.seen and states.shipped in told:
        row[source.seen.shipped] = told[states.shipped]
    return Raw(msgspec.json.encode(row))


def _condition(dimension: str, orders: str, ref: UUID) -> str:
    if dimension.endswith("_Key"):
        return f"{dimension} eq guid'{ref}'"
    return f"{dimension} eq cast(guid'{ref}','{orders}')"
