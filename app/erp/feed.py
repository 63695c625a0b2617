"""The feed of changes: one batch at a time, applied and remembered part by part, then acknowledged.

A crash anywhere brings the same batch again. The watermark, or the source version of what was already
applied, makes it a no-op; what an object looked like meanwhile does not matter, because a later write registers it
anew (ERP surface, section 5).
"""

import hashlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import structlog

from app.erp import streams
from app.erp.applying import apply_stage
from app.erp.channel import Channel, note_answer
from app.erp.followups import follow_up
from app.erp.loading import MISFITS, Side
from app.erp.locking import lock_in_order
from app.erp.mappings import BY_SET, STREAMS
from app.erp.mappings.spec import StreamMap
from app.erp.parts import in_parts
from app.erp.queries.channels import is_paused
from app.erp.rules import source_version
from app.erp.staging import drop_stage, stage_entries
from app.erp.wire.messages import Batch, Entry
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.waypoints import pass_by

Outcome = Literal["applied", "ignored", "skipped", "failed"]
Polled = Literal["nothing", "batch", "more", "restored", "paused"]

_LIMIT: Final = 500

_log = structlog.stdlib.get_logger("erp")


async def poll(side: Side, channel: Channel, wait_s: int) -> Polled:
    """Wait for one batch, apply it, acknowledge it.

    ``restored`` says that the ERP counts from an earlier number than it did: everything must be loaded anew;
    ``paused`` that a person keeps news out: the batch stays where it is and comes again.

    Raises:
        ErpError: the exchange failed; calling again continues where it stopped.
    """
    batch = await channel.call(lambda client: client.changes(limit=_LIMIT, wait_s=wait_s))
    if batch.batch is None and not batch.is_asked:
        return "nothing"
    if batch.batch is None:
        async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
            await note_answer(transaction, changed=False, is_last=True)
        return "nothing"
    pass_by("in.received")
    began, number = time.monotonic(), batch.batch
    taken = await _take(side, channel.client.node, number, batch)
    if taken == "paused":
        return taken
    is_restored = taken == "restored"
    if not is_restored:
        _measure(channel, batch, time.monotonic() - began)
    pass_by("in.committed")
    await side.carry()
    pass_by("in.carried")
    await channel.call(lambda client: client.acknowledge(number))
    pass_by("in.acknowledged")
    if is_restored:
        return "restored"
    return "more" if batch.more else "batch"


def _measure(channel: Channel, batch: Batch, seconds: float) -> None:
    """Share the time of a batch among its streams by their rows."""
    rows = Counter(BY_SET[entry.set_name].name for entry in batch.entries if entry.set_name in BY_SET)
    for stream, count in rows.items():
        channel.meter.came(stream, count, seconds * count / rows.total())


async def _take(side: Side, node: str, number: int, batch: Batch) -> Literal["taken", "restored", "paused"]:
    """Apply a batch part by part; only the last moves the watermark, so a crash between them brings all again."""
    *parts, last = in_parts(batch.entries)
    for part in parts:
        async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
            if await is_paused(transaction, node, "in"):
                return "paused"
            mark = await streams.lock_watermark(transaction, node)
            if batch.is_restored or number <= mark.batch:
                break
            await apply_batch(transaction, side, node, number, part)
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        if await is_paused(transaction, node, "in"):
            return "paused"
        mark = await streams.lock_watermark(transaction, node)
        if is_restored := not mark.is_first and (batch.is_restored or number < mark.batch):
            _log.error("erp.restored", tenant=side.tenant, batch=number, known=mark.batch)
            await streams.ask_reload(transaction, node, reason="the ERP counts from an earlier number again")
        elif number > mark.batch:
            await apply_batch(transaction, side, node, number, last)
            pass_by("in.applied")
            await streams.ask_again(transaction, node, batch.reload)
        await streams.move_watermark(transaction, node, number, batch.sent)
        await note_answer(transaction, changed=True, is_last=not batch.more)
        pass_by("in.committing")
    return "restored" if is_restored else "taken"


async def apply_batch(transaction: Transaction, side: Side, node: str, number: int, entries: Sequence[Entry]) -> None:
    """Apply the entries stream by stream, in the order in which one may lean on the one before."""
    await lock_in_order(transaction, entries)
    known = await streams.read_streams(transaction, node)
    outcomes: dict[str, Outcome] = {}
    by_set: dict[str, list[Entry]] = {}
    for entry in entries:
        by_set.setdefault(entry.set_name, []).append(entry)
    for stream in STREAMS:
        if found := by_set.get(stream.set_name):
            outcome: Outcome = "skipped"  # the snapshot to come is taken later than these and contains them
            row = known.get(stream.name)
            if row is not None and row.state == "live":
                outcome = await _apply_stream(transaction, side, node, stream, (number, found))
            outcomes[stream.set_name] = outcome
    await _remember(transaction, node, number, entries, outcomes)


async def _apply_stream(
    transaction: Transaction, side: Side, node: str, stream: StreamMap, found: tuple[int, Sequence[Entry]]
) -> Outcome:
    number, entries = found
    await transaction.driver.execute("SAVEPOINT stream")
    try:
        await stage_entries(
            transaction,
            stream,
            [bytes(entry.data) for entry in entries],
            [source_version(number, entry.idx) for entry in entries],
            [entry.as_of_batch for entry in entries],
        )
        pass_by("in.staged")
        await apply_stage(transaction, stream)
        await follow_up(transaction, stream)
        await drop_stage(transaction, stream)
    except MISFITS as error:
        await transaction.driver.execute("ROLLBACK TO SAVEPOINT stream")
        await streams.stop_stream(transaction, node, stream.name, str(error))
        _log.exception("erp.stream_stopped", tenant=side.tenant, stream=stream.name, batch=number)
        return "failed"
    await transaction.driver.execute("RELEASE SAVEPOINT stream")
    return "applied"


async def _remember(
    transaction: Transaction, node: str, number: int, entries: Sequence[Entry], outcomes: Mapping[str, Outcome]
) -> None:
    await transaction.driver.execute(
        """INSERT INTO erp_inbox (tenant_id, node, batch, idx, set_name, ref, label, payload_sha, result)
           SELECT $1, $2, $3, e.idx, e.set_name, e.ref, e.label, e.sha, e.result
           FROM unnest($4::int[], $5::text[], $6::uuid[], $7::text[], $8::bytea[], $9::text[])
               AS e (idx, set_name, ref, label, sha, result)
           ON CONFLICT DO NOTHING""",
        transaction.tenant_id,
        node,
        number,
        [entry.idx for entry in entries],
        [entry.set_name for entry in entries],
        [entry.ref for entry in entries],
        [entry.label for entry in entries],
        [hashlib.sha256(bytes(entry.data)).digest() for entry in entries],
        [_result(entry, outcomes) for entry in entries],
    )


def _result(entry: Entry, outcomes: Mapping[str, Outcome]) -> Outcome:
    return outcomes[entry.set_name] if entry.set_name in BY_SET else "ignored"
