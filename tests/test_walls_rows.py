"""The second wall, tried: one row of every table for two tenants and two companies, read and written by strangers.

Rows are made from the system catalog, so a table added tomorrow is tried too. Its checks and references are
dropped first, in this throw-away database: only the walls are left to refuse anything.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, cast
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from app.infra.db.transaction import Driver
from tests.support.databases import Database
from tests.support.waiting import run_apart

OPEN: Final = ("tenants", "logins", "alembic_version")
# What a function takes rows from and no running role reads itself.
CLOSED: Final = frozenset({"counters"})
MINE, COLLEAGUE, STRANGER, FOREIGN = (UUID(int=number) for number in (0xA, 0xA2, 0xB, 0xC))
# (tenant, user, company): mine, a colleague's in my company, another company's of my tenant, another tenant's.
# All ids differ except that the foreign tenant also has a row under my own user and company: only the tenant differs.
OWNERS: Final = ((1, MINE, MINE), (1, COLLEAGUE, MINE), (1, STRANGER, STRANGER), (2, FOREIGN, FOREIGN), (2, MINE, MINE))
VALUES: Final[Mapping[str, str]] = {
    "text": "'x'",
    "bytea": "'\\x01'",
    "boolean": "false",
    "date": "'2026-01-01'",
    "timestamp with time zone": "now()",
    "jsonb": "'{}'",
    "uuid[]": "'{}'",
    "text[]": "'{}'",
    "integer[]": "'{}'",
    "time without time zone": "'09:00'",
    "bit varying": "'1'",
    "xid8": "'1'",
    "rule_effect": "'allow'",
}


class Table(Struct, frozen=True):
    """A tenant table: columns that must be given, with a value for each, and what the client role may do."""

    name: str
    required: Mapping[str, str]
    columns: frozenset[str]
    rights: frozenset[str]


def value_of(kind: str, number: int) -> str:
    """A value of the type; ids and numbers differ from row to row."""
    if kind == "uuid":
        return f"'{UUID(int=0x1000 + number)}'"
    if kind in {"integer", "bigint", "smallint"} or kind.startswith("numeric"):
        return str(number)
    return VALUES[kind] if kind != "text" else f"'x{number}'"


async def read_tables(catalog: Driver) -> list[Table]:
    rows = await catalog.fetch(
        "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) AS kind,"
        "   a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS required,"
        "   ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p"
        "         WHERE has_table_privilege('karavan_client', c.oid, p)) AS rights"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL ($1)"
        " ORDER BY c.relname, a.attnum",
        list(OPEN),
    )
    by_name: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        by_name.setdefault(str(row["relname"]), []).append(cast("Mapping[str, object]", row))
    return [
        Table(
            name=name,
            required={str(one["attname"]): str(one["kind"]) for one in found if one["required"]},
            columns=frozenset(str(one["attname"]) for one in found),
            rights=frozenset(cast("list[str]", found[0]["rights"])),
        )
        for name, found in by_name.items()
    ]


def insertion(table: Table, owner: tuple[int, UUID, UUID], number: int) -> str:
    tenant, user, company = owner
    given = {name: value_of(kind, number) for name, kind in table.required.items()} | {"tenant_id": str(tenant)}
    if table.name in {"users", "partners"}:
        given["id"] = f"'{user if table.name == 'users' else company}'"
    if "user_id" in table.columns:
        given["user_id"] = f"'{user}'"
    if "partner_id" in table.columns:
        given["partner_id"] = f"'{company}'"
    if "class" in table.columns:
        given["class"] = "'client'"
    return f"INSERT INTO {table.name} ({', '.join(given)}) VALUES ({', '.join(given.values())})"


async def prepare(url: str) -> list[Table]:
    """Take every other obstacle away and give each table a row of each owner; past the walls, as a superuser."""
    connection = await asyncpg.connect(url)
    catalog = cast("Driver", connection)
    await catalog.execute("SET session_replication_role = replica")  # no triggers, no references
    for row in await catalog.fetch(
        "SELECT conrelid::regclass::text AS owner, conname FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    ):
        await catalog.execute(f"ALTER TABLE {row['owner']} DROP CONSTRAINT {row['conname']}")
    tables = await read_tables(catalog)
    for table in tables:
        for number, owner in enumerate(OWNERS, start=1):
            await catalog.execute(insertion(table, owner, number) + " ON CONFLICT DO NOTHING")
    await connection.close()
    return tables


@pytest.fixture(scope="module")
def tables(module_database: Database) -> list[Table]:
    """Every tenant table, filled."""
    return run_apart(prepare(module_database.superuser_url))


@asynccontextmanager
async def connected(url: str, tenant: str = "", user: object = "", partners: object = "") -> AsyncIterator[Driver]:
    """A transaction of this role with this context, never committed."""
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN")
    await connection.execute(
        "SELECT set_config('app.tenant', $1, true), set_config('app.user', $2, true),"
        " set_config('app.partners', $3, true)",
        tenant,
        str(user),
        str(partners),
    )
    try:
        yield cast("Driver", connection)
    finally:
        await connection.close()


async def seen(driver: Driver, table: Table) -> list[tuple[object, object, object]]:
    """Tenant, person and company of every row the role sees."""
    user = "id" if table.name == "users" else "user_id" if "user_id" in table.columns else "NULL::uuid"
    company = "id" if table.name == "partners" else "partner_id" if "partner_id" in table.columns else "NULL::uuid"
    rows = await driver.fetch(f"SELECT tenant_id, {user} AS person, {company} AS company FROM {table.name}")
    return [(row["tenant_id"], row["person"], row["company"]) for row in rows]


def readable(tables: list[Table]) -> Iterator[Table]:
    return (table for table in tables if "SELECT" in table.rights)


async def test_without_a_context_no_role_sees_a_row(tables: list[Table], module_database: Database) -> None:
    visible = {
        module_database.client_url: list(readable(tables)),
        module_database.staff_url: [table for table in tables if table.name not in CLOSED],
        module_database.owner_url: tables,
    }
    for url, theirs in visible.items():
        async with connected(url) as driver:
            for table in theirs:
                assert await seen(driver, table) == [], f"{table.name}: {url}"


async def test_staff_and_owner_see_one_tenant(tables: list[Table], module_database: Database) -> None:
    for url, closed in ((module_database.staff_url, CLOSED), (module_database.owner_url, frozenset[str]())):
        async with connected(url, "1") as driver:
            for table in (one for one in tables if one.name not in closed):
                found = await seen(driver, table)
                assert found, table.name
                assert {tenant for tenant, _, _ in found} == {1}, f"{table.name}: {url}"


async def test_a_client_sees_rows_of_the_own_company_or_the_own_person(
    tables: list[Table], module_database: Database
) -> None:
    async with connected(module_database.client_url, "1", MINE, MINE) as driver:
        for table in readable(tables):
            found = await seen(driver, table)
            assert found, table.name
            for tenant, person, company in found:
                assert tenant == 1, table.name
                assert company in {None, MINE}, table.name
                assert person in {None, MINE} or company == MINE, table.name


@pytest.mark.parametrize(
    ("case", "tenant", "user", "partners"),
    [
        ("a person nobody knows", "1", UUID(int=0xF), UUID(int=0xF)),
        ("no person and no company", "1", "", ""),
        ("a tenant nobody knows", "9", MINE, MINE),
    ],
)
async def test_a_client_in_a_wrong_context_sees_nobodys_rows(
    tables: list[Table], module_database: Database, case: str, tenant: str, user: object, partners: object
) -> None:
    async with connected(module_database.client_url, tenant, user, partners) as driver:
        for table in readable(tables):
            private = "user_id" in table.columns or "partner_id" in table.columns or table.name in {"users", "partners"}
            if private or tenant == "9":
                assert await seen(driver, table) == [], f"{case}: {table.name}"


async def test_a_client_cannot_write_for_another_company_or_tenant(
    tables: list[Table], module_database: Database
) -> None:
    tried = 0
    for table in tables:
        private = {"user_id", "partner_id"} & table.columns
        foreign = [(2, MINE, MINE), *([(1, STRANGER, STRANGER)] if private else [])]
        for owner in foreign if "INSERT" in table.rights else []:
            async with connected(module_database.client_url, "1", MINE, MINE) as driver:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await driver.execute(insertion(table, owner, 77))
                tried += 1
    assert tried >= 20


async def test_a_client_cannot_give_a_row_away_or_reach_for_anothers(
    tables: list[Table], module_database: Database
) -> None:
    for table in tables:
        if not {"UPDATE", "SELECT"} <= table.rights:
            continue
        async with connected(module_database.client_url, "1", MINE, MINE) as driver:
            assert await driver.execute(f"UPDATE {table.name} SET tenant_id = 1 WHERE tenant_id = 2") == "UPDATE 0"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await driver.execute(f"UPDATE {table.name} SET tenant_id = 2")
        if "partner_id" in table.columns:
            async with connected(module_database.client_url, "1", MINE, MINE) as driver:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await driver.execute(f"UPDATE {table.name} SET partner_id = '{STRANGER}', tenant_id = 1")


async def test_a_clients_connection_stays_a_clients_whatever_it_claims(module_database: Database) -> None:
    async with connected(module_database.client_url, "1", MINE, MINE) as driver:
        for claim in ("SET ROLE karavan_staff", "SET SESSION AUTHORIZATION karavan_owner", "SET ROLE karavan_owner"):
            await driver.execute("SAVEPOINT before")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await driver.execute(claim)
            await driver.execute("ROLLBACK TO before")
