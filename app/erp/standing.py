"""How open orders stand, asked again and again where no change of it is told (ERP-EXCHANGE 4.7).

A round goes through the orders that are open here, in order of their references, some at a time; where it is stands
beside the streams, so whoever takes over goes on there. What is found goes the way of a batch of the feed.
"""

from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

import structlog

from app.erp import streams
from app.erp.channel import Channel
from app.erp.feed import apply_batch
from app.erp.loading import Side
from app.erp.mappings.orders import ORDERS, STATES_AT_ONCE
from app.erp.queries.channels import is_paused
from app.erp.wire.failures import SchemaError
from app.erp.wire.messages import Batch
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.waypoints import pass_by
from app.orders.rules.states import STANDING

_PACKETS: Final = 10  # in a row; then other news is listened to
_DOUBT: Final = "how orders stand is read with them alone: "
_BEGINNING: Final = UUID(int=0)
_OPEN: Final = """
    SELECT id, erp_state FROM orders WHERE tenant_id = $1 AND state = ANY ($2) AND id > $3 ORDER BY id LIMIT $4"""

_log = structlog.stdlib.get_logger("erp")


async def follow_states(side: Side, channel: Channel) -> int:
    """Go on with the round that is due, if one is; gives how many orders stood otherwise.

    Raises:
        ErpError: the ERP went away; the next call goes on where this one stopped.
    """
    port = channel.client
    if port.states_every_s is None or (after := await _due(side, port.node, port.states_every_s)) is None:
        return 0
    changed = 0
    for _ in range(_PACKETS):
        async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
            known = await _read_open(transaction, after)
        batch, doubt = await _ask(side, channel, known)
        is_over = bool(doubt) or len(known) < STATES_AT_ONCE
        after = _BEGINNING if is_over else list(known)[-1]
        if not await _take(side, port.node, batch, after, doubt):
            break
        await side.carry()
        changed += len(batch.entries) if batch else 0
        if is_over:
            break
    return changed


async def _read_open(transaction: Transaction, after: UUID) -> dict[UUID, str]:
    """Read some open orders, in order of their references, and how they stand as far as is known here."""
    rows = await transaction.driver.fetch(_OPEN, transaction.tenant_id, sorted(STANDING), after, STATES_AT_ONCE)
    return {cast("UUID", row["id"]): cast("str", row["erp_state"]) for row in rows}


async def _due(side: Side, node: str, every_s: float) -> UUID | None:
    """Where to go on: after the last order that was asked for, or at the beginning; None: not now."""
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        known = await streams.read_streams(transaction, node)
        orders = known.get(ORDERS.name)
        if orders is None or orders.state != "live" or await is_paused(transaction, node, "in"):
            return None
        place = await streams.read_round(transaction, node)
    if place is None or place.after:
        return _BEGINNING if place is None else UUID(place.after)
    return _BEGINNING if place.age_s >= every_s else None


async def _ask(side: Side, channel: Channel, known: Mapping[UUID, str]) -> tuple[Batch | None, str]:
    """Ask for some orders, or for nothing where none is open; and why nobody can say."""
    if not known:
        return None, ""
    try:
        return await channel.call(lambda erp: erp.states(known)), ""
    except SchemaError as error:
        _log.warning("erp.states_unknown", tenant=side.tenant, reason=str(error))
        return None, f"{_DOUBT}{error}"


async def _take(side: Side, node: str, batch: Batch | None, after: UUID, doubt: str) -> bool:
    """Apply what was found and move on, both or neither; False: somebody else did, or a person keeps news out."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        if await is_paused(transaction, node, "in"):
            return False
        mark = await streams.lock_watermark(transaction, node)
        if batch is not None and batch.batch is not None:
            if batch.batch <= mark.batch:
                return False
            await apply_batch(transaction, side, node, batch.batch, batch.entries)
            await streams.move_watermark(transaction, node, batch.batch)
        await streams.move_round(transaction, node, "" if after == _BEGINNING else str(after))
        await streams.note_doubt(transaction, node, ORDERS.name, _DOUBT, doubt)
        pass_by("in.committing")
    return True
