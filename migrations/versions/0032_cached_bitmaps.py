"""caches: the bitmaps of the catalogue are marked too.

A full load writes goods and prices first and builds the bitmaps from them at its end, in a transaction of its own: what
was read between the two would otherwise be kept. Safe while the previous release runs.
"""

from typing import Final

from alembic import op

revision = "0032"
down_revision = "0031"

_BITMAPS: Final = ("segment_bits", "price_list_bits", "facet_bits", "facet_values")
_ROWS: Final = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long load and freeze every page.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE FUNCTION cache_mark_goods() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM cache_mark(s.tenant_id, 'goods', NULL) FROM (SELECT DISTINCT tenant_id FROM changed) AS s;
            RETURN NULL;
        END $$
    """)
    for table in _BITMAPS:
        for event, rows in _ROWS.items():
            op.execute(f"""
                CREATE TRIGGER {table}_cache_{event.lower()} AFTER {event} ON {table}
                REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cache_mark_goods()
            """)
