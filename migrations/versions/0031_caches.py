"""caches: what transactions change is marked, so that no page is shown what was kept before it.

``cache_marks`` holds changes Redis may not have heard of: triggers write them in the transaction of the change,
requests read them with their first statement, the worker carries them on and takes them away. A change of many rows at
once names no object and counts for all. ``cache_changes`` remembers the last change of each collection, for whoever
asks the owner. Both name objects by ids only.

Rows are only ever added by whoever changes something, so nobody waits for anybody here. Safe while the previous release
runs: it writes marks that nobody reads, and the next one carries them away.
"""

from typing import Final

from alembic import op

from migrations.walls import protect

revision = "0031"
down_revision = "0030"

# table -> collection, and the column that names the object in it; without one any change counts for all
_WATCHED: Final = {
    "grades": ("goods", ""),
    "products": ("goods", ""),
    "product_lines": ("goods", ""),
    "plants": ("goods", ""),
    "standards": ("goods", ""),
    "segments": ("goods", ""),
    "segment_items": ("goods", ""),
    "warehouses": ("goods", ""),
    "price_lists": ("prices", ""),
    "prices": ("prices", ""),
    "stock_levels": ("stock", ""),
    "contracts": ("terms", "partner_id"),
    "agreements": ("terms", "partner_id"),
    "partners": ("clients", "id"),
    "counterparties": ("clients", "partner_id"),
    "consignee_addresses": ("clients", "partner_id"),
    "managers": ("clients", ""),
    "credit_accounts": ("credit", "partner_id"),
    "notifications": ("bell", "user_id"),
    "memberships": ("places", "user_id"),
    "users": ("places", ""),
    "delegations": ("places", ""),
}
_MANY: Final = 20  # objects of one statement: more of them are named together
_ROWS: Final = {
    "INSERT": ("NEW TABLE AS after", "SELECT tenant_id, {object} AS one FROM after"),
    "DELETE": ("OLD TABLE AS before", "SELECT tenant_id, {object} AS one FROM before"),
    "UPDATE": (
        "OLD TABLE AS before NEW TABLE AS after",
        "SELECT tenant_id, {object} AS one FROM before UNION ALL SELECT tenant_id, {object} FROM after",
    ),
}


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long load and freeze every page.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE cache_marks (
            tenant_id int NOT NULL REFERENCES tenants (id),
            id bigint GENERATED ALWAYS AS IDENTITY,
            tag text NOT NULL,
            object uuid,
            xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
            PRIMARY KEY (tenant_id, xid, id)
        )
    """)
    op.execute("""
        CREATE TABLE cache_changes (
            tenant_id int NOT NULL REFERENCES tenants (id),
            tag text NOT NULL,
            xid xid8 NOT NULL,
            PRIMARY KEY (tenant_id, tag)
        )
    """)
    protect("cache_marks", client="SELECT, INSERT", staff="SELECT, INSERT, DELETE")
    protect("cache_changes", client="", staff="SELECT, INSERT, UPDATE")
    _all_of_it()
    for table, (tag, column) in _WATCHED.items():
        _watch(table, tag, column)


def _all_of_it() -> None:
    # A batch of the exchange writes a table in several statements; once is enough.
    op.execute("""
        CREATE FUNCTION cache_mark(tenant int, collection text, one uuid) RETURNS void LANGUAGE sql AS $$
            INSERT INTO cache_marks (tenant_id, tag, object)
            SELECT tenant, collection, one
            WHERE NOT EXISTS (
                SELECT FROM cache_marks m WHERE m.tenant_id = tenant AND m.tag = collection
                    AND m.xid = pg_current_xact_id() AND (m.object IS NULL OR m.object = one))
        $$
    """)


def _watch(table: str, tag: str, column: str) -> None:
    for event, (rows, source) in _ROWS.items():
        name = f"{table}_cache_{event.lower()}"
        found = source.replace("{object}", column or "NULL::uuid")
        op.execute(f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM cache_mark(s.tenant_id, '{tag}', CASE WHEN s.many THEN NULL ELSE s.one END)
                FROM (
                    SELECT tenant_id, one, count(*) OVER (PARTITION BY tenant_id) > {_MANY} AS many
                    FROM (SELECT DISTINCT tenant_id, one FROM ({found}) AS r) AS d) AS s;
                RETURN NULL;
            END $$
        """)
        op.execute(f"""
            CREATE TRIGGER {name} AFTER {event} ON {table}
            REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {name}()
        """)
