"""The portal's database for a command that runs beside the portal or while it is stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from app.cli.database import POSTGRES_PORT
from app.cli.servers import postgres_part, superuser_url
from app.cli.site import LOOPBACK, Site
from app.infra.embedded.cluster import SUPERUSER
from app.infra.processes.child import end, how_it_ended, roll, spawn, tail
from app.infra.processes.installation import AlreadyRunsError, only_one
from app.infra.processes.parts import StartError
from app.infra.processes.supervisor import became_healthy


class _Part(Struct):
    port: int | None = None
    pid: int | None = None


class Running(Struct):
    """What a command needs to know of a running portal."""

    state: str
    url: str
    parts: dict[str, _Part]


def read_status(site: Site) -> Running | None:
    """The status file, if there is one; it may be left over from a crash."""
    try:
        return msgspec.json.decode((site.folder / "status.json").read_bytes(), type=Running)
    except FileNotFoundError:
        return None


@asynccontextmanager
async def postgres_of(site: Site, *, alone: bool = False) -> AsyncIterator[str]:
    """Give the URL of an account with full rights; an embedded server that is stopped is started.

    ``alone`` demands that the portal does not run.

    Raises:
        StartError: the server does not start, or the portal runs and must not.
    """
    if given := site.env.get("KARAVAN_DATABASE_URL"):
        yield given
        return
    try:
        with only_one(site.folder):
            async with _started(site) as url:
                yield url
    except AlreadyRunsError:
        status = read_status(site)
        port = status.parts["postgres"].port if status and "postgres" in status.parts else None
        if alone or port is None:
            raise
        yield superuser_url(site, port)


@asynccontextmanager
async def _started(site: Site) -> AsyncIterator[str]:
    port = site.ports.take(LOOPBACK, POSTGRES_PORT)
    part = postgres_part(site, "postgres", port, shown_as=(SUPERUSER, "", "postgres"))
    log = site.log("postgres")
    start = roll(log)
    process = await spawn(part.command(), log, part.death_signal)
    try:
        if not await became_healthy(part, process):
            message = f"PostgreSQL {how_it_ended(process)}. The end of {log}:\n{tail(log, start)}"
            raise StartError(message)
        yield superuser_url(site, port)
    finally:
        await end(process, part.stop_signals, part.stop_within_s)
