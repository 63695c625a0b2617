"""The database: versions, schema, and whether what is stored is sound."""

import subprocess
from typing import cast

import asyncpg

from app.cli.checks import Finding, Level, bad, good
from app.cli.checks.access import check_access
from app.cli.checks.audit import check_audit
from app.cli.database import PORTAL
from app.cli.schema import applied_steps, newest_steps
from app.cli.site import ROOT, Site
from app.cli.standby import postgres_of
from app.infra.embedded.binaries import find_postgres
from app.infra.processes.parts import StartError
from app.infra.processes.roles import on_database

FAILED_PAGES = "SELECT coalesce(sum(checksum_failures), 0)::int FROM pg_stat_database"
BROKEN_INDEXES = """
    SELECT indexrelid::regclass::text AS name FROM pg_index
    WHERE NOT (indisvalid AND indisready) ORDER BY 1
"""
UNPROVED = "SELECT conrelid::regclass || '.' || conname AS name FROM pg_constraint WHERE NOT convalidated ORDER BY 1"


async def check_database(site: Site) -> list[Finding]:
    """Look at the server and the portal's tables; a stopped embedded server is started for it."""
    embedded = "KARAVAN_DATABASE_URL" not in site.env
    if embedded and not (site.folder / "postgres" / "data").exists():
        return [good("No database yet; the first start makes it")]
    try:
        async with postgres_of(site) as server:
            portal = on_database(server, PORTAL) if embedded else server
            findings = await _schema(portal)
            more = [*await check_access(portal), *await check_audit(portal, site.folder)] if _are_good(findings) else []
            return [*await _server(site, server, embedded=embedded), *findings, *await _soundness(portal), *more]
    except (OSError, asyncpg.PostgresError, StartError) as error:
        words = f"The database cannot be asked: {error}"
        return [bad(words if embedded else f"{words}. Start it, or put KARAVAN_DATABASE_URL right.")]


async def _server(site: Site, server: str, *, embedded: bool) -> list[Finding]:
    running = await _value(server, "SHOW server_version")
    if not embedded:
        return [good(f"PostgreSQL {running}, run by others")]
    program = find_postgres(site.env).program("postgres")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    if running.split()[0] not in said:
        # Libraries of one version loaded into a server of another fail in odd ways.
        return [bad(f"PostgreSQL {running} runs, but {said.strip()} is installed. Stop and start the portal.")]
    return [good(f"PostgreSQL {running}, as installed")]


async def _schema(portal: str) -> list[Finding]:
    applied, newest = await applied_steps(portal), newest_steps(ROOT / "migrations/versions")
    if applied != newest:
        have, want = " ".join(sorted(applied)) or "nothing", " ".join(sorted(newest))
        return [bad(f"The schema is at {have}, this release needs {want}. `make up` brings it there.")]
    return [good(f"The schema is the newest: {' '.join(sorted(newest))}")]


def _are_good(findings: list[Finding]) -> bool:
    return all(finding.level is Level.GOOD for finding in findings)


async def _soundness(portal: str) -> list[Finding]:
    findings: list[Finding] = []
    if (failures := await _value(portal, FAILED_PAGES)) != "0":
        findings.append(
            bad(f"{failures} pages failed their checksum: the disk loses data. Restore a backup elsewhere.")
        )
    findings += [
        bad(f"Index {name} is broken. Run: REINDEX INDEX {name}") for name in await _names(portal, BROKEN_INDEXES)
    ]
    findings += [
        bad(f"Constraint {name} is not proved. Run: ALTER TABLE … VALIDATE CONSTRAINT …")
        for name in await _names(portal, UNPROVED)
    ]
    return findings or [good("No page failed its checksum, every index is whole, every constraint holds")]


async def _value(url: str, question: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(cast("object", await connection.fetchval(question)))
    finally:
        await connection.close()


async def _names(url: str, question: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [cast("str", row["name"]) for row in await connection.fetch(question)]
    finally:
        await connection.close()
