"""orders: an order whose figures are others in 1C:ERP is held, with what 1C has of it beside it.

``held_at`` is a fact beside the state: whatever stands in 1C goes on, and the order is held until both sides are equal
or a manager settles it. Old orders are not held; the next comparison says which should be. Safe while the previous
release runs.
"""

from alembic import op

from migrations.walls import OWN_PARTNER, protect

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long load and freeze every page.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE orders ADD COLUMN held_at timestamptz")
    op.execute("CREATE INDEX orders_held ON orders (tenant_id, updated_at DESC, id DESC) WHERE held_at IS NOT NULL")
    # Counting the tabs reads this index and no row: it must know what is held, too.
    op.execute("DROP INDEX orders_tabs")
    op.execute("""
        CREATE INDEX orders_tabs ON orders (
            tenant_id, partner_id, state, archived_at, decision_code, region_id, contract_id, author_id, branch, shared,
            held_at
        )
    """)
    op.execute("""
        CREATE TABLE order_differences (
            tenant_id int NOT NULL, order_id uuid NOT NULL, partner_id uuid NOT NULL,
            label text NOT NULL,  -- of the version in the ERP
            theirs jsonb NOT NULL,  -- that version: total, VAT, currency and lines
            PRIMARY KEY (tenant_id, order_id),
            FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
        )
    """)
    protect("order_differences", organisation=OWN_PARTNER)
