"""Real servers for a test run: started once, on free ports, in a folder that goes away."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg

from app.infra.embedded.binaries import find_postgres, find_valkey
from app.infra.embedded.cluster import SUPERUSER, prepare_cluster
from app.infra.embedded.identity import PLAIN_ENVIRONMENT
from app.infra.embedded.valkey import prepare_valkey
from app.infra.processes.lifeline import die_with_parent
from app.infra.processes.roles import CLIENT, OWNER, PEER, STAFF, ensure_roles, with_account
from tests.support.ports import free_port
from tests.support.waiting import eventually, run_apart

PASSWORD = "test-only"
# A lost page costs a test run nothing; many clones are made at once.
IN_A_HURRY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum_naptime": "1h",
    "max_wal_size": "512MB",
}
_MEMORY: Final = Path("/dev/shm")
_ENOUGH: Final = 4 * 1024**3
_FOLDER: Final = "karavan-tests-"


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder that goes away; in memory, where a copy of a database takes a tenth of the time, if there is room."""
    _sweep()
    roomy = os.access(_MEMORY, os.W_OK) and disk_usage(_MEMORY).free > _ENOUGH
    place = _MEMORY if roomy else None
    with TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-", dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _sweep() -> None:
    """Give back the memory of runs that were killed and could not do it themselves."""
    for folder in _MEMORY.glob(f"{_FOLDER}*"):
        if not Path("/proc", folder.name.removeprefix(_FOLDER).partition("-")[0]).exists():
            rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A server with the portal's roles; gives the superuser's URL of the database ``postgres``."""
    home = folder / "postgres"
    cluster = prepare_cluster(find_postgres(os.environ), home, PASSWORD, durable=False)
    port = free_port()
    url = f"postgresql://{SUPERUSER}:{PASSWORD}@127.0.0.1:{port}/postgres"
    log = folder / "postgres.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            cluster.argv(port, IN_A_HURRY),
            user=cluster.identity.user,
            group=cluster.identity.group,
            extra_groups=None if cluster.identity.user is None else [],
            env=PLAIN_ENVIRONMENT,
            cwd="/",
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGQUIT),  # noqa: PLW1509 - one call into libc, no locks
        )
    try:
        assert eventually(lambda: run_apart(_answers(url)), 30), log.read_text()
        run_apart(ensure_roles(url, dict.fromkeys((OWNER, CLIENT, STAFF, PEER), PASSWORD)))
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)


@contextmanager
def valkey_server(folder: Path) -> Iterator[str]:
    """An empty Valkey; gives its URL."""
    port = free_port()
    argv = prepare_valkey(find_valkey(os.environ), folder / "valkey", port, PASSWORD)
    with (folder / "valkey.log").open("wb") as out:
        server = subprocess.Popen(
            argv,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, signal.SIGKILL),  # noqa: PLW1509 - one call into libc, no locks
        )
    try:
        log = folder / "valkey.log"
        assert eventually(lambda: "Ready to accept" in log.read_text(), 20), log.read_text()
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait(20)


def account_url(server: str, role: str, database: str) -> str:
    """The URL of a test database for one of the portal's roles."""
    return with_account(server, role, PASSWORD, database)


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True
