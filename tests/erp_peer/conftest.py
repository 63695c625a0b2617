"""The stand-in as a process of its own on a database of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.erp_peer.portal import TOKEN, Portal
from tests.erp_peer.shop import Shop, open_shop
from tests.support.ports import free_port
from tests.support.waiting import eventually, run_apart

ROOT = Path(__file__).parents[2]


async def _make_database(server: str, name: str, template: str) -> None:
    conn = await asyncpg.connect(server)
    try:
        await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await conn.close()


@pytest.fixture
def peer_database(pg_server_url: str) -> str:
    """Address of an empty database."""
    return empty_database(pg_server_url)


def empty_database(server: str) -> str:
    """Make an empty database; the server goes away after the run, and the database with it."""
    return _copy(server, "template0")


@pytest.fixture(scope="session")
def seeded_template(pg_server_url: str) -> str:
    """Name of a database with the tiny world as it is made, to be copied: seeding takes seconds."""
    dsn = empty_database(pg_server_url)
    environment = {**os.environ, "ERP_PEER_DB": dsn}
    words = [sys.executable, "-m", "erp_peer", "seed", "--profile", "tiny"]
    made = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return urlsplit(dsn).path.lstrip("/")


@pytest.fixture
def seeded_database(pg_server_url: str, seeded_template: str) -> str:
    """Address of a database with the tiny world."""
    return _copy(pg_server_url, seeded_template)


def _copy(server: str, template: str) -> str:
    name = f"erp_peer_{uuid4().hex}"
    run_apart(_make_database(server, name, template))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


class Process:
    """A running stand-in."""

    def __init__(self, dsn: str, log: Path, *options: str) -> None:
        """Start and wait until the port answers."""
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.log = log
        words = ["serve", "--port", str(port), "--profile", "tiny", *options]
        secrets = {"ERP_PEER_DB": dsn, "ERP_PEER_CONTROL_TOKEN": TOKEN}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "erp_peer", *words],
                cwd=ROOT,
                env={**os.environ, **secrets},
                stdout=out,
                stderr=out,
            )
        started = eventually(lambda: self.process.poll() is not None or self._answers(), 60)
        assert started, log.read_text()
        assert self.process.poll() is None, log.read_text()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop and say how it ended."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(20)


@contextmanager
def running(dsn: str, log: Path, *options: str) -> Iterator[Process]:
    """A stand-in for the time of a block."""
    process = Process(dsn, log, *options)
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def portal(pg_server_url: str, seeded_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A freshly seeded tiny stand-in for the tests of one module."""
    log = tmp_path_factory.mktemp("peer") / "log"
    with running(_copy(pg_server_url, seeded_template), log) as process, Portal(process.url) as portal:
        yield portal


@pytest.fixture(scope="module")
def shop(portal: Portal) -> Shop:
    """The first distributor's widest agreement."""
    return open_shop(portal)


@pytest.fixture
def node(portal: Portal) -> str:
    """A node of one test's own, registered now."""
    name = f"n{uuid4().hex[:12]}"
    assert portal.changes(name).batch is None
    return name
