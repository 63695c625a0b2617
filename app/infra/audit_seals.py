"""Blocks that seal the audit trail: each holds the hash of its rows and of the block before (RELIABILITY 4.4).

Once a second the worker seals what can have no late neighbour any more: rows of transactions below the lowest one still
running. The order of numbers is not the order of commits, so an open transaction holds the seal back rather than slip
in behind it. The hash of every block also goes to a file outside the database.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.audit_copy import Copy, CopyError, Line
from app.infra.db.transaction import Row, Transaction, open_tenant_transaction

BITE: Final = 5_000  # rows of one block, unless one transaction wrote more
_EVERY_S: Final = 1.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A row as it is sealed. The text is spelled out here and not stored in the database, whose owner could change it there.
LINE: Final = """jsonb_build_array(r.id, r.stamp, (extract(epoch FROM r.at) * 1000000)::bigint, r.actor_id,
    r.on_behalf_id, r.partner_id, r.action, r.object_kind, r.object_id, r.object_name, r.detail, r.before, r.after,
    r.request_id, r.address, r.device)::text"""
LAST_SEAL: Final = "SELECT * FROM audit_seals WHERE tenant_id = $1 ORDER BY n DESC LIMIT 1"
# One statement, so that the horizon and the rows are of one snapshot: every transaction below it is over and visible.
_RIPE: Final = f"""
    WITH edge AS MATERIALIZED (
        SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + audit_base() AS horizon
    ), bound AS MATERIALIZED (
        SELECT horizon, least(horizon, (
            SELECT r.stamp + 1 FROM audit_records r WHERE r.tenant_id = $1 AND r.stamp >= $2 AND r.stamp < horizon
            ORDER BY r.stamp, r.id OFFSET {BITE - 1} LIMIT 1)) AS upto
        FROM edge
    )
    SELECT bound.horizon, bound.upto, r.id, {LINE} AS line
    FROM bound LEFT JOIN audit_records r ON r.tenant_id = $1 AND r.stamp >= $2 AND r.stamp < bound.upto
    ORDER BY r.stamp, r.id
"""  # noqa: S608 - constants
_SINCE: Final = "SELECT n, hash FROM audit_seals WHERE tenant_id = $1 AND n >= $2 ORDER BY n"
_PUT: Final = """
    INSERT INTO audit_seals (tenant_id, n, upto, rows, first_id, last_id, hash, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class Seal(Struct, frozen=True):
    """One block: ``rows`` rows with stamps from the block before up to ``upto``, the latter not among them."""

    n: int
    upto: int
    rows: int
    first_id: int
    last_id: int
    hash: bytes
    at: datetime


class ClockError(RuntimeError):
    """Numbers of transactions went back, as in a database filled from a dump; nothing can be sealed."""


def block_head(tenant_id: int, seal: Seal, since: int, previous: bytes) -> bytes:
    """What is hashed before the rows: what the block says of itself, and the block before it."""
    moment = (seal.at - _EPOCH) // timedelta(microseconds=1)
    head = (tenant_id, seal.n, since, seal.upto, seal.rows, seal.first_id, seal.last_id, moment, previous.hex())
    return " ".join(str(part) for part in head).encode()


def block_hash(head: bytes, lines: Iterable[str]) -> bytes:
    """Hash a block; its rows are JSON without line ends, so that a line end parts them for certain."""
    found = sha256(head)
    for line in lines:
        found.update(b"\n")
        found.update(line.encode())
    return found.digest()


def read_seal(row: Row) -> Seal:
    """Read a block from its row."""
    return Seal(
        n=cast("int", row["n"]),
        upto=cast("int", row["upto"]),
        rows=cast("int", row["rows"]),
        first_id=cast("int", row["first_id"]),
        last_id=cast("int", row["last_id"]),
        hash=cast("bytes", row["hash"]),
        at=cast("datetime", row["at"]),
    )


async def seal(transaction: Transaction) -> Seal | None:
    """Seal what is ripe; None if nothing is. Of two that try at once one fails and may try again.

    Raises:
        ClockError: the database was filled from a dump in a way the portal does not know.
    """
    tenant_id = transaction.tenant_id
    row = await transaction.driver.fetchrow(LAST_SEAL, tenant_id)
    last = None if row is None else read_seal(row)
    since = 0 if last is None else last.upto
    ripe = await transaction.driver.fetch(_RIPE, tenant_id, since)
    if cast("int", ripe[0]["horizon"]) < since:
        message = f"transactions are numbered below the last block, which ends at {since}"
        raise ClockError(message)
    if ripe[0]["id"] is None:
        return None
    ids = [cast("int", one["id"]) for one in ripe]
    blank = Seal(
        n=1 if last is None else last.n + 1,
        upto=cast("int", ripe[0]["upto"]),
        rows=len(ids),
        first_id=min(ids),
        last_id=max(ids),
        hash=b"",
        at=datetime.now(UTC),
    )
    previous = b"" if last is None else last.hash
    made = block_hash(block_head(tenant_id, blank, since, previous), (cast("str", one["line"]) for one in ripe))
    await transaction.driver.execute(
        _PUT, tenant_id, blank.n, blank.upto, blank.rows, blank.first_id, blank.last_id, made, blank.at
    )
    return Seal(blank.n, blank.upto, blank.rows, blank.first_id, blank.last_id, made, blank.at)


async def seal_for_ever(engine: AsyncEngine, tenant_id: int, file: Path) -> None:
    """Seal once a second and copy each block's hash to the file.

    Raises:
        CopyError: the file knows blocks the database does not; the sealing goes on, and this is said again each time.
    """
    while True:
        made = await seal_once(engine, tenant_id, file)
        if made is None or made.rows < BITE:
            await asyncio.sleep(_EVERY_S)


async def seal_once(engine: AsyncEngine, tenant_id: int, file: Path) -> Seal | None:
    """Seal one block; the database first, since a block in the file alone would look like one cut off."""
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        made = await seal(transaction)
    if made is not None:
        await _copy(engine, tenant_id, Copy(file), made)
    return made


async def _copy(engine: AsyncEngine, tenant_id: int, copy: Copy, made: Seal) -> None:
    last = await asyncio.to_thread(copy.last)
    if last is None:
        await asyncio.to_thread(copy.append, [Line(made.n, made.hash)])
        return
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        rows = await transaction.driver.fetch(_SINCE, tenant_id, last.n)
    lines = [Line(cast("int", row["n"]), cast("bytes", row["hash"])) for row in rows]
    # Blocks a crash kept from the file are caught up with; what stands in it is never replaced.
    if not lines or lines[0] != last:
        message = f"{copy.path} knows another block {last.n} than the database, where the trail was cut or replaced"
        raise CopyError(message)
    await asyncio.to_thread(copy.append, lines[1:])
