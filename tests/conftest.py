"""Fixtures of every room: a real PostgreSQL, a real Valkey, the real stand-in ERP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from tests.support.databases import Database, fresh_database, make_template
from tests.support.peer import ErpPeer, erp_peer_server
from tests.support.servers import postgres_server, quick_folder, valkey_server

# `make prove ONLY=mutation` wants the same answer every time, and no smaller example of what it broke itself.
settings.register_profile(
    "mutation", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where the servers of this run keep their files: in memory where there is enough of it."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def pg_server_url(server_folder: Path) -> Iterator[str]:
    """The superuser's URL of one PostgreSQL for the whole run, with the portal's roles made."""
    with postgres_server(server_folder) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(server_folder: Path) -> Iterator[str]:
    """One Valkey for the whole run; tests share it, so name keys after what the test made."""
    with valkey_server(server_folder) as url:
        yield url


@pytest.fixture(scope="session")
def database_template(pg_server_url: str) -> str:
    """Name of the migrated database that others are copied from. Nothing may connect to it."""
    return make_template(pg_server_url)


@pytest.fixture
def database(pg_server_url: str, database_template: str) -> Iterator[Database]:
    """A fresh migrated portal database for one test."""
    with fresh_database(pg_server_url, database_template) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_database(pg_server_url: str, database_template: str) -> Iterator[Database]:
    """A fresh migrated portal database shared by the tests of one module."""
    with fresh_database(pg_server_url, database_template) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def erp_peer(pg_server_url: str, server_folder: Path) -> Iterator[ErpPeer]:
    """The stand-in ERP with the tiny profile for the whole run. A test that changes it changes it for all."""
    with erp_peer_server(pg_server_url, server_folder) as peer:
        yield peer


@pytest.fixture
def fresh_erp_peer(pg_server_url: str, server_folder: Path) -> Iterator[ErpPeer]:
    """A stand-in ERP of its own for a test that breaks it or counts what it accepted."""
    with erp_peer_server(pg_server_url, server_folder) as peer:
        yield peer
