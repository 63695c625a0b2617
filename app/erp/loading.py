"""A full load: every stream that is new, was stopped, or went through an older mapping (ERP-EXCHANGE 4.5)."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import asyncpg
import structlog
from msgspec import Struct, field
from sqlalchemy.ext.asyncio import AsyncEngine

from app.erp import streams
from app.erp.applying import Applied, apply_stage
from app.erp.channel import Channel
from app.erp.followups import follow_up, note_holding
from app.erp.locking import lock_staged_orders
from app.erp.mappings import STREAMS
from app.erp.mappings.orders import ORDERS
from app.erp.mappings.spec import StreamMap
from app.erp.ports import ErpPort
from app.erp.queries.channels import is_paused
from app.erp.rules import source_version
from app.erp.snapshot import Fetched, fetched_snapshot
from app.erp.staging import MissingColumnsError, stage_bytes
from app.erp.streams import StreamRow
from app.erp.wire.failures import SchemaError, TransientError
from app.erp.wire.messages import Mark, Refusal, SnapshotHead
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.waypoints import pass_by

_PROGRESS_EVERY_S: Final = 0.3
# Bitmaps follow these tables row by row; a load writes the rows and builds the bitmaps once, at its end.
CATALOGUE_TABLES: Final = frozenset(
    {"grades", "products", "segment_items", "prices", "plants", "product_lines", "standards"}
)

# What the ERP sent does not fit what we keep: trying again cannot help, and other streams are not to blame.
MISFITS: Final = (SchemaError, MissingColumnsError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

_log = structlog.stdlib.get_logger("erp")


async def _nothing() -> None:
    """Without caches there is nobody to tell."""


class Side(Struct, frozen=True):
    """Our side of one tenant's exchange."""

    engine: AsyncEngine
    tenant_id: int
    tenant: str  # its code, for the log
    carry: Callable[[], Awaitable[object]] = _nothing  # tells the caches what has just been committed


class Loaded(Struct):
    """What one round of loading did; ``stopped`` names streams that could not be understood."""

    applied: dict[str, Applied] = field(default_factory=dict[str, Applied])
    stopped: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def written(self) -> int:
        """Rows touched in all."""
        return sum(one.inserted + one.updated + one.removed for one in self.applied.values())


async def load_due(side: Side, channel: Channel, *, retry_stopped: bool = False) -> Loaded:
    """Load what is due, one stream after the other, then build the catalogue's bitmaps if its rows changed.

    A stream that cannot be understood is stopped and named; the others go on. ``retry_stopped`` gives those
    stopped before another chance.

    Raises:
        ErpError: the ERP went away; what was loaded before stays loaded.
    """
    port = channel.client
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        known = await streams.read_streams(transaction, port.node)
        mark = await streams.read_watermark(transaction, port.node)
    port.resume(Mark(mark.batch, mark.sent))
    refusals = await channel.call(lambda erp: erp.refusals())
    loaded = Loaded()
    for stream in due_streams(known, port, retry_stopped=retry_stopped):
        if await _is_paused(side, port.node):
            break
        if refusal := refusals.get(stream.name):
            await _refuse(side, port.node, stream, refusal, known.get(stream.name))
            loaded.stopped[stream.name] = refusal.reason
            continue
        try:
            loaded.applied[stream.name] = await _load(side, channel, stream, known.get(stream.name))
        except MISFITS as error:
            loaded.stopped[stream.name] = str(error)
            _log.exception("erp.stream_stopped", tenant=side.tenant, stream=stream.name)
            async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
                await streams.stop_stream(transaction, port.node, stream.name, str(error))
    await rebuild_if_due(side, port.node)
    return loaded


async def _refuse(side: Side, node: str, stream: StreamMap, refusal: Refusal, row: StreamRow | None) -> None:
    """Stop a stream that cannot be read, and say why once."""
    if row is not None and row.state == "stopped" and row.reason == refusal.reason[: streams.LONGEST_REASON]:
        return
    _log.warning("erp.stream_refused", tenant=side.tenant, stream=stream.name, reason=refusal.reason)
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await streams.stop_stream(transaction, node, stream.name, refusal.reason)


async def _is_paused(side: Side, node: str) -> bool:
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        return await is_paused(transaction, node, "in")


async def rebuild_if_due(side: Side, node: str) -> None:
    """Build the bitmaps from the rows if a load wrote some; a crash before this leaves the mark standing."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        if not await streams.is_rebuild_due(transaction, node):
            return
        await transaction.driver.execute("SET LOCAL statement_timeout = '10min'")
        await transaction.driver.execute("SELECT catalog_rebuild($1)", side.tenant_id)
        await streams.set_rebuild(transaction, node, is_due=False)


def due_streams(known: Mapping[str, StreamRow], port: ErpPort, *, retry_stopped: bool = False) -> list[StreamMap]:
    """Pick the streams that are not live, went through another mapping than today's, or must be asked again."""
    return [stream for stream in STREAMS if _is_due(stream, port, known.get(stream.name), retry_stopped=retry_stopped)]


def _is_due(stream: StreamMap, port: ErpPort, row: StreamRow | None, *, retry_stopped: bool) -> bool:
    if row is None:
        return True
    if row.state == "stopped":
        return retry_stopped
    return row.state != "live" or row.mapping != port.mapping_of(stream) or _is_poll(stream, port, row)


def _is_poll(stream: StreamMap, port: ErpPort, row: StreamRow) -> bool:
    """Whether a stream in good order is only asked again because nobody tells its changes."""
    every_s = port.poll_s(stream.name)
    return row.state == "live" and every_s is not None and row.age_s >= every_s


async def _load(side: Side, channel: Channel, stream: StreamMap, row: StreamRow | None) -> Applied:
    began = time.monotonic()
    port = channel.client
    mapping = port.mapping_of(stream)
    # Rows that came through an older mapping, or from an ERP that then lost its memory, are compared anew.
    force = row is not None and row.mapping != mapping
    # A poll does not hide what is there: the stream stays live meanwhile.
    is_quiet = row is not None and not force and _is_poll(stream, port, row)
    progress = _Progress(side, port.node, stream, is_quiet=is_quiet)
    async with (
        fetched_snapshot(channel, stream.name, progress.note) as fetched,
        # Begun only now that every byte is here: no transaction waits for the network.
        open_tenant_transaction(side.engine, side.tenant_id) as transaction,
    ):
        applied = await _apply(transaction, port.node, stream, fetched, mapping=mapping, force=force)
        pass_by("in.loading")
    await side.carry()
    if is_quiet and applied.is_nothing:
        return applied
    channel.meter.came(stream.name, fetched.rows, time.monotonic() - began)
    _log.info(
        "erp.loaded",
        tenant=side.tenant,
        stream=stream.name,
        rows=fetched.rows,
        inserted=applied.inserted,
        updated=applied.updated,
        removed=applied.removed,
        kept=applied.kept,
        seconds=round(time.monotonic() - began, 2),
    )
    return applied


async def prepare_load(transaction: Transaction) -> None:
    """Let this transaction write a whole stream: with time, memory for its sorts, and triggers that stand back.

    A tenth of the usual sample is enough to join what was just staged; a large load is followed by fresh statistics.
    """
    await transaction.driver.execute(
        "SELECT set_config('statement_timeout', '10min', true), set_config('karavan.bulk', 'on', true),"
        " set_config('work_mem', '64MB', true), set_config('default_statistics_target', '10', true)"
    )


async def _apply(
    transaction: Transaction, node: str, stream: StreamMap, fetched: Fetched, *, mapping: str, force: bool
) -> Applied:
    await prepare_load(transaction)
    if (await streams.lock_watermark(transaction, node)).batch > fetched.batch and not force:
        message = f"{stream.name}: the feed went past this snapshot while it travelled"
        raise TransientError(message)
    await stage_bytes(transaction, stream, fetched.columns, fetched.read(), fetched.batch)
    if stream is ORDERS:
        await lock_staged_orders(transaction)
    version = source_version(fetched.batch, 0)
    applied = await apply_stage(transaction, stream, snapshot_version=version, force=force)
    if fetched.holding is not None:
        await note_holding(transaction, stream, fetched.holding, fetched.batch)
    await follow_up(transaction, stream)
    if fetched.is_own_count:
        await streams.move_watermark(transaction, node, fetched.batch)
    if not applied.is_nothing and any(target.table in CATALOGUE_TABLES for target in stream.targets):
        await streams.set_rebuild(transaction, node, is_due=True)
    doubt = f"{applied.kept} rows absent from a complete snapshot were kept: too many at once" if applied.kept else ""
    await streams.finish_loading(
        transaction,
        node,
        stream.name,
        batch=fetched.batch,
        rows=fetched.rows,
        mapping=mapping,
        reason=doubt,
    )
    return applied


class _Progress:
    """Shows how far a load is, a few times a second at most."""

    def __init__(self, side: Side, node: str, stream: StreamMap, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet
        self._side = side
        self._node = node
        self._stream = stream.name
        self._shown = 0.0

    async def note(self, head: SnapshotHead, rows: int, cursor: str) -> None:
        now = time.monotonic()
        if self._is_quiet or (self._shown and now - self._shown < _PROGRESS_EVERY_S):
            return
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if not self._shown:
                await streams.begin_loading(transaction, self._node, self._stream, head.batch, head.rows)
            await streams.note_progress(transaction, self._node, self._stream, rows, cursor)
        self._shown = now
