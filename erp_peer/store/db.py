"""Connections, and typed reading: a row becomes a Struct the moment it arrives."""

import datetime as dt
import json
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

T = TypeVar("T")

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
Argument = object


async def _prepare(conn: Connection) -> None:
    # References are only compared and passed on.
    await conn.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    # The driver's own codec turns the first day of the first year, which means "empty" here, into -infinity.
    await conn.set_type_codec(
        "date", schema="pg_catalog", encoder=dt.date.isoformat, decoder=dt.date.fromisoformat, format="text"
    )


async def open_pool(dsn: str, size: int = 10) -> asyncpg.Pool:
    """A pool whose sessions answer in UTC and never compile queries."""
    settings = {"timezone": "UTC", "jit": "off", "application_name": "erp_peer", "datestyle": "ISO"}
    return await asyncpg.create_pool(dsn, min_size=1, max_size=size, init=_prepare, server_settings=settings)


async def ensure_database(dsn: str) -> None:
    """Create the database when the server has none of that name and the account may do so."""
    try:
        conn = await asyncpg.connect(dsn)
    except asyncpg.InvalidCatalogNameError:
        parts = urlsplit(dsn)
        name = parts.path.lstrip("/")
        admin = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
        try:
            await admin.execute(f'CREATE DATABASE "{name}"')
        finally:
            await admin.close()
    else:
        await conn.close()


async def many(conn: Connection, shape: type[T], sql: str, *args: Argument) -> list[T]:
    """All rows as structs; columns are matched by name."""
    rows = await conn.fetch(sql, *args)
    return [msgspec.convert(dict(row), shape) for row in rows]


async def one(conn: Connection, shape: type[T], sql: str, *args: Argument) -> T | None:
    """The first row as a struct."""
    row = await conn.fetchrow(sql, *args)
    return None if row is None else msgspec.convert(dict(row), shape)


async def column(conn: Connection, shape: type[T], sql: str, *args: Argument) -> list[T]:
    """The only column of all rows."""
    rows = await conn.fetch(sql, *args)
    return [msgspec.convert(row[0], shape) for row in rows]


async def value(conn: Connection, shape: type[T], sql: str, *args: Argument) -> T:
    """The only value of the only row."""
    found = await column(conn, shape, sql, *args)
    return found[0]


def compact(data: object) -> str:
    """JSON text with letters as they are."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
