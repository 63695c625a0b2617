"""Routes that only tests have: they write, fail and repeat on purpose."""

import asyncio
from typing import Annotated, Final

from litestar import Response, get, post
from msgspec import Meta, Struct

from app.access.actors import Actor
from app.infra.db.transaction import Transaction
from app.infra.http.idempotency import Idempotency
from app.kernel.errors import RejectedError, UnavailableError

PROFILE: Final = {"permission": "profile:edit"}


class Note(Struct, forbid_unknown_fields=True, frozen=True):
    """A word to be kept in the audit trail, the one table everybody may write."""

    word: Annotated[str, Meta(max_length=100, min_length=1)]


async def keep(transaction: Transaction, actor: Actor, word: str) -> None:
    await transaction.driver.execute(
        "INSERT /*free appending*/ INTO audit_records (tenant_id, actor_id, action, object_kind)"
        " VALUES ($1, $2, $3, 'probe')",
        actor.tenant_id,
        actor.user_id,
        word,
    )


@post("/api/v1/probe/write", opt=PROFILE, status_code=201)
async def write(data: Note, actor: Actor, transaction: Transaction) -> Note:
    """Write and say so."""
    await keep(transaction, actor, data.word)
    return data


@post("/api/v1/probe/reject", opt=PROFILE, status_code=201)
async def reject(data: Note, actor: Actor, transaction: Transaction) -> Note:
    """Write, then refuse."""
    await keep(transaction, actor, data.word)
    raise RejectedError([])


@post("/api/v1/probe/answer-422", opt=PROFILE)
async def answer_refusal(data: Note, actor: Actor, transaction: Transaction) -> Response[Note]:
    """Write, then answer with a refusal without raising."""
    await keep(transaction, actor, data.word)
    return Response(data, status_code=422)


@post("/api/v1/probe/crash", opt=PROFILE, status_code=201)
async def crash(data: Note, actor: Actor, transaction: Transaction) -> Note:
    """Write, then fail as code does."""
    await keep(transaction, actor, data.word)
    message = f"a fault that mentions {data.word}"
    raise ZeroDivisionError(message)


@post("/api/v1/probe/fail-at-commit", opt=PROFILE, status_code=201)
async def fail_at_commit(data: Note, actor: Actor, transaction: Transaction) -> Note:
    """Answer well although the commit is going to fail: the constraint is checked only then."""
    await transaction.driver.execute("INSERT INTO probe VALUES (1), (1)")
    await keep(transaction, actor, data.word)
    return data


@post("/api/v1/probe/once", opt={**PROFILE, "idempotent": True}, status_code=201)
async def once(data: Note, actor: Actor, transaction: Transaction, idempotency: Idempotency) -> Note:
    """Write with a key."""
    assert idempotency.key
    await keep(transaction, actor, data.word)
    await asyncio.sleep(0.02)
    if data.word == "unlucky":
        raise UnavailableError
    return data


@post("/api/v1/probe/state", opt=PROFILE)
async def sqlstate(data: Note, transaction: Transaction) -> None:
    """Fail with an error of the database."""
    await transaction.driver.execute(f"DO $$ BEGIN RAISE EXCEPTION 'probe' USING ERRCODE = '{data.word}'; END $$")


@get("/api/v1/probe/slow", opt={**PROFILE, "deadline_s": 0.3})
async def slow(transaction: Transaction) -> None:
    """Take longer than the deadline."""
    await transaction.driver.execute("SELECT pg_sleep(5)")


@get("/api/v1/probe/read", opt=PROFILE)
async def read(transaction: Transaction) -> dict[str, str]:
    """Tell how a read runs."""
    row = await transaction.driver.fetchrow(
        "SELECT current_setting('transaction_isolation') AS isolation,"
        " current_setting('transaction_read_only') AS read_only, current_setting('app.tenant') AS tenant,"
        " session_user AS role"
    )
    assert row is not None
    return {name: str(row[name]) for name in ("isolation", "read_only", "tenant", "role")}


@get("/api/v1/probe/write-in-a-read", opt=PROFILE)
async def write_in_a_read(actor: Actor, transaction: Transaction) -> None:
    """Try to write where reading was agreed."""
    await keep(transaction, actor, "never")


PROBES: Final = [
    write,
    reject,
    answer_refusal,
    crash,
    fail_at_commit,
    once,
    sqlstate,
    slow,
    read,
    write_in_a_read,
]
