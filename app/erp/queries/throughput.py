"""Rows of ``erp_throughput``: what went through each stream, minute by minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction

_ADD: Final = """
    INSERT INTO erp_throughput AS t (tenant_id, minute, stream, row_count, batches, seconds, sent, failed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (tenant_id, minute, stream) DO UPDATE SET row_count = t.row_count + excluded.row_count,
        batches = t.batches + excluded.batches, seconds = t.seconds + excluded.seconds,
        sent = t.sent + excluded.sent, failed = t.failed + excluded.failed
"""
_MINUTES: Final = """
    SELECT /*under erp*/ m.minute, coalesce(sum(t.row_count), 0)::bigint AS row_count,
           coalesce(sum(t.sent), 0)::int AS sent, coalesce(sum(t.failed), 0)::int AS failed
    FROM generate_series(date_trunc('minute', now()) - make_interval(mins => $2 - 1), date_trunc('minute', now()),
                         interval '1 minute') AS m (minute)
    LEFT JOIN erp_throughput t ON t.tenant_id = $1 AND t.minute = m.minute
    GROUP BY m.minute ORDER BY m.minute
"""
_STREAMS: Final = """
    SELECT /*under erp*/ stream, sum(row_count)::bigint AS row_count, sum(sent)::int AS sent, sum(failed)::int AS failed
    FROM erp_throughput WHERE tenant_id = $1 AND minute > now() - make_interval(mins => $2) GROUP BY stream
"""


class Amount(Struct):
    """What went through a stream."""

    rows: int = 0
    batches: int = 0
    seconds: float = 0.0
    sent: int = 0
    failed: int = 0


class Minute(Struct, frozen=True):
    """All streams of one minute."""

    minute: datetime
    row_count: int
    sent: int
    failed: int


class StreamAmount(Struct, frozen=True):
    """One stream over a time."""

    stream: str
    row_count: int
    sent: int
    failed: int


async def add_amounts(transaction: Transaction, amounts: Mapping[tuple[datetime, str], Amount]) -> None:
    """Add what went through since the last time."""
    tenant_id = transaction.tenant_id
    rows = [
        (tenant_id, minute, stream, one.rows, one.batches, one.seconds, one.sent, one.failed)
        for (minute, stream), one in sorted(amounts.items())
    ]
    if rows:
        await transaction.driver.executemany(_ADD, rows)


async def read_minutes(transaction: Transaction, minutes: int) -> Sequence[Minute]:
    """Read the last minutes, the idle ones too."""
    rows = await transaction.driver.fetch(_MINUTES, transaction.tenant_id, minutes)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Minute) for row in rows]


async def read_streams_amounts(transaction: Transaction, minutes: int) -> Mapping[str, StreamAmount]:
    """Read what each stream carried in the last minutes."""
    rows = await transaction.driver.fetch(_STREAMS, transaction.tenant_id, minutes)
    found = [msgspec.convert(dict(cast("dict[str, object]", row)), StreamAmount) for row in rows]
    return {one.stream: one for one in found}
