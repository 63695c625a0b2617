"""Available-to-promise and credit: what the ERP last said, and what the portal holds on top of it.

Free to promise = ``erp_free - unreflected``; left to spend = ``erp_limit - erp_debt - erp_orders - unreflected``.
``unreflected`` is the sum of holds the ERP's figure does not yet contain (ERP-EXCHANGE 4.6). One conditional
UPDATE takes from it. The ERP may lower its figure below what is held: nothing more is taken, nothing stops.
"""

from alembic import op

from migrations.walls import OWN_PARTNER, protect

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the step."""
    op.execute("""
        CREATE TABLE stock_levels (
            tenant_id int NOT NULL REFERENCES tenants, product_id uuid NOT NULL, warehouse_id uuid NOT NULL,
            erp_free numeric(18,3) NOT NULL,  -- may be negative: the ERP says so
            as_of timestamptz NOT NULL, as_of_batch bigint NOT NULL,
            unreflected numeric(18,3) NOT NULL DEFAULT 0 CHECK (unreflected >= 0),
            src_version bigint NOT NULL,
            PRIMARY KEY (tenant_id, product_id, warehouse_id)
        ) WITH (fillfactor = 80)
    """)
    protect("stock_levels", client="SELECT, UPDATE")
    op.execute("""
        CREATE TABLE stock_holds (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            partner_id uuid NOT NULL, order_id uuid NOT NULL, line_id uuid NOT NULL,
            product_id uuid NOT NULL, warehouse_id uuid NOT NULL,
            quantity numeric(18,3) NOT NULL CHECK (quantity > 0),
            state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'reflected', 'released')),
            posted_batch bigint,  -- the ERP batch that contains the order, once known
            created_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX stock_holds_line ON stock_holds (tenant_id, line_id) WHERE state <> 'released'")
    op.execute(
        "CREATE INDEX stock_holds_open ON stock_holds (tenant_id, product_id, warehouse_id) WHERE state = 'held'"
    )
    op.execute("CREATE INDEX stock_holds_order ON stock_holds (tenant_id, order_id)")
    protect("stock_holds", client="SELECT, INSERT, UPDATE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE credit_accounts (
            tenant_id int NOT NULL REFERENCES tenants, contract_id uuid NOT NULL, partner_id uuid NOT NULL,
            currency text NOT NULL,
            limited boolean NOT NULL DEFAULT true,
            erp_limit numeric(18,2) NOT NULL DEFAULT 0,
            erp_debt numeric(18,2) NOT NULL DEFAULT 0,
            erp_orders numeric(18,2) NOT NULL DEFAULT 0,  -- open orders the ERP has already counted
            overdue_days int NOT NULL DEFAULT 0, forbid_overdue boolean NOT NULL DEFAULT false,
            as_of timestamptz NOT NULL, as_of_batch bigint NOT NULL,
            unreflected numeric(18,2) NOT NULL DEFAULT 0 CHECK (unreflected >= 0),
            src_version bigint NOT NULL,
            PRIMARY KEY (tenant_id, contract_id)
        ) WITH (fillfactor = 80)
    """)
    protect("credit_accounts", client="SELECT, UPDATE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE credit_holds (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            partner_id uuid NOT NULL, order_id uuid NOT NULL, contract_id uuid NOT NULL,
            amount numeric(18,2) NOT NULL CHECK (amount > 0),
            state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'reflected', 'released')),
            posted_batch bigint,
            created_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX credit_holds_order ON credit_holds (tenant_id, order_id) WHERE state <> 'released'")
    op.execute("CREATE INDEX credit_holds_open ON credit_holds (tenant_id, contract_id) WHERE state = 'held'")
    protect("credit_holds", client="SELECT, INSERT, UPDATE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE sales_plans (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, partner_id uuid NOT NULL,
            line_id uuid NOT NULL, month date NOT NULL CHECK (extract(day FROM month) = 1),
            planned_kg numeric(18,3) NOT NULL, fact_kg numeric(18,3) NOT NULL DEFAULT 0,
            src_version bigint NOT NULL, src_label text NOT NULL,
            synced_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX sales_plans_partner ON sales_plans (tenant_id, partner_id, month)")
    protect("sales_plans", organisation=OWN_PARTNER)
