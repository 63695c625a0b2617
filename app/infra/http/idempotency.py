"""A repeated call gives the first answer; the key is taken before the effect, in its transaction (F16).

Only answers that took effect are kept: a refusal rolls everything back, the key with it.
"""

from collections.abc import Sequence
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.kernel.errors import BusyError, KeyReusedError

HEADER: Final = b"idempotency-key"
FIELD: Final = "_idempotency_key"  # the same in a form
MAX_LENGTH: Final = 255
_FIND: Final = """
    SELECT route, body_sha, answer FROM idempotency_keys
    WHERE tenant_id = $1 AND user_id = $2 AND membership_id = $3 AND key = $4
"""
_KEEP: Final = """
    UPDATE idempotency_keys SET status = $5, answer = $6
    WHERE tenant_id = $1 AND user_id = $2 AND membership_id = $3 AND key = $4
"""
KEPT_HEADERS: Final = frozenset({b"content-type", b"location", b"etag", b"hx-redirect"})


class Answer(Struct, frozen=True):
    """An answer as it was first given."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


class Idempotency(Struct, frozen=True):
    """For a handler that wants to put the caller's key into a business row; empty if there was none."""

    key: str


class Call(Struct, frozen=True):
    """Who repeats what: a key belongs to a person in one place of work, for one route and body."""

    user_id: UUID
    membership_id: UUID  # in another company the same person is somebody else
    key: str
    route: str
    body_sha: bytes


async def claim(transaction: Transaction, call: Call) -> Answer | None:
    """Take the key, or give the first answer if it was taken; waits while the first call is under way.

    Raises:
        KeyReusedError: the key came before with another body or for another route.
        BusyError: the first call has the key but no answer.
    """
    done = await transaction.driver.execute(
        "INSERT INTO idempotency_keys (tenant_id, user_id, membership_id, key, route, body_sha)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        *_identity(transaction, call),
        call.route,
        call.body_sha,
    )
    if done.endswith(" 1"):
        return None
    row = await transaction.driver.fetchrow(_FIND, *_identity(transaction, call))
    if row is None or row["answer"] is None:
        raise BusyError
    if row["route"] != call.route or row["body_sha"] != call.body_sha:
        raise KeyReusedError
    return msgspec.msgpack.decode(cast("bytes", row["answer"]), type=Answer)


async def keep(transaction: Transaction, call: Call, answer: Answer) -> None:
    """Keep the answer with the effect it tells about."""
    kept = Answer(answer.status, [one for one in answer.headers if one[0].lower() in KEPT_HEADERS], answer.body)
    encoded = msgspec.msgpack.encode(kept)
    await transaction.driver.execute(_KEEP, *_identity(transaction, call), answer.status, encoded)


def _identity(transaction: Transaction, call: Call) -> tuple[int, UUID, UUID, str]:
    return transaction.tenant_id, call.user_id, call.membership_id, call.key
