"""Orders: what bulk loads, searches and the views of the dashboard need.

Compartments of a tank (litres) and pieces on a full truck come with the package of a product. Numbers are
searched by their last digits, because row-level security leaves only equality to an index.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the step."""
    op.execute("""
        ALTER TABLE products
            ADD COLUMN compartments_l numeric(12,3)[] NOT NULL DEFAULT '{}',
            ADD COLUMN per_truck int NOT NULL DEFAULT 0
    """)
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN number_tail int GENERATED ALWAYS AS (substring(number from '([0-9]{1,9})$')::int) STORED,
            ADD COLUMN erp_tail int GENERATED ALWAYS AS (substring(erp_number from '([0-9]{1,9})$')::int) STORED
    """)
    op.execute("CREATE INDEX orders_number_tail ON orders (tenant_id, number_tail)")
    op.execute("CREATE INDEX orders_erp_tail ON orders (tenant_id, erp_tail)")
    op.execute("CREATE INDEX orders_address ON orders (tenant_id, address_id)")
    op.execute("CREATE INDEX orders_customer ON orders (tenant_id, customer_number) WHERE customer_number <> ''")
    # Counting the tabs reads this index and no row; the list itself walks orders_partner or orders_recent.
    op.execute("""
        CREATE INDEX orders_tabs ON orders (
            tenant_id, partner_id, state, archived_at, decision_code, region_id, contract_id, author_id, branch, shared
        )
    """)
