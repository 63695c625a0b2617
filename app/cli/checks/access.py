"""The access rules of every tenant: can they be served, or is everybody refused, and why."""

from typing import cast

import asyncpg

from app.access.book import BrokenRulesError
from app.access.queries import load_book
from app.cli.checks import Finding, bad, good
from app.infra.db.engine import make_engine
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Row, open_tenant_transaction


async def check_access(portal: str) -> list[Finding]:
    """Load the rules of every tenant as a process of the portal does."""
    connection = await asyncpg.connect(portal)
    try:
        rows = cast("list[Row]", await connection.fetch("SELECT id, code FROM tenants ORDER BY id"))
    finally:
        await connection.close()
    return [await _check(portal, cast("int", row["id"]), str(row["code"])) for row in rows]


async def _check(portal: str, tenant_id: int, code: str) -> Finding:
    engine = make_engine(portal)
    try:
        async with open_tenant_transaction(engine, tenant_id, read_only=True, grounds=Grounds()) as transaction:
            book = await load_book(transaction)
    except BrokenRulesError as error:
        return bad(
            f"Nobody of {code} is let in, the access rules cannot be served: {error.params['reason']}."
            " Mend access_rules and access_role_links, or restore a backup."
        )
    finally:
        await engine.dispose()
    return good(f"The access rules of {code} can be served, as of version {book.version}")
