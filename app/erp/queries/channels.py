"""Rows of ``erp_channels``: who paused a direction, since when it is broken, when it last answered."""

from datetime import datetime
from typing import Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Row, Transaction

Direction = Literal["in", "out"]
_MAKE: Final = """
    INSERT INTO erp_channels (tenant_id, node, direction) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
_READ: Final = """
    SELECT /*under erp*/ c.node, c.direction, c.surface, c.paused_at, coalesce(u.name, '') AS paused_by, c.pause_reason,
           c.broken_since, c.failed_at, c.failure, c.failure_text, c.answered_at, c.seen_at, c.skew_s, c.version
    FROM erp_channels c LEFT JOIN users u ON u.tenant_id = $1 AND u.id = c.paused_by
    WHERE c.tenant_id = $1 AND c.node = $2 ORDER BY c.direction
"""
_PAUSED: Final = """
    SELECT paused_at IS NOT NULL FROM erp_channels WHERE tenant_id = $1 AND node = $2 AND direction = $3
"""
_PAUSE: Final = """
    UPDATE /*under erp:manage*/ erp_channels SET version = version + 1, paused_at = CASE WHEN $4 THEN now() END,
        paused_by = CASE WHEN $4 THEN $5::uuid END, pause_reason = $6
    WHERE tenant_id = $1 AND node = $2 AND direction = $3 AND version = $7 AND (paused_at IS NULL) = $4
"""
# What people are shown, in the transaction of the deed.
_TELL: Final = """
    INSERT INTO erp_freshness (tenant_id, paused_at, held_at)
    VALUES ($1, CASE WHEN $2 = 'in' AND $3 THEN now() END, CASE WHEN $2 = 'out' AND $3 THEN now() END)
    ON CONFLICT (tenant_id) DO UPDATE SET
        paused_at = CASE WHEN $2 = 'in' THEN excluded.paused_at ELSE erp_freshness.paused_at END,
        held_at = CASE WHEN $2 = 'out' THEN excluded.held_at ELSE erp_freshness.held_at END
"""
_NOTE: Final = """
    INSERT INTO erp_channels AS c (tenant_id, node, direction, surface, broken_since, failed_at, failure, failure_text,
                                   answered_at, seen_at, skew_s)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), $10)
    ON CONFLICT (tenant_id, node, direction) DO UPDATE SET surface = excluded.surface,
        broken_since = CASE WHEN excluded.broken_since IS NOT NULL
            THEN coalesce(c.broken_since, excluded.broken_since) END,
        failed_at = coalesce(excluded.failed_at, c.failed_at),
        failure = CASE WHEN excluded.failed_at IS NULL THEN c.failure ELSE excluded.failure END,
        failure_text = CASE WHEN excluded.failed_at IS NULL THEN c.failure_text ELSE excluded.failure_text END,
        answered_at = coalesce(excluded.answered_at, c.answered_at), seen_at = now(),
        skew_s = coalesce(excluded.skew_s, c.skew_s)
"""


class ChannelRow(Struct, frozen=True):
    """One direction as it stands."""

    node: str
    direction: Direction
    surface: str
    paused_at: datetime | None
    paused_by: str
    pause_reason: str
    broken_since: datetime | None
    failed_at: datetime | None
    failure: str
    failure_text: str
    answered_at: datetime | None
    seen_at: datetime | None
    skew_s: float | None
    version: int


class ChannelNote(Struct):
    """What the worker knows of a direction since it last wrote; None says nothing."""

    surface: str = "h"
    broken_since: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    failure_text: str = ""
    answered_at: datetime | None = None
    skew_s: float | None = None


async def read_channels(transaction: Transaction, node: str) -> list[ChannelRow]:
    """Read both directions; those the worker has not met yet are made up."""
    rows = await transaction.driver.fetch(_READ, transaction.tenant_id, node)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), ChannelRow) for row in rows]


async def is_paused(transaction: Transaction, node: str, direction: Direction) -> bool:
    """Whether a person keeps this direction still; asked by the loops in the transaction of what they would do."""
    return await transaction.driver.fetchval(_PAUSED, transaction.tenant_id, node, direction) is True


async def make_channel(transaction: Transaction, node: str, direction: Direction) -> None:
    """Have the row of a direction."""
    await transaction.driver.execute("/*under erp:manage*/" + _MAKE, transaction.tenant_id, node, direction)


async def set_pause(
    transaction: Transaction, place: tuple[str, Direction], user_id: UUID, *, is_paused: bool, reason: str, version: int
) -> bool:
    """Pause or resume; False if somebody was faster, or it stands so already."""
    node, direction = place
    tag = await transaction.driver.execute(
        _PAUSE, transaction.tenant_id, node, direction, is_paused, user_id, reason, version
    )
    if tag.endswith(" 0"):
        return False
    await transaction.driver.execute(_TELL, transaction.tenant_id, direction, is_paused)
    return True


async def note_channel(transaction: Transaction, node: str, direction: Direction, note: ChannelNote) -> None:
    """Write down what the worker knows of a direction."""
    await transaction.driver.execute(
        *(_NOTE, transaction.tenant_id, node, direction, note.surface, note.broken_since, note.failed_at),
        *(note.failure, note.failure_text, note.answered_at, note.skew_s),
    )


def row_of(row: Row) -> dict[str, object]:
    """Give the fields of a row by name."""
    return dict(cast("dict[str, object]", row))
