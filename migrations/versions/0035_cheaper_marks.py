"""caches: a mark costs less (``bench/marks.py``).

What a transaction has marked is remembered in a setting that ends with it, and with a savepoint that is given up, as
the marks do: the third change of an order reads no table. The foreign keys made every writer lock the tenant's row;
whoever marks comes from a row that has its tenant. Safe while the previous release runs: the marks are the same.
"""

from typing import Final

from alembic import op

revision = "0035"
down_revision = "0034"

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
    "insert": "SELECT tenant_id, {object} AS one FROM after",
    "delete": "SELECT tenant_id, {object} AS one FROM before",
    "update": "SELECT tenant_id, {object} AS one FROM before UNION SELECT tenant_id, {object} FROM after",
}


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long load and freeze every page.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE cache_marks DROP CONSTRAINT cache_marks_tenant_id_fkey")
    op.execute("ALTER TABLE cache_changes DROP CONSTRAINT cache_changes_tenant_id_fkey")
    _mark_once()
    for table, (tag, column) in _WATCHED.items():
        for event, rows in _ROWS.items():
            whole = f"SELECT DISTINCT tenant_id || '/' FROM {'before' if event == 'delete' else 'after'}"
            found = rows.replace("{object}", column)
            named = f"SELECT DISTINCT tenant_id || '/' || coalesce(one::text, '') FROM ({found}) AS r LIMIT {_MANY + 1}"
            _replace(f"{table}_cache_{event}", tag, named if column else whole)
    _replace("cache_mark_goods", "goods", "SELECT DISTINCT tenant_id || '/' FROM changed")
    op.execute("DROP FUNCTION cache_mark(int, text, uuid)")


def _mark_once() -> None:
    # ``words`` are "<tenant>/<object>", without an object for all of the collection. What was remembered begins with
    # the number of its transaction: no other one believes it.
    op.execute(f"""
        CREATE FUNCTION cache_mark_once(collection text, words text[]) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            this text := pg_current_xact_id()::text || ' ';
            known text := coalesce(current_setting('karavan.marked', true), '');
            tenant text;
            word text;
        BEGIN
            IF NOT starts_with(known, this) THEN
                known := this;
            END IF;
            IF cardinality(words) > {_MANY} THEN
                words := ARRAY(SELECT DISTINCT split_part(w, '/', 1) || '/' FROM unnest(words) AS w);
            END IF;
            FOREACH word IN ARRAY words LOOP
                tenant := split_part(word, '/', 1);
                CONTINUE WHEN position(' ' || collection || '/' || word || ' ' IN known) > 0
                    OR position(' ' || collection || '/' || tenant || '/ ' IN known) > 0;
                INSERT INTO cache_marks (tenant_id, tag, object)
                VALUES (tenant::int, collection, nullif(split_part(word, '/', 2), '')::uuid);
                known := known || collection || '/' || word || ' ';
                PERFORM set_config('karavan.marked', known, true);
            END LOOP;
        END $$
    """)


def _replace(name: str, tag: str, found: str) -> None:
    op.execute(f"""
        CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM cache_mark_once('{tag}', ARRAY({found}));
            RETURN NULL;
        END $$
    """)
