"""A world without the others: their rows are put aside, and put back afterwards."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, cast
from uuid import UUID

import asyncpg
from msgspec import Struct

from tests.attacks.afar import GAMMA
from tests.attacks.mirror import TWIN
from tests.orders.shop import BETA

# Rows of the other companies and of the other tenant. What belongs to nobody but the tenant (its products, its
# regions) stays; so do people's ways in, which are needed to come back.
_ASIDE: Final = """
    SELECT c.relname, string_agg(quote_ident(a.attname), ', ') FILTER (WHERE a.attgenerated = '') AS names,
        bool_or(a.attname = 'partner_id') AS has_partner
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relname NOT IN ('tenants', 'users', 'logins', 'sessions', 'memberships')
    GROUP BY c.relname HAVING bool_or(a.attname = 'tenant_id') ORDER BY c.relname
"""


class Table(Struct, frozen=True):
    """A table with rows of others: which they are, and what has to be named to write them again."""

    name: str
    names: str
    theirs: str


async def tables(connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Table]:
    """List the tables and whose rows of each are the others'."""
    found: list[Table] = []
    for row in await connection.fetch(_ASIDE):
        plain = cast("Mapping[str, object]", row)
        theirs = f"tenant_id = {TWIN}"
        if plain["has_partner"]:
            theirs += f" OR partner_id IN ('{BETA}', '{GAMMA}')"
        elif plain["relname"] == "partners":
            theirs += f" OR id IN ('{BETA}', '{GAMMA}')"
        found.append(Table(str(plain["relname"]), str(plain["names"]), theirs))
    return found


async def traces_of(url: str) -> tuple[frozenset[str], frozenset[str]]:
    """List what names the others: the ids of all their rows, and the texts only they have."""
    connection = await asyncpg.connect(url)
    try:
        ids, texts, ours = set[str](), set[str](), set[str]()
        for table in await tables(connection):
            for row in await connection.fetch(f"SELECT t.*, ({table.theirs}) AS is_theirs FROM {table.name} t"):
                values = dict(cast("Mapping[str, object]", row))
                is_theirs = values.pop("is_theirs") is True
                if is_theirs and isinstance(values.get("id"), UUID):
                    ids.add(str(values["id"]))
                found = {one for one in values.values() if isinstance(one, str) and len(one) > 5}
                if values["tenant_id"] != TWIN:  # the twin says the same words as the first
                    (texts if is_theirs else ours).update(found)
        return frozenset(ids), frozenset(texts - ours)
    finally:
        await connection.close()


@asynccontextmanager
async def without_others(url: str) -> AsyncIterator[None]:
    """Live for a while in a world where only the first company is."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        everything = await tables(connection)
        async with connection.transaction():
            for table in everything:
                await connection.execute(
                    f"CREATE TEMPORARY TABLE aside_{table.name} AS SELECT {table.names} FROM {table.name}"
                    f" WHERE {table.theirs}"
                )
                await connection.execute(f"DELETE FROM {table.name} WHERE {table.theirs}")
        try:
            yield
        finally:
            async with connection.transaction():
                for table in everything:
                    await connection.execute(
                        f"INSERT INTO {table.name} ({table.names}) OVERRIDING SYSTEM VALUE"
                        f" SELECT {table.names} FROM aside_{table.name}"
                    )
    finally:
        await connection.close()
