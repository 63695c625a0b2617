"""caches: orders with all their parts and papers, and plans, are marked as they change.

The same triggers as those of migration 0031, for pages that are read through the caches from now on. Safe while the
previous release runs: nobody stands on these collections yet, and the worker carries whatever is marked.
"""

from typing import Final

from alembic import op

revision = "0033"
down_revision = "0032"

# table -> collection, and the column that names the object in it; without one any change counts for all
_WATCHED: Final = {
    "orders": ("orders", "partner_id"),
    "order_lines": ("orders", "partner_id"),
    "order_events": ("orders", "partner_id"),
    "shipments": ("papers", "partner_id"),
    "shipment_lines": ("papers", ""),
    "batches": ("papers", ""),
    "invoices": ("papers", "partner_id"),
    "payments": ("papers", "partner_id"),
    "payment_parts": ("papers", "partner_id"),
    "sales_plans": ("plans", "partner_id"),
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
    for table, (tag, column) in _WATCHED.items():
        for event, (rows, source) in _ROWS.items():
            _watch(table, event, rows, source.replace("{object}", column or "NULL::uuid"), tag)


def _watch(table: str, event: str, rows: str, found: str, tag: str) -> None:
    name = f"{table}_cache_{event.lower()}"
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
