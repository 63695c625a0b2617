"""Rows of ``erp_alerts``: what is wrong with the exchange, since when, and who has seen it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.erp.queries.dead import LANES
from app.erp.rules import Standing, Trouble
from app.infra.db.transaction import Row, Transaction
from app.kernel.ids import new_id

_STANDING: Final = f"""
    SELECT now() AS now, f.feed_at, f.paused_at, f.behind::text AS behind,
           i.answered_at, i.broken_since, i.failure, i.skew_s, i.seen_at,
           (SELECT count(*) FROM outbox WHERE tenant_id = $1 AND lane IN {LANES} AND stage = 'dead')::int AS dead,
           coalesce(r.objects, 0) AS objects, coalesce(r.open, 0) AS open,
           EXISTS (SELECT FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND state = 'stopped') AS has_stopped
    FROM (SELECT 1) AS one
    LEFT JOIN erp_freshness f ON f.tenant_id = $1
    LEFT JOIN erp_channels i ON i.tenant_id = $1 AND i.node = $2 AND i.direction = 'in'
    LEFT JOIN LATERAL (
        SELECT n.objects, (SELECT count(*) FROM erp_differences d
                           WHERE d.tenant_id = $1 AND d.run_id = n.id AND d.healed_at IS NULL)::int AS open
        FROM erp_reconciliations n WHERE n.tenant_id = $1 AND n.state = 'done' ORDER BY n.ended_at DESC LIMIT 1
    ) r ON true
"""
_STOPPED: Final = (
    "SELECT stream FROM erp_streams WHERE tenant_id = $1 AND node = $2 AND state = 'stopped' ORDER BY stream"
)
_OPEN: Final = "SELECT id, kind, subject FROM erp_alerts WHERE tenant_id = $1 AND ended_at IS NULL"
_ADD: Final = """
    INSERT INTO erp_alerts (tenant_id, id, kind, subject, detail) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
"""
_DETAIL: Final = "UPDATE erp_alerts SET detail = $3 WHERE tenant_id = $1 AND id = $2 AND detail <> $3"
_END: Final = "UPDATE erp_alerts SET ended_at = now() WHERE tenant_id = $1 AND id = ANY ($2)"
_READ: Final = """
    SELECT /*under erp*/ a.id, a.kind, a.subject, a.since, a.ended_at, a.detail, a.acknowledged_at,
           coalesce(u.name, '') AS acknowledged_by, a.version
    FROM erp_alerts a LEFT JOIN users u ON u.tenant_id = $1 AND u.id = a.acknowledged_by
    WHERE a.tenant_id = $1 AND (a.ended_at IS NULL OR a.ended_at > now() - interval '7 days')
    ORDER BY a.ended_at IS NOT NULL, a.since DESC, a.id LIMIT $2
"""
_SEE: Final = """
    UPDATE /*under erp:manage*/ erp_alerts SET acknowledged_at = now(), acknowledged_by = $3, version = version + 1
    WHERE tenant_id = $1 AND id = $2 AND version = $4 AND acknowledged_at IS NULL
    RETURNING kind, subject
"""
_EXISTS: Final = "SELECT /*under erp*/ id FROM erp_alerts WHERE tenant_id = $1 AND id = ANY ($2)"


class AlertRow(Struct, frozen=True):
    """One alert."""

    id: UUID
    kind: str
    subject: str
    since: datetime
    ended_at: datetime | None
    detail: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    version: int


async def read_standing(transaction: Transaction, node: str) -> Standing:
    """Read everything alerts are made of."""
    row = cast("Row", await transaction.driver.fetchrow(_STANDING, transaction.tenant_id, node))
    values = dict(cast("dict[str, object]", row))
    values["behind"] = msgspec.json.decode(str(values["behind"] or "{}"), type=dict[str, datetime])
    stopped = await _stopped(transaction, node) if values.pop("has_stopped") else ()
    values["failure"] = values["failure"] or ""
    return msgspec.convert({**values, "stopped": stopped}, Standing)


async def settle(transaction: Transaction, troubles: Sequence[Trouble]) -> Sequence[tuple[UUID, Trouble]]:
    """Begin what is new, end what is over; gives what began."""
    rows = await transaction.driver.fetch(_OPEN, transaction.tenant_id)
    known = {(str(row["kind"]), str(row["subject"])): cast("UUID", row["id"]) for row in rows}
    began: list[tuple[UUID, Trouble]] = []
    for trouble in troubles:
        if (alert_id := known.pop((trouble.kind, trouble.subject), None)) is None:
            alert_id = new_id()
            await transaction.driver.execute(
                *(_ADD, transaction.tenant_id, alert_id, trouble.kind, trouble.subject, trouble.detail)
            )
            began.append((alert_id, trouble))
        else:
            await transaction.driver.execute(_DETAIL, transaction.tenant_id, alert_id, trouble.detail)
    if known:
        await transaction.driver.execute(_END, transaction.tenant_id, list(known.values()))
    return began


async def read_alerts(transaction: Transaction, most: int) -> Sequence[AlertRow]:
    """Read alerts, those that stand first; of ended ones the last week."""
    rows = await transaction.driver.fetch(_READ, transaction.tenant_id, most)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), AlertRow) for row in rows]


async def acknowledge(transaction: Transaction, alert_id: UUID, user_id: UUID, version: int) -> Mapping[str, str]:
    """Note that somebody looks after an alert; empty if another did."""
    row = await transaction.driver.fetchrow(_SEE, transaction.tenant_id, alert_id, user_id, version)
    return {} if row is None else {"kind": str(row["kind"]), "subject": str(row["subject"])}


async def find_alerts(transaction: Transaction, alert_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Tell which of these alerts there are."""
    rows = await transaction.driver.fetch(_EXISTS, transaction.tenant_id, list(alert_ids))
    return [cast("UUID", row["id"]) for row in rows]


async def _stopped(transaction: Transaction, node: str) -> tuple[str, ...]:
    rows = await transaction.driver.fetch(_STOPPED, transaction.tenant_id, node)
    return tuple(str(row["stream"]) for row in rows)
