"""Roles and databases the portal and the stand-in ERP expect on a server. Repeating is harmless.

``karavan_owner`` owns the portal's database and runs migrations; ``karavan_client`` and
``karavan_staff`` serve people and own nothing, so row-level security binds them. The stand-in has
its own role and database: neither program can read the other's tables.
"""

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from app.infra.processes.parts import StartError

OWNER, CLIENT, STAFF, PEER = "karavan_owner", "karavan_client", "karavan_staff", "karavan_erp"


async def enter(url: str) -> asyncpg.Connection:
    """Connect to a server that others may run.

    Raises:
        StartError: it does not answer, or does not know the account.
    """
    try:
        return await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError) as error:
        parts = urlsplit(url)
        message = (
            f"PostgreSQL at {parts.hostname}:{parts.port or 5432} does not let {parts.username} in ({error}). "
            "Start it, or put KARAVAN_DATABASE_URL right."
        )
        raise StartError(message) from error


async def ensure_roles(url: str, passwords: Mapping[str, str]) -> None:
    """Make the roles named in ``passwords``, or give them these passwords.

    Raises:
        StartError: the account behind ``url`` may not do it, or such a role has too many rights.
    """
    connection = await enter(url)
    try:
        for role, password in passwords.items():
            await _ensure_role(connection, role, password)
    except asyncpg.InsufficientPrivilegeError as error:
        message = (
            f"The account of KARAVAN_DATABASE_URL may not make or change roles ({error}). "
            "Set KARAVAN_DATABASE_CLIENT_URL and KARAVAN_DATABASE_STAFF_URL."
        )
        raise StartError(message) from error
    finally:
        await connection.close()


async def ensure_databases(url: str, databases: Mapping[str, str]) -> None:
    """Make each database that is missing, owned by the role beside it and closed to others."""
    connection = await enter(url)
    try:
        for name, owner in databases.items():
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await connection.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
            await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await _let_in(connection, databases)
    finally:
        await connection.close()


async def take_over(url: str) -> None:
    """Make the portal's owner role the owner of the database the URL names.

    Raises:
        StartError: the account behind ``url`` may not do it.
    """
    connection = await enter(url)
    try:
        # Only a member of a role may hand things to it; a superuser is one of every role.
        await connection.execute(f"GRANT {OWNER} TO CURRENT_USER")
        name = unquote(urlsplit(url).path.lstrip("/")).replace('"', '""')
        await connection.execute(f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
    except asyncpg.InsufficientPrivilegeError as error:
        message = (
            f"The account of KARAVAN_DATABASE_URL may not give its database away ({error}). "
            f"Make {OWNER} its owner and name that account in KARAVAN_DATABASE_URL."
        )
        raise StartError(message) from error
    finally:
        await connection.close()


def with_account(url: str, user: str, password: str, database: str | None = None) -> str:
    """The same server for another account, and another database if one is named."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    account = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    path = parts.path if database is None else f"/{database}"
    return urlunsplit(parts._replace(netloc=f"{account}@{place}", path=path))


def on_database(url: str, database: str) -> str:
    """The same server and account, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _ensure_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    known = await connection.fetch("SELECT FROM pg_roles WHERE rolname = $1", role)
    if await connection.fetch("SELECT FROM pg_roles WHERE rolname = $1 AND (rolsuper OR rolbypassrls)", role):
        message = f"{role} may pass row-level security. Run: ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS"
        raise StartError(message)
    verb = "ALTER" if known else "CREATE"
    # Passwords are made of letters and digits, so quoting is a formality; utility statements
    # take no parameters.
    quoted = password.replace("'", "''")
    await connection.execute(f"{verb} ROLE \"{role}\" LOGIN PASSWORD '{quoted}'")


async def _let_in(connection: asyncpg.Connection, databases: Mapping[str, str]) -> None:
    for name, owner in databases.items():
        if owner == OWNER:
            await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {CLIENT}, {STAFF}')
            # The worker stages rows from the ERP in temporary tables.
            await connection.execute(f'GRANT TEMPORARY ON DATABASE "{name}" TO {STAFF}')
