"""Intents that were given up, the letters of their attempts, and what people did about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.infra.outbox import Lane, word_of
from app.infra.waking import note
from app.kernel.ids import new_id

Deed = Literal["retry", "renew", "skip"]
# What passes between us and the ERP: messages, and contents of files in both directions.
LANES: Final = "('erp', 'fetch', 'send')"
# The attempt that ended a message is not among those spent on trying again.
MADE: Final = "attempt + (stage IN ('done', 'dead'))::int"
_WORDS: Final[Sequence[Lane]] = ("erp", "fetch", "send")
_ADD_LETTER: Final = """
    INSERT INTO erp_letters (tenant_id, id, intent_id, attempt, failure, request, response)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_HEAD: Final = f"""
    o.id, o.aggregate, o.kind, o.stage, o.{MADE} AS attempt, coalesce(o.error_class, '') AS failure,
    coalesce(o.error_text, '') AS text, o.created_at, o.done_at, coalesce((
        SELECT p.body ->> 'number' FROM outbox p WHERE p.tenant_id = $1 AND p.lane = 'erp' AND p.aggregate = o.aggregate
            AND p.kind = 'order.put' ORDER BY p.seq DESC LIMIT 1), '') AS number
"""
_DEAD: Final = f"""
    SELECT /*under erp:manage*/ {_HEAD},
           (SELECT count(*) FROM erp_letters l WHERE l.tenant_id = $1 AND l.intent_id = o.id)::int AS letters
    FROM outbox o
    WHERE o.tenant_id = $1 AND o.lane IN {LANES} AND o.stage = 'dead'
    ORDER BY o.done_at DESC, o.id LIMIT $2
"""
_SETTLED: Final = f"""
    SELECT /*under erp:manage*/ {_HEAD},
           (SELECT count(*) FROM erp_letters l WHERE l.tenant_id = $1 AND l.intent_id = o.id)::int AS letters
    FROM outbox o
    WHERE o.tenant_id = $1 AND o.lane IN {LANES} AND o.stage <> 'dead'
      AND o.id IN (SELECT d.intent_id FROM erp_deeds d WHERE d.tenant_id = $1 ORDER BY d.at DESC LIMIT $2)
    ORDER BY o.created_at DESC, o.id
"""
_ONE: Final = f"""
    SELECT /*under erp:manage*/ {_HEAD}, 0 AS letters FROM outbox o
    WHERE o.tenant_id = $1 AND o.id = $2 AND o.lane IN {LANES}
"""
_LETTERS: Final = """
    SELECT /*under erp:manage*/ at, attempt, failure, request, response FROM erp_letters
    WHERE tenant_id = $1 AND intent_id = $2 ORDER BY at DESC, id DESC LIMIT 20
"""
_DEEDS: Final = """
    SELECT /*under erp:manage*/ d.at, coalesce(u.name, '') AS who, d.deed, d.reason, d.successor_id
    FROM erp_deeds d LEFT JOIN users u ON u.tenant_id = $1 AND u.id = d.user_id
    WHERE d.tenant_id = $1 AND (d.intent_id = $2 OR d.successor_id = $2) ORDER BY d.at DESC
"""
_COUNT: Final = f"SELECT count(*) FROM outbox WHERE tenant_id = $1 AND lane IN {LANES} AND stage = 'dead'"
_LOCK: Final = f"SELECT stage FROM outbox WHERE tenant_id = $1 AND id = $2 AND lane IN {LANES} FOR UPDATE"
_REVIVE: Final = """
    UPDATE outbox SET stage = 'sent', attempt = 0, not_before = now(), locked_by = NULL, locked_until = NULL,
        done_at = NULL WHERE tenant_id = $1 AND id = $2 AND stage = 'dead'
"""
_CLOSE: Final = """
    UPDATE outbox SET stage = 'done', error_class = $3 WHERE tenant_id = $1 AND id = $2 AND stage = 'dead'
"""
_RENEW: Final = """
    INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body)
    SELECT tenant_id, $3, lane, aggregate, kind, body || $4::text::jsonb FROM outbox WHERE tenant_id = $1 AND id = $2
"""
_ADD_DEED: Final = """
    /*under erp:manage*/
    INSERT INTO erp_deeds (tenant_id, id, intent_id, user_id, deed, reason, successor_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class Intent(Struct, frozen=True):
    """One intent as the monitor shows it; its body is never read here."""

    id: UUID
    aggregate: str
    kind: str
    stage: str
    attempt: int
    failure: str
    text: str
    created_at: datetime
    done_at: datetime | None
    number: str
    letters: int


class Letter(Struct, frozen=True):
    """One attempt; both texts were masked before they were kept."""

    at: datetime
    attempt: int
    failure: str
    request: str
    response: str


class DeedRow(Struct, frozen=True):
    """What somebody did about an intent."""

    at: datetime
    who: str
    deed: Deed
    reason: str
    successor_id: UUID | None


async def add_letter(
    transaction: Transaction, intent_id: UUID, attempt: int, failure: str, sides: tuple[str, str]
) -> None:
    """Keep an attempt: what was sent, what was answered."""
    await transaction.driver.execute(
        _ADD_LETTER, transaction.tenant_id, new_id(), intent_id, attempt, failure[:60], *sides
    )


async def read_dead(transaction: Transaction, most: int) -> Sequence[Intent]:
    """Read what was given up, the newest first."""
    rows = await transaction.driver.fetch(_DEAD, transaction.tenant_id, most)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Intent) for row in rows]


async def read_settled(transaction: Transaction, most: int) -> Sequence[Intent]:
    """Read what people decided about, the newest first."""
    rows = await transaction.driver.fetch(_SETTLED, transaction.tenant_id, most)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Intent) for row in rows]


async def find_intent(transaction: Transaction, intent_id: UUID) -> Intent | None:
    """Read one intent."""
    row = await transaction.driver.fetchrow(_ONE, transaction.tenant_id, intent_id)
    return None if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), Intent)


async def read_letters(transaction: Transaction, intent_id: UUID) -> Sequence[Letter]:
    """Read the attempts of an intent, the newest first."""
    rows = await transaction.driver.fetch(_LETTERS, transaction.tenant_id, intent_id)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Letter) for row in rows]


async def read_deeds(transaction: Transaction, intent_id: UUID) -> Sequence[DeedRow]:
    """Read what was done about an intent, the newest first."""
    rows = await transaction.driver.fetch(_DEEDS, transaction.tenant_id, intent_id)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), DeedRow) for row in rows]


async def count_dead(transaction: Transaction) -> int:
    """Count what was given up."""
    return cast("int", await transaction.driver.fetchval(_COUNT, transaction.tenant_id))


async def lock_intent(transaction: Transaction, intent_id: UUID) -> str:
    """Lock an intent and tell its stage; empty if there is none."""
    return str(await transaction.driver.fetchval(_LOCK, transaction.tenant_id, intent_id) or "")


async def revive(transaction: Transaction, intent_id: UUID) -> None:
    """Let an intent try again under its own id; it may have left, so whoever takes it asks first."""
    await transaction.driver.execute(_REVIVE, transaction.tenant_id, intent_id)
    _wake(transaction)


async def close(transaction: Transaction, intent_id: UUID, how: str) -> None:
    """End an intent that will not leave any more."""
    await transaction.driver.execute(_CLOSE, transaction.tenant_id, intent_id, how)


async def renew(transaction: Transaction, intent_id: UUID, more: str = "{}") -> UUID:
    """Put the same intent in again under an id of its own, with some fields changed."""
    successor = new_id()
    await transaction.driver.execute(_RENEW, transaction.tenant_id, intent_id, successor, more)
    _wake(transaction)
    return successor


async def add_deed(
    transaction: Transaction, intent_id: UUID, user_id: UUID, deed: Deed, reason: str, successor_id: UUID | None
) -> None:
    """Write down what somebody did."""
    await transaction.driver.execute(
        *(_ADD_DEED, transaction.tenant_id, new_id(), intent_id, user_id, deed, reason, successor_id)
    )


def _wake(transaction: Transaction) -> None:
    for lane in _WORDS:
        note(transaction, word_of(transaction.tenant_id, lane))
