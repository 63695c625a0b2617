"""How far each stream is: the rows of ``erp_streams``, which belong to the worker alone."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal, cast

from msgspec import Struct

from app.infra.db.transaction import Transaction

FEED: Final = "changes"  # the row that keeps our place in the ERP's changes
CATALOGUE: Final = "catalogue"  # the row that says whether bitmaps must be built from the rows
DAY: Final = "day"  # the row that says which business day was opened last
LONGEST_REASON: Final = 500
STATES: Final = "states"  # the row that says how far the round through the states of open orders is
_NOT_STREAMS: Final = [FEED, CATALOGUE, DAY, STATES]

StreamState = Literal["new", "loading", "live", "stopped"]


class StreamRow(Struct, frozen=True):
    """Where one stream stands. ``batch`` of the feed's row is the last batch applied."""

    state: StreamState
    batch: int
    mapping: str
    reason: str
    age_s: float  # since it was last loaded whole


class Watermark(Struct, frozen=True):
    """The last batch applied; ``is_first`` if none ever was."""

    batch: int
    is_first: bool
    sent: int = 0  # last number the ERP gave to a packet, where it counts apart from us


class Round(Struct, frozen=True):
    """A round: what it goes on after (empty: the last one is over), and how long ago one was over."""

    after: str
    age_s: float


async def read_streams(transaction: Transaction, node: str) -> dict[str, StreamRow]:
    """Read every stream this node knows."""
    rows = await transaction.driver.fetch(
        """SELECT stream, state, batch, mapping, reason,
               coalesce(extract(epoch FROM now() - loaded_at), 0)::float8 AS age_s
           FROM erp_streams WHERE tenant_id = $1 AND node = $2""",
        transaction.tenant_id,
        node,
    )
    return {
        cast("str", row["stream"]): StreamRow(
            state=cast("StreamState", row["state"]),
            batch=cast("int", row["batch"]),
            mapping=cast("str", row["mapping"]),
            reason=cast("str", row["reason"]),
            age_s=cast("float", row["age_s"]),
        )
        for row in rows
    }


async def lock_watermark(transaction: Transaction, node: str) -> Watermark:
    """Become the one applier of this node until the transaction ends, and read how far the feed is."""
    await transaction.driver.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('erp-applier:' || $1::text || ':' || $2, 0))",
        str(transaction.tenant_id),
        node,
    )
    return await read_watermark(transaction, node)


async def read_watermark(transaction: Transaction, node: str) -> Watermark:
    """Read how far the feed is."""
    row = await transaction.driver.fetchrow(
        "SELECT batch, cursor FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND stream = $3",
        transaction.tenant_id,
        node,
        FEED,
    )
    if row is None:
        return Watermark(batch=0, is_first=True)
    return Watermark(cast("int", row["batch"]), is_first=False, sent=int(cast("str", row["cursor"]) or 0))


async def move_watermark(transaction: Transaction, node: str, batch: int, sent: int = 0) -> None:
    """Set the last batch applied, in the transaction that applied it; ``sent`` 0 leaves that number alone."""
    await transaction.driver.execute(
        """INSERT INTO erp_streams (tenant_id, node, stream, batch, cursor, state, heartbeat_at)
           VALUES ($1, $2, $3, $4, $5, 'live', now())
           ON CONFLICT (tenant_id, node, stream) DO UPDATE SET batch = excluded.batch, heartbeat_at = now(),
               cursor = CASE WHEN excluded.cursor = '' THEN erp_streams.cursor ELSE excluded.cursor END""",
        transaction.tenant_id,
        node,
        FEED,
        batch,
        str(sent) if sent else "",
    )


async def forget_watermark(transaction: Transaction, node: str) -> None:
    """Forget how far the feed was: what comes next counts from somewhere else."""
    await transaction.driver.execute(
        "DELETE FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND stream = $3", transaction.tenant_id, node, FEED
    )


async def begin_loading(transaction: Transaction, node: str, stream: str, batch: int, total: int) -> None:
    """Show that a full load is under way; what was loaded before stays in use."""
    await transaction.driver.execute(
        """INSERT INTO erp_streams (tenant_id, node, stream, snapshot_batch, total_count, state, heartbeat_at)
           VALUES ($1, $2, $3, $4, $5, 'loading', now())
           ON CONFLICT (tenant_id, node, stream) DO UPDATE SET snapshot_batch = excluded.snapshot_batch,
               state = 'loading', cursor = '', row_count = 0, total_count = excluded.total_count,
               heartbeat_at = now()""",
        transaction.tenant_id,
        node,
        stream,
        batch,
        total,
    )


async def note_progress(transaction: Transaction, node: str, stream: str, rows: int, cursor: str) -> None:
    """Show how many rows have arrived."""
    await transaction.driver.execute(
        """UPDATE erp_streams SET row_count = $4, cursor = $5, heartbeat_at = now()
           WHERE tenant_id = $1 AND node = $2 AND stream = $3""",
        transaction.tenant_id,
        node,
        stream,
        rows,
        cursor,
    )


async def finish_loading(
    transaction: Transaction, node: str, stream: str, *, batch: int, rows: int, mapping: str, reason: str
) -> None:
    """Set a stream live in the transaction that wrote its rows; ``reason`` is a doubt that remains."""
    await transaction.driver.execute(
        """UPDATE erp_streams SET state = 'live', batch = $4, row_count = $5, mapping = $6, reason = $7,
               cursor = '', heartbeat_at = now(), loaded_at = now()
           WHERE tenant_id = $1 AND node = $2 AND stream = $3""",
        transaction.tenant_id,
        node,
        stream,
        batch,
        rows,
        mapping,
        reason,
    )


async def stop_stream(transaction: Transaction, node: str, stream: str, reason: str) -> None:
    """Freeze a stream that cannot be understood; others go on, a full load may bring it back."""
    await transaction.driver.execute(
        """INSERT INTO erp_streams (tenant_id, node, stream, state, reason) VALUES ($1, $2, $3, 'stopped', $4)
           ON CONFLICT (tenant_id, node, stream) DO UPDATE SET state = 'stopped', reason = excluded.reason,
               heartbeat_at = now()""",
        transaction.tenant_id,
        node,
        stream,
        reason[:LONGEST_REASON],
    )


async def ask_reload(transaction: Transaction, node: str, *, reason: str) -> None:
    """Let every stream be loaded again, comparing values and ignoring versions."""
    await transaction.driver.execute(
        """UPDATE erp_streams SET state = 'new', reason = $3, mapping = ''
           WHERE tenant_id = $1 AND node = $2 AND stream <> ALL ($4)""",
        transaction.tenant_id,
        node,
        reason,
        _NOT_STREAMS,
    )


async def ask_again(transaction: Transaction, node: str, names: Sequence[str]) -> None:
    """Let these live streams be loaded again: the feed told a part of what happened to them."""
    await transaction.driver.execute(
        """UPDATE erp_streams SET state = 'new'
           WHERE tenant_id = $1 AND node = $2 AND stream = ANY ($3) AND state = 'live'""",
        transaction.tenant_id,
        node,
        list(names),
    )


async def set_rebuild(transaction: Transaction, node: str, *, is_due: bool) -> None:
    """Note that the catalogue's bitmaps must be built from the rows, or that they have been."""
    await transaction.driver.execute(
        """INSERT INTO erp_streams (tenant_id, node, stream, state, heartbeat_at) VALUES ($1, $2, $3, $4, now())
           ON CONFLICT (tenant_id, node, stream) DO UPDATE SET state = excluded.state, heartbeat_at = now()""",
        transaction.tenant_id,
        node,
        CATALOGUE,
        "new" if is_due else "live",
    )


async def is_rebuild_due(transaction: Transaction, node: str) -> bool:
    """Whether rows were loaded that the bitmaps do not know yet."""
    state = await transaction.driver.fetchval(
        "SELECT state FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND stream = $3",
        transaction.tenant_id,
        node,
        CATALOGUE,
    )
    return state == "new"


async def opened_day(transaction: Transaction, node: str) -> date | None:
    """Read the last business day that was opened."""
    day = await transaction.driver.fetchval(
        "SELECT cursor::date FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND stream = $3 AND cursor <> ''",
        transaction.tenant_id,
        node,
        DAY,
    )
    return cast("date | None", day)


async def set_opened_day(transaction: Transaction, node: str, day: date) -> None:
    """Note that a business day was opened."""
    await transaction.driver.execute(
        """INSERT INTO erp_streams (tenant_id, node, stream, state, cursor, heartbeat_at)
           VALUES ($1, $2, $3, 'live', $4, now())
           ON CONFLICT (tenant_id, node, stream) DO UPDATE SET cursor = excluded.cursor, heartbeat_at = now()""",
        transaction.tenant_id,
        node,
        DAY,
        day.isoformat(),
    )


async def read_round(transaction: Transaction, node: str) -> Round | None:
    """Read how far the round through the states of open orders is; None: there was none yet."""
    row = await transaction.driver.fetchrow(
        """SELECT cursor, coalesce(extract(epoch FROM now() - loaded_at), 'infinity')::float8 AS age_s
           FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND stream = $3""",
        transaction.tenant_id,
        node,
        STATES,
    )
    return None if row is None else Round(cast("str", row["cursor"]), cast("float", row["age_s"]))


async def move_round(transaction: Transaction, node: str, after: str) -> None:
    """Set the last order of the round, in the transaction that applied it; empty: it is over."""
    await transaction.driver.execute(
        """INSERT INTO erp_streams AS s (tenant_id, node, stream, state, cursor, heartbeat_at, loaded_at)
           VALUES ($1, $2, $3, 'live', $4, now(), CASE WHEN $4 = '' THEN now() END)
           ON CONFLICT (tenant_id, node, stream) DO UPDATE SET state = 'live', cursor = excluded.cursor,
               heartbeat_at = now(), loaded_at = coalesce(excluded.loaded_at, s.loaded_at)""",
        transaction.tenant_id,
        node,
        STATES,
        after,
    )


async def note_doubt(transaction: Transaction, node: str, stream: str, kind: str, doubt: str) -> None:
    """Say what is missing of a stream that is followed all the same; ``kind`` begins every doubt of this sort.

    An empty doubt takes back one of the sort; another doubt stands.
    """
    await transaction.driver.execute(
        """UPDATE erp_streams SET reason = $5 WHERE tenant_id = $1 AND node = $2 AND stream = $3 AND state = 'live'
               AND (reason = '' OR starts_with(reason, $4)) AND reason <> $5""",
        transaction.tenant_id,
        node,
        stream,
        kind,
        doubt[:LONGEST_REASON],
    )
