"""Taking intents out of the outbox: the head of each aggregate only, under a lease, fenced by an epoch.

A worker that dies leaves a lease that runs out; one that merely slept too long finds its epoch taken and writes
nothing. ``sent`` means "may have left": whoever claims such a row asks before sending it again.
"""

from collections.abc import Sequence
from typing import Final, Literal, cast
from uuid import UUID

from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.infra.outbox import Lane

LEASE_S: Final = 15

_CLAIM = """
    -- Materialized: joined as a subquery it may be run once for each row, and then the limit means nothing.
    WITH head AS MATERIALIZED (
        SELECT h.id, h.stage FROM outbox h
        WHERE h.tenant_id = $1 AND h.lane = $2 AND h.stage IN ('new', 'sent') AND h.not_before <= now()
          AND (h.locked_until IS NULL OR h.locked_until < now())
          -- A scalar, so that it is one look into an index for each row whatever the planner believes of the queue.
          AND h.seq = (
              SELECT e.seq FROM outbox e WHERE e.tenant_id = $1 AND e.lane = $2 AND e.aggregate = h.aggregate
                  AND e.stage IN ('new', 'sent') ORDER BY e.seq LIMIT 1)
          -- What comes by the thousand stands back while anything else has waited half a minute.
          AND (h.urgency < 5 OR NOT EXISTS (
              SELECT FROM outbox w WHERE w.tenant_id = $1 AND w.lane = $2 AND w.urgency < 5
                  AND w.stage IN ('new', 'sent') AND w.created_at < now() - interval '30 s'))
        ORDER BY {order} LIMIT $5 FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox o SET stage = 'sent', locked_by = $3, lock_epoch = o.lock_epoch + 1,
        locked_until = now() + make_interval(secs => $4)
    FROM head WHERE o.tenant_id = $1 AND o.id = head.id
    RETURNING o.id, o.aggregate, o.seq, o.kind, o.body::text AS body, head.stage, o.attempt, o.lock_epoch, o.step
"""
_URGENT: Final = _CLAIM.format(order="h.urgency, h.seq")
_OLDEST: Final = _CLAIM.format(order="h.seq")


class Claimed(Struct, frozen=True):
    """One intent in our hands. ``was_sent``: an earlier attempt may have reached the other side."""

    id: UUID
    aggregate: str
    kind: str
    body: bytes  # JSON
    was_sent: bool
    attempt: int
    epoch: int
    step: str = "new"  # how far the other side surely came, where it takes several calls


class Setback(Struct, frozen=True):
    """Why an intent did not leave, and when to look at it again."""

    failure: str
    text: str
    after_s: float
    may_have_left: bool
    spends_attempt: bool


async def claim(
    transaction: Transaction, lane: Lane, worker: str, *, limit: int, lease_s: float = LEASE_S, oldest: bool = False
) -> list[Claimed]:
    """Take up to ``limit`` intents, the most urgent first; commit before talking to anybody about them.

    ``oldest`` asks for those that have waited longest, whatever they are about: whoever claims again and again says
    so now and then, or urgent intents without end would keep the others for ever.
    """
    rows = await transaction.driver.fetch(
        _OLDEST if oldest else _URGENT, transaction.tenant_id, lane, worker, lease_s, limit
    )
    return [
        Claimed(
            id=cast("UUID", row["id"]),
            aggregate=cast("str", row["aggregate"]),
            kind=cast("str", row["kind"]),
            body=cast("str", row["body"]).encode(),
            was_sent=row["stage"] == "sent",
            attempt=cast("int", row["attempt"]),
            epoch=cast("int", row["lock_epoch"]),
            step=cast("str", row["step"]),
        )
        for row in sorted(rows, key=lambda row: cast("int", row["seq"]))
    ]


async def finish(transaction: Transaction, claimed: Claimed) -> bool:
    """Close an intent; False if the lease was lost, and then nothing else may be written about it."""
    return await _end(transaction, claimed, "done", "", "")


async def bury(transaction: Transaction, claimed: Claimed, failure: str, text: str) -> bool:
    """Give an intent up for a person to look at; what follows it in its aggregate may leave."""
    return await _end(transaction, claimed, "dead", failure, text)


async def mark_step(transaction: Transaction, claimed: Claimed, step: str, *, lease_s: float = LEASE_S) -> bool:
    """Note how far the other side came and go on under a new lease; False if the lease was lost."""
    tag = await transaction.driver.execute(
        """UPDATE outbox SET step = $4, locked_until = now() + make_interval(secs => $5)
           WHERE tenant_id = $1 AND id = $2 AND lock_epoch = $3 AND stage = 'sent'""",
        transaction.tenant_id,
        claimed.id,
        claimed.epoch,
        step,
        lease_s,
    )
    return tag == "UPDATE 1"


async def postpone(transaction: Transaction, claimed: Claimed, setback: Setback) -> bool:
    """Put an intent back for later; False if the lease was lost."""
    tag = await transaction.driver.execute(
        """UPDATE outbox SET stage = $4, attempt = attempt + $5, not_before = now() + make_interval(secs => $6),
               locked_by = NULL, locked_until = NULL, error_class = $7, error_text = $8
           WHERE tenant_id = $1 AND id = $2 AND lock_epoch = $3 AND stage = 'sent'""",
        transaction.tenant_id,
        claimed.id,
        claimed.epoch,
        "sent" if setback.may_have_left else "new",
        int(setback.spends_attempt),
        setback.after_s,
        setback.failure,
        setback.text[:1000],
    )
    return tag == "UPDATE 1"


async def revive(transaction: Transaction, ids: Sequence[UUID]) -> int:
    """Let buried intents try again from the beginning; they may have left, so they ask first."""
    tag = await transaction.driver.execute(
        """UPDATE outbox SET stage = 'sent', attempt = 0, not_before = now(), locked_by = NULL, locked_until = NULL,
               done_at = NULL WHERE tenant_id = $1 AND id = ANY ($2) AND stage = 'dead'""",
        transaction.tenant_id,
        list(ids),
    )
    return int(tag.rpartition(" ")[2])


async def _end(
    transaction: Transaction, claimed: Claimed, stage: Literal["done", "dead"], failure: str, text: str
) -> bool:
    tag = await transaction.driver.execute(
        """UPDATE outbox SET stage = $4, done_at = now(), locked_by = NULL, locked_until = NULL,
               error_class = nullif($5, ''), error_text = nullif($6, '')
           WHERE tenant_id = $1 AND id = $2 AND lock_epoch = $3 AND stage = 'sent'""",
        transaction.tenant_id,
        claimed.id,
        claimed.epoch,
        stage,
        failure,
        text[:1000],
    )
    return tag == "UPDATE 1"
