"""A second tenant that is the first one's twin: the same rows under ids of their own."""

from collections.abc import Mapping
from typing import Final, cast
from uuid import UUID

import asyncpg

from app.access.logins import login_key

TWIN: Final = 2
# Ids are mapped wherever they stand; what must be unique in the whole installation gets a mark of its own.
_COPY: Final = """
    DO $do$
    DECLARE source record; names text; terms text;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR source IN
            SELECT c.oid, c.relname FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relname NOT IN ('logins', 'sessions', 'outbox', 'idempotency_keys')
                AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
        LOOP
            SELECT string_agg(quote_ident(attname), ', '),
                string_agg(CASE
                    WHEN attname = 'tenant_id' THEN '2'
                    WHEN atttypid = 'uuid'::regtype THEN format('twin(%I)', attname)
                    WHEN atttypid = 'uuid[]'::regtype THEN format(
                        '(SELECT coalesce(array_agg(twin(x)), ARRAY[]::uuid[]) FROM unnest(%I) x)', attname)
                    WHEN attname IN ('email', 'secret_hash') THEN format('''twin.'' || %I', attname)
                    WHEN attname = 'token_hash' THEN format('sha256(%I)', attname)
                    ELSE quote_ident(attname) END, ', ')
            INTO names, terms FROM pg_attribute
            WHERE attrelid = source.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
            EXECUTE format('INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %I WHERE tenant_id = 1',
                source.relname, names, terms, source.relname);
        END LOOP;
    END $do$
"""
_TWIN_ID: Final = """
    CREATE FUNCTION pg_temp.twin(id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE AS
        $$ SELECT (left(id::text, 18) || '-000b-' || right(id::text, 12))::uuid $$
"""


def twin(one: UUID) -> UUID:
    """Name the twin of an object of the first tenant."""
    text = str(one)
    return UUID(f"{text[:18]}-000b-{text[24:]}")


async def make_twin(url: str) -> None:
    """Copy everything the first tenant has, as the superuser."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TWIN_ID)
        await connection.execute("SET search_path = public, pg_temp")
        await connection.execute(
            "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,"
            " order_prefix) SELECT 2, 'hantengri', 'Hantengri', '', '', '', zone, country, 'erp2', 'H' FROM tenants"
        )
        await connection.execute(_COPY.replace("twin(", "pg_temp.twin("))
        for row in await connection.fetch("SELECT id, email FROM users WHERE tenant_id = $1", TWIN):
            person = cast("Mapping[str, object]", row)
            key = login_key(str(person["email"]))
            await connection.execute("INSERT INTO logins VALUES ($1, $2, $3)", key, TWIN, person["id"])
    finally:
        await connection.close()
