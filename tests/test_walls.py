"""The second wall, asked of the database itself: every table, constraint, function and role (RELIABILITY 4.5).

A table somebody adds tomorrow is found here without anybody remembering it. What may differ is listed with its reason.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, cast

import asyncpg
import pytest

from app.infra.db.transaction import Driver
from tests.support.databases import Database

# Tables without row-level security.
OPEN_TABLES: Final = {
    "tenants": "the start page lists them to everybody; nothing in it is secret",
    "logins": "no role of the portal has any right to it; find_login reads one row",
    "alembic_version": "of the migrations; no role has any right to it",
}
# Unique keys that do not begin with the tenant: a global one tells a tenant that another has the same value.
OPEN_KEYS: Final = {
    "tenants_pkey": "the tenant itself",
    "tenants_code_key": "the word in the public address",
    "tenants_infobase_key": "two tenants must never read one infobase",
    "tenant_infobases_place": "the same, where a tenant named its infobase itself",
    "logins_pkey": "a login is unique in the installation and decides the tenant (CONTRACT, section 2)",
    "alembic_version_pkc": "one row, of the migrations",
    "sessions_hash": "contains the tenant, so it forbids nothing across tenants",
}
# Functions that run with the owner's rights.
OWNERS_FUNCTIONS: Final = {
    "find_login": "decides the tenant of an address before anybody is signed in",
    "begin_request": "turns a session into a context, so that no role reads other people's sessions",
    "begin_change": "the same for who writes, after taking their turn with who takes rights away",
    "begin_seeing": "turns an administrator's session and the secret of a look into the context of whom they look as",
    "erp_analyze": "a load may refresh the planner's statistics of tables it does not own; it reads nothing out",
    "take_number": "gives a running role one number of an order and never a counter or a key to look at",
    "bump_rules": "whoever may write a rule moves the version everybody's decisions are kept under, and nothing else",
    "lock_rules": "puts publications of rules in one order; tells a number",
    "count_version": "counts a publication in a row no client's role may change by itself",
    "seats": "names the people of one's own organisation to its head; all of the tenant to its staff",
    "claim_login": "gives a new account its address; says yes or no, and nothing of who has it",
    "people": "shows a head the names of colleagues, whose rows a client's role does not see, and never a password",
    "person_sessions": "lists where a colleague is signed in, as far as they work for the same client",
    "end_sessions": "ends those sessions, and no others",
    "my_places": "names the organisations of one's own memberships, which a client's role otherwise sees one at a time",
}
# Tables with a client's or a person's rows that the client role nevertheless sees for the whole tenant.
TENANT_WIDE: Final = dict[str, str]()

ROLES: Final = ("karavan_owner", "karavan_client", "karavan_staff")
RUNNING: Final = ("karavan_client", "karavan_staff")


@pytest.fixture
async def catalog(module_database: Database) -> AsyncIterator[Driver]:
    """A look at the system catalogs of a freshly migrated database."""
    connection = await asyncpg.connect(module_database.superuser_url)
    yield cast("Driver", connection)
    await connection.close()


async def names(catalog: Driver, query: str, *args: object) -> set[str]:
    return {str(row[0]) for row in await catalog.fetch(query, *args)}


async def test_every_table_enables_and_forces_row_level_security(catalog: Driver) -> None:
    open_tables = await names(
        catalog,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    assert open_tables == set(OPEN_TABLES)


async def test_every_other_table_says_whose_tenant_a_row_is(catalog: Driver) -> None:
    nameless = await names(
        catalog,
        "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'tenant_id' AND attnotnull"
        "                 AND atttypid = 'int'::regtype)",
    )
    assert nameless == {"tenants", "alembic_version"}


async def test_nothing_but_tables_and_views_of_the_caller_holds_data(catalog: Driver) -> None:
    # Partitions, foreign tables and materialised views have walls of their own; views must use the reader's.
    kinds = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('f', 'm', 'p')"
    assert await names(catalog, kinds) == set()
    lent = await names(
        catalog,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'"
        " AND NOT coalesce(reloptions @> '{security_invoker=true}', false)",
    )
    assert lent == set()


async def test_every_policy_asks_for_the_tenant_when_reading_and_when_writing(catalog: Driver) -> None:
    policies = await catalog.fetch("SELECT * FROM pg_policies WHERE schemaname = 'public'")
    tenant = "(tenant_id = ( SELECT app_tenant() AS app_tenant))"
    pairs: list[tuple[str, str]] = []
    for policy in policies:
        name, roles = str(policy["policyname"]), cast("list[str]", policy["roles"])
        pairs += [(str(policy["tablename"]), role) for role in roles]
        assert policy["permissive"] == "PERMISSIVE", name
        assert len(roles) == 1, name
        assert roles[0] in ROLES, name
        for condition in (str(policy["qual"]), str(policy["with_check"])):
            # Either that alone, or that AND something: never an OR beside it.
            assert condition == tenant or condition.startswith(f"({tenant} AND "), f"{name}: {condition}"
    assert len(pairs) == len(set(pairs)), "two policies of one role on one table open what either opens"


async def test_who_has_a_right_to_a_table_has_a_policy_on_it(catalog: Driver) -> None:
    granted = await catalog.fetch(
        "SELECT DISTINCT table_name, grantee FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND grantee = ANY ($1) AND table_name <> ALL ($2)",
        list(RUNNING),
        list(OPEN_TABLES),
    )
    policies = await catalog.fetch("SELECT tablename, roles[1] AS role FROM pg_policies WHERE schemaname = 'public'")
    assert {(row["table_name"], row["grantee"]) for row in granted} == {
        (row["tablename"], row["role"]) for row in policies if row["role"] in RUNNING
    }


async def test_the_client_role_sees_a_clients_rows_only_as_that_client(catalog: Driver) -> None:
    wide = await names(
        catalog,
        "SELECT DISTINCT p.tablename FROM pg_policies p"
        " JOIN information_schema.columns c ON c.table_schema = 'public' AND c.table_name = p.tablename"
        " WHERE p.schemaname = 'public' AND p.roles[1] = 'karavan_client'"
        "   AND c.column_name IN ('partner_id', 'user_id')"
        "   AND NOT (p.qual ~ 'app_(partners|user|person)' AND p.with_check ~ 'app_(partners|user|person)')"
        "   AND has_table_privilege('karavan_client', p.tablename, 'SELECT')",
    )
    assert wide == set(TENANT_WIDE)


async def test_every_unique_key_begins_with_the_tenant(catalog: Driver) -> None:
    keys = await names(
        catalog,
        "SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]"
        " WHERE i.relnamespace = 'public'::regnamespace AND (x.indisunique OR x.indisexclusion)"
        " AND a.attname IS DISTINCT FROM 'tenant_id'",
    )
    assert keys == set(OPEN_KEYS)


async def test_every_table_has_a_primary_key(catalog: Driver) -> None:
    without = await names(
        catalog,
        "SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')",
    )
    assert without == set()


async def test_every_reference_stays_within_the_tenant(catalog: Driver) -> None:
    # A foreign key is checked past row-level security: without the tenant it would find a stranger's row.
    crossing = await names(
        catalog,
        "SELECT k.conname FROM pg_constraint k"
        " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
        " JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]"
        " WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace"
        " AND NOT (a.attname = 'tenant_id' AND (b.attname = 'tenant_id' OR k.confrelid = 'tenants'::regclass))",
    )
    assert crossing == set()


async def test_only_listed_functions_run_with_the_owners_rights(catalog: Driver) -> None:
    found = await catalog.fetch(
        "SELECT proname, proconfig, has_function_privilege('public', oid, 'EXECUTE') AS public"
        " FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert {row["proname"] for row in found} == set(OWNERS_FUNCTIONS)
    for row in found:
        # Another schema earlier in the path could put its own tables under the function.
        assert row["proconfig"] == ["search_path=pg_catalog, public"], row["proname"]
        assert row["public"] is False, row["proname"]


async def test_the_portals_roles_own_and_bypass_nothing(catalog: Driver) -> None:
    roles = await catalog.fetch("SELECT * FROM pg_roles WHERE rolname = ANY ($1) ORDER BY rolname", list(ROLES))
    assert len(roles) == len(ROLES)
    for role in roles:
        power = ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole", "rolreplication")
        assert not any(role[name] for name in power), role["rolname"]
    assert not await catalog.fetch(
        "SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY ($1)", list(ROLES)
    )
    assert (
        await names(catalog, "SELECT relname FROM pg_class WHERE relowner::regrole::text = ANY ($1)", list(RUNNING))
        == set()
    )
    assert (
        await names(catalog, "SELECT proname FROM pg_proc WHERE proowner::regrole::text = ANY ($1)", list(RUNNING))
        == set()
    )
    makers = "SELECT r FROM unnest($1::text[]) r WHERE has_schema_privilege(r, 'public', 'CREATE')"
    assert await names(catalog, makers, list(RUNNING)) == set()


async def test_nobody_may_empty_a_table_or_change_history(catalog: Driver) -> None:
    grants = await catalog.fetch(
        "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND (grantee = ANY ($1) OR grantee = 'PUBLIC')",
        list(RUNNING),
    )
    found = {(str(row["grantee"]), str(row["table_name"]), str(row["privilege_type"])) for row in grants}
    assert {right for _, _, right in found} <= {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert not [grant for grant in found if grant[0] == "PUBLIC" or grant[1] in {"logins", "alembic_version"}]
    for grown in ("audit_records", "audit_seals"):
        assert {right for _, table, right in found if table == grown} == {"SELECT", "INSERT"}, grown
    assert {right for _, table, right in found if table == "tenants"} == {"SELECT"}


Check = Callable[[Driver], Awaitable[None]]
HOLES: Final[list[tuple[str, Check]]] = [
    ("ALTER TABLE orders NO FORCE ROW LEVEL SECURITY", test_every_table_enables_and_forces_row_level_security),
    ("CREATE TABLE extra (tenant_id int NOT NULL)", test_every_table_enables_and_forces_row_level_security),
    ("CREATE TABLE extra (id int, tenant_id int)", test_every_other_table_says_whose_tenant_a_row_is),
    ("CREATE VIEW extra AS SELECT * FROM orders", test_nothing_but_tables_and_views_of_the_caller_holds_data),
    ("CREATE MATERIALIZED VIEW extra AS SELECT 1", test_nothing_but_tables_and_views_of_the_caller_holds_data),
    (
        "CREATE POLICY extra ON orders TO karavan_client USING (true)",
        test_every_policy_asks_for_the_tenant_when_reading_and_when_writing,
    ),
    (
        "ALTER POLICY orders_client ON orders WITH CHECK (tenant_id = (SELECT app_tenant()) OR branch = '')",
        test_every_policy_asks_for_the_tenant_when_reading_and_when_writing,
    ),
    ("DROP POLICY orders_client ON orders", test_who_has_a_right_to_a_table_has_a_policy_on_it),
    (
        "ALTER POLICY orders_client ON orders USING (tenant_id = (SELECT app_tenant()))",
        test_the_client_role_sees_a_clients_rows_only_as_that_client,
    ),
    ("CREATE UNIQUE INDEX extra ON orders (number)", test_every_unique_key_begins_with_the_tenant),
    ("ALTER TABLE orders ADD UNIQUE (number, tenant_id)", test_every_unique_key_begins_with_the_tenant),
    ("ALTER TABLE prices DROP CONSTRAINT prices_pkey", test_every_table_has_a_primary_key),
    (
        "ALTER TABLE orders ADD UNIQUE (id), ADD CONSTRAINT extra FOREIGN KEY (source_id) REFERENCES orders (id)",
        test_every_reference_stays_within_the_tenant,
    ),
    (
        "CREATE FUNCTION extra() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        test_only_listed_functions_run_with_the_owners_rights,
    ),
    ("ALTER FUNCTION find_login RESET search_path", test_only_listed_functions_run_with_the_owners_rights),
    ("GRANT EXECUTE ON FUNCTION find_login TO PUBLIC", test_only_listed_functions_run_with_the_owners_rights),
    ("ALTER TABLE orders OWNER TO karavan_staff", test_the_portals_roles_own_and_bypass_nothing),
    ("GRANT CREATE ON SCHEMA public TO karavan_client", test_the_portals_roles_own_and_bypass_nothing),
    ("ALTER ROLE karavan_client BYPASSRLS", test_the_portals_roles_own_and_bypass_nothing),
    ("GRANT karavan_owner TO karavan_staff", test_the_portals_roles_own_and_bypass_nothing),
    ("GRANT TRUNCATE ON orders TO karavan_staff", test_nobody_may_empty_a_table_or_change_history),
    ("GRANT UPDATE ON audit_records TO karavan_staff", test_nobody_may_empty_a_table_or_change_history),
    ("GRANT DELETE ON audit_seals TO karavan_staff", test_nobody_may_empty_a_table_or_change_history),
    ("GRANT SELECT ON logins TO karavan_staff", test_nobody_may_empty_a_table_or_change_history),
]


@pytest.mark.parametrize(("hole", "check"), HOLES)
async def test_a_hole_in_the_wall_is_found(hole: str, check: Check, catalog: Driver) -> None:
    await catalog.execute("BEGIN")
    try:
        await catalog.execute(hole)
        with pytest.raises(AssertionError):
            await check(catalog)
    finally:
        await catalog.execute("ROLLBACK")
