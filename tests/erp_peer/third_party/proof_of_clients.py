"""Published clients of 1C's standard interface, unmodified, against the stand-in.

`make prove ONLY=conformance` runs this; it installs each client into a venv of its own below `var/third_party`.
The file's name keeps it out of `make test`, which installs nothing.
"""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from msgspec import Struct

from tests.erp_peer.conftest import empty_database
from tests.erp_peer.portal import Portal
from tests.erp_peer.third_party.interpreters import CannotInstallError, find, python_with

PROBES = Path(__file__).with_name("probes")


class Client(Struct, frozen=True):
    """A client: the interpreter it runs on here, and the least one it is made for."""

    name: str
    version: str
    python: tuple[int, int]
    shows: str

    @property
    def probe(self) -> Path:
        """The script its own interpreter runs."""
        return PROBES / f"with_{self.name.replace('-', '_')}.py"


CLIENTS = (
    Client("python-1c-odata", "0.6.0", (3, 11), "json, atom and auto: reads, counts, pages, 412, create, Post, slices"),
    Client("pyodata1c", "0.0.9", (3, 11), "all, get, create, filters"),
    Client("onecdc", "1.1.0", (3, 11), "metadata, full load into PostgreSQL, changes saved and acknowledged"),
    Client("enterprise-1c-odata", "0.1.0", (3, 11), "reads; its own two defects show as on a real base"),
    Client("onec-odata", "0.1.0", (3, 13), "service document, metadata, expand, If-Match, create, Post, slices, codes"),
    Client("odata1c-client", "0.1.5", (3, 12), "all, get, metadata"),
)


@pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])
def test_an_unmodified_client_passes(client: Client, portal: Portal, pg_server_url: str) -> None:
    title = f"{client.name} {client.version}"
    interpreter = find(client.python)
    if interpreter is None:
        _say(title, needs := f"not run: needs Python {client.python[0]}.{client.python[1]}")
        pytest.skip(needs)
    try:
        python = python_with(client.name, interpreter)
    except CannotInstallError as error:
        _say(title, reason := f"not run: cannot be installed here: {error}")
        pytest.skip(reason)
    argv = [str(python), str(client.probe), portal.url, _database(pg_server_url)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=240)
    _say(title, f"passed: {client.shows}" if ended.returncode == 0 else "FAILED")
    assert ended.returncode == 0, ended.stderr


def _database(server: str) -> str:
    """An empty database of the client's own, as SQLAlchemy names it."""
    return urlunsplit(urlsplit(empty_database(server))._replace(scheme="postgresql+psycopg2"))


def _say(title: str, words: str) -> None:
    sys.stdout.write(f"\n{title:<28}{words}\n")
