"""The audit trail: is every block what was sealed, and does the copy outside the database agree."""

from pathlib import Path
from typing import Final, cast

import asyncpg

from app.cli.checks import Finding, bad, doubtful, good
from app.infra.audit_chain import Verdict, look_over
from app.infra.audit_copy import Copy, CopyError, copy_of
from app.infra.db.transaction import Row

_TENANTS: Final = "SELECT id, code FROM tenants ORDER BY id"
_TENANT: Final = "SELECT set_config('app.tenant', $1, true)"
# A load that runs for minutes holds the seals back that long.
_WAITING: Final = """
    SELECT count(*) FROM audit_records
    WHERE tenant_id = $1 AND at < now() - interval '1 hour'
      AND stamp >= coalesce((SELECT max(upto) FROM audit_seals WHERE tenant_id = $1), 0)
"""


async def check_audit(portal: str, folder: Path) -> list[Finding]:
    """Look the trail of every tenant over."""
    connection = await asyncpg.connect(portal)
    try:
        rows = cast("list[Row]", await connection.fetch(_TENANTS))
        tenants = [(cast("int", row["id"]), str(row["code"])) for row in rows]
        return [finding for one, code in tenants for finding in await _check(connection, folder, one, code)]
    finally:
        await connection.close()


async def _check(connection: asyncpg.Connection, folder: Path, tenant_id: int, code: str) -> list[Finding]:
    try:
        copied = Copy(copy_of(folder, tenant_id)).lines()
    except CopyError as error:
        return [bad(f"The copy of the audit trail's seals cannot be read. {error}")]
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_TENANT, str(tenant_id))
        verdict = await look_over(connection, tenant_id, copied)
        waiting = cast("int", await connection.fetchval(_WAITING, tenant_id))
    return [_finding(code, verdict, waiting)]


def _finding(code: str, verdict: Verdict, waiting: int) -> Finding:
    if fault := verdict.fault:
        return bad(
            f"The audit trail of {code} was changed: block {fault.block} {fault.words}."
            " Blocks before it are sound. Compare with a backup, and find out who had the database."
        )
    words = f"The audit trail of {code}: {verdict.blocks} blocks with {verdict.rows} rows are what was sealed"
    if waiting:
        return doubtful(f"{words}, but {waiting} rows wait for their seal for more than an hour. Does the worker run?")
    if verdict.blocks and not verdict.copied_from:
        return doubtful(f"{words}, but there is no copy of their hashes; the worker begins one with the next block.")
    if verdict.copied_from > 1:
        return good(f"{words}; their copy outside the database begins with block {verdict.copied_from}")
    return good(words)
