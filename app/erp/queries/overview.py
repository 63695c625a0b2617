"""What the first page of the monitor reads besides channels, throughput and alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

import msgspec
from msgspec import Struct

from app.erp.queries.dead import LANES, MADE
from app.infra.db.transaction import Row, Transaction

_STREAMS: Final = """
    SELECT stream, state, row_count, total_count, reason, heartbeat_at, loaded_at FROM erp_streams
    WHERE tenant_id = $1 AND node = $2 AND stream NOT IN ('catalogue', 'day', 'states')
"""
_FRESHNESS: Final = """
    SELECT now() AS now, f.feed_at, f.changed_at, f.away_since, f.paused_at, f.held_at, coalesce(f.behind, '{}')::text
           AS behind, coalesce(f.surface, '') AS surface
    FROM (SELECT 1) AS one LEFT JOIN erp_freshness f ON f.tenant_id = $1
"""
_WAITING: Final = f"""
    SELECT kind, stage, count(*)::int AS count, min(created_at) AS oldest, max({MADE}) AS attempts FROM outbox
    WHERE tenant_id = $1 AND lane IN {LANES} AND stage IN ('new', 'sent', 'dead')
    GROUP BY kind, stage ORDER BY kind, stage
"""
_DELIVERED: Final = f"""
    SELECT count(*)::int AS count FROM outbox
    WHERE tenant_id = $1 AND lane IN {LANES} AND stage = 'done' AND error_class IS NULL
        AND done_at > now() - interval '1 day'
"""
_RELOAD: Final = """
    UPDATE erp_streams s SET state = 'new', reason = '', mapping = '' FROM erp_streams b
    WHERE s.tenant_id = $1 AND s.node = $2 AND s.stream = $3
        AND s.stream NOT IN ('changes', 'catalogue', 'day', 'states')
        AND b.tenant_id = $1 AND b.node = $2 AND b.stream = $3
    RETURNING b.state
"""


class StreamState(Struct, frozen=True):
    """One stream as its row says."""

    stream: str
    state: str
    row_count: int
    total_count: int | None
    reason: str
    heartbeat_at: datetime | None
    loaded_at: datetime | None


class Freshness(Struct, frozen=True):
    """How old what we know is, by the database's clock."""

    now: datetime
    feed_at: datetime | None
    changed_at: datetime | None
    away_since: datetime | None
    paused_at: datetime | None
    held_at: datetime | None
    behind: Mapping[str, datetime]
    surface: str = ""  # of the ERP in use: h, o, or none yet


class Waiting(Struct, frozen=True):
    """Intents of one kind in one stage."""

    kind: str
    stage: str
    count: int
    oldest: datetime
    attempts: int


async def read_stream_states(transaction: Transaction, node: str) -> Sequence[StreamState]:
    """Read every stream, and the feed itself."""
    rows = await transaction.driver.fetch(_STREAMS, transaction.tenant_id, node)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), StreamState) for row in rows]


async def read_freshness(transaction: Transaction) -> Freshness:
    """Read how old the data is."""
    row = cast("Row", await transaction.driver.fetchrow(_FRESHNESS, transaction.tenant_id))
    values = dict(cast("dict[str, object]", row))
    values["behind"] = msgspec.json.decode(str(values["behind"]), type=dict[str, datetime])
    return msgspec.convert(values, Freshness)


async def read_waiting(transaction: Transaction) -> Sequence[Waiting]:
    """Count what has not arrived, by kind and stage."""
    rows = await transaction.driver.fetch(_WAITING, transaction.tenant_id)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Waiting) for row in rows]


async def count_delivered(transaction: Transaction) -> int:
    """Count what arrived within a day."""
    return cast("int", await transaction.driver.fetchval(_DELIVERED, transaction.tenant_id))


async def ask_reload(transaction: Transaction, node: str, stream: str) -> str | None:
    """Let one stream be loaded anew, comparing values; gives the state it had, None if there is no such stream."""
    state = await transaction.driver.fetchval(_RELOAD, transaction.tenant_id, node, stream)
    return cast("str | None", state)
