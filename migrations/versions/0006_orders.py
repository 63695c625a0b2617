"""Orders: draft, submitted, and what the ERP made of them.

``version`` is the optimistic lock of a draft (412 shows both). Prices are frozen at submit with their source
and version (R6). A bad pasted line keeps its text, a reason and perhaps a suggestion.
"""

from alembic import op

from migrations.walls import OWN_PARTNER, protect

revision = "0006"
down_revision = "0005"

_STATES = (
    "'draft', 'submitted', 'accepted', 'in_work', 'loading', 'shipped', 'delivered', 'closed',"
    " 'needs_decision', 'cancelling', 'cancelled'"
)


def upgrade() -> None:
    """Apply the step."""
    op.execute(f"""
        CREATE TABLE orders (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            number text NOT NULL,  -- the portal's own, e.g. P-2026-000123
            partner_id uuid NOT NULL, author_id uuid NOT NULL, branch text NOT NULL DEFAULT '',
            shared boolean NOT NULL DEFAULT false,  -- a draft colleagues may see (R19)
            state text NOT NULL DEFAULT 'draft' CHECK (state IN ({_STATES})),
            version int NOT NULL DEFAULT 1,
            contract_id uuid, counterparty_id uuid, address_id uuid, address_text text NOT NULL DEFAULT '',
            region_id uuid,
            mode text NOT NULL DEFAULT 'packaged' CHECK (mode IN ('packaged', 'tank_truck', 'rail_tank')),
            delivery text NOT NULL DEFAULT 'delivery' CHECK (delivery IN ('delivery', 'pickup')),
            ship_on date, customer_number text NOT NULL DEFAULT '', comment text NOT NULL DEFAULT '',
            currency text NOT NULL DEFAULT '',
            net numeric(18,2) NOT NULL DEFAULT 0, vat numeric(18,2) NOT NULL DEFAULT 0,
            gross numeric(18,2) NOT NULL DEFAULT 0, kg numeric(18,3) NOT NULL DEFAULT 0,
            source_id uuid,  -- the order this one repeats
            submitted_at timestamptz, submitted_by uuid,
            erp_number text NOT NULL DEFAULT '', erp_state text NOT NULL DEFAULT '', erp_label text NOT NULL DEFAULT '',
            erp_synced_at timestamptz, src_version bigint NOT NULL DEFAULT 0,
            decision_code text NOT NULL DEFAULT '', decision_text text NOT NULL DEFAULT '',
            archived_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
            FOREIGN KEY (tenant_id, contract_id) REFERENCES contracts (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX orders_partner ON orders (tenant_id, partner_id, updated_at DESC, id DESC)")
    op.execute("CREATE INDEX orders_recent ON orders (tenant_id, updated_at DESC, id DESC)")
    op.execute("CREATE INDEX orders_contract ON orders (tenant_id, contract_id, updated_at DESC, id DESC)")
    op.execute("CREATE INDEX orders_erp_number ON orders (tenant_id, erp_number) WHERE erp_number <> ''")
    protect("orders", client="SELECT, INSERT, UPDATE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE order_lines (
            tenant_id int NOT NULL, id uuid NOT NULL, order_id uuid NOT NULL, partner_id uuid NOT NULL,
            place int NOT NULL,
            product_id uuid NOT NULL, agreement_id uuid,
            quantity numeric(18,3) NOT NULL CHECK (quantity > 0), unit text NOT NULL,
            -- frozen at submit; NULL in a draft
            price numeric(18,4), price_list_id uuid, price_version bigint, discount_pct numeric(5,2),
            vat_pct numeric(5,2), net numeric(18,2), vat numeric(18,2), gross numeric(18,2),
            kg numeric(18,3),
            warehouse_id uuid,
            shipped numeric(18,3) NOT NULL DEFAULT 0, cancelled boolean NOT NULL DEFAULT false,
            PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, order_id, place),
            FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX order_lines_product ON order_lines (tenant_id, product_id)")
    protect("order_lines", client="SELECT, INSERT, UPDATE, DELETE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE order_bad_lines (
            tenant_id int NOT NULL, id uuid NOT NULL, order_id uuid NOT NULL, partner_id uuid NOT NULL,
            place int NOT NULL, text text NOT NULL, reason text NOT NULL,
            params jsonb NOT NULL DEFAULT '{}', suggested_product_id uuid, suggested_quantity numeric(18,3),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX order_bad_lines_order ON order_bad_lines (tenant_id, order_id, place)")
    protect("order_bad_lines", client="SELECT, INSERT, UPDATE, DELETE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE order_pickups (
            tenant_id int NOT NULL, order_id uuid NOT NULL, partner_id uuid NOT NULL,
            plate text NOT NULL DEFAULT '', plate_key text NOT NULL DEFAULT '', trailer text NOT NULL DEFAULT '',
            vehicle_model text NOT NULL DEFAULT '',
            driver_name text NOT NULL DEFAULT '', driver_document text NOT NULL DEFAULT '',
            driver_phone text NOT NULL DEFAULT '',
            proxy_number text NOT NULL DEFAULT '', proxy_date date, proxy_valid_to date,
            PRIMARY KEY (tenant_id, order_id),
            FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
        )
    """)
    protect("order_pickups", client="SELECT, INSERT, UPDATE, DELETE", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE order_events (
            tenant_id int NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, order_id uuid NOT NULL,
            partner_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(),
            kind text NOT NULL, actor_id uuid, actor_name text NOT NULL DEFAULT '',
            data jsonb NOT NULL DEFAULT '{}',
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX order_events_order ON order_events (tenant_id, order_id, id)")
    protect("order_events", client="SELECT, INSERT", organisation=OWN_PARTNER)
