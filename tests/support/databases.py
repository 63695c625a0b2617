"""Fresh portal databases: migrated once, then copied in a few hundredths of a second."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
from msgspec import Struct

from app.infra.processes.roles import CLIENT, OWNER, STAFF, ensure_databases
from tests.support.servers import account_url
from tests.support.waiting import run_apart

ROOT = Path(__file__).parents[2]
_numbers = count(1)


class Database(Struct, frozen=True):
    """One database of its own, as each of its accounts sees it."""

    name: str
    superuser_url: str  # past every wall; only to look at what the portal wrote
    owner_url: str
    client_url: str
    staff_url: str


def make_template(server: str) -> str:
    """Make and migrate the database that all others are copied from; give its name."""
    name = "karavan_template"
    run_apart(ensure_databases(server, {name: OWNER}))
    environment = {**os.environ, "KARAVAN_DATABASE_URL": account_url(server, OWNER, name)}
    migrated = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    return name


@contextmanager
def fresh_database(server: str, template: str) -> Iterator[Database]:
    """Copy the template, and drop the copy afterwards whoever is still connected."""
    name = f"karavan_{next(_numbers)}"
    copy = f"""
        CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER};
        REVOKE ALL ON DATABASE {name} FROM PUBLIC;
        GRANT CONNECT ON DATABASE {name} TO {CLIENT}, {STAFF};
        GRANT TEMPORARY ON DATABASE {name} TO {STAFF}
    """
    run_apart(_execute(server, copy))
    try:
        yield Database(
            name=name,
            superuser_url=server.rpartition("/")[0] + f"/{name}",
            owner_url=account_url(server, OWNER, name),
            client_url=account_url(server, CLIENT, name),
            staff_url=account_url(server, STAFF, name),
        )
    finally:
        run_apart(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        # One by one: a database cannot be made inside the transaction of a longer script.
        for statement in statements.split(";"):
            await connection.execute(statement)
    finally:
        await connection.close()
