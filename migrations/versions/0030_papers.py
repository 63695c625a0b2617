"""What follows an order, as 1C:ERP has it: shipments, vehicles, batches, invoices, payments, claims, points, files.

Landing tables of the exchange: only the applier writes them, and the client role only reads. Rows of a client are
behind the wall of its organisations; a carrier sees the shipments given to it, with goods and seals and without a
single sum, for sums lie in a table of their own.
"""

from alembic import op

from migrations.walls import OWN_PARTNER, protect

revision = "0030"
down_revision = "0029"

_SYNC = """
    src_version bigint NOT NULL, src_label text NOT NULL,
    synced_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz
"""
_OWN_OR_CARRIED = f"{OWN_PARTNER} OR carrier_id = ANY ((SELECT app_partners())::uuid[])"


def upgrade() -> None:
    """Apply the step."""
    _shipments()
    _transport()
    _money()
    _service()


def _seen_with(table: str, own: str, key: str) -> str:
    """Rows are seen by whoever sees the row they belong to: that table's own wall decides."""
    return f"EXISTS (SELECT FROM {own} o WHERE o.tenant_id = {table}.tenant_id AND o.id = {table}.{key})"


def _shipments() -> None:
    op.execute(f"""
        CREATE TABLE batches (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, grade_id uuid NOT NULL,
            number text NOT NULL, made_on date, best_before date, plant_id uuid,
            certificate text NOT NULL DEFAULT '', certified_on date,
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX batches_grade ON batches (tenant_id, grade_id, made_on)")
    protect("batches")
    op.execute(f"""
        CREATE TABLE shipments (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            number text NOT NULL, shipped_at timestamptz NOT NULL,
            order_id uuid, partner_id uuid NOT NULL, contract_id uuid, warehouse_id uuid, consignee_id uuid,
            address_text text NOT NULL DEFAULT '', carrier_id uuid,
            delivery text NOT NULL CHECK (delivery IN ('pickup', 'road', 'rail')),
            state text NOT NULL CHECK (state IN ('on_the_way', 'delivered')),
            waybill text NOT NULL DEFAULT '', kg numeric(18,3) NOT NULL,
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX shipments_order ON shipments (tenant_id, order_id)")
    op.execute("CREATE INDEX shipments_partner ON shipments (tenant_id, partner_id, shipped_at)")
    op.execute(
        "CREATE INDEX shipments_carrier ON shipments (tenant_id, carrier_id, shipped_at) WHERE carrier_id IS NOT NULL"
    )
    protect("shipments", organisation=_OWN_OR_CARRIED)
    op.execute("""
        CREATE TABLE shipment_lines (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, shipment_id uuid NOT NULL,
            place int NOT NULL,  -- of the order's line
            product_id uuid NOT NULL, batch_id uuid,
            quantity numeric(18,3) NOT NULL, unit text NOT NULL CHECK (unit IN ('piece', 't')),
            kg numeric(18,3) NOT NULL,
            -- Measured while loading, bulk only.
            litres numeric(18,3), density numeric(8,4), celsius numeric(5,1), seals text NOT NULL DEFAULT '',
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX shipment_lines_shipment ON shipment_lines (tenant_id, shipment_id)")
    protect("shipment_lines", organisation=_seen_with("shipment_lines", "shipments", "shipment_id"))
    op.execute("""
        CREATE TABLE shipment_sums (  -- of the same lines; a carrier sees no price
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, shipment_id uuid NOT NULL,
            partner_id uuid NOT NULL, currency text NOT NULL, net numeric(18,2) NOT NULL, vat numeric(18,2) NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX shipment_sums_shipment ON shipment_sums (tenant_id, shipment_id)")
    protect("shipment_sums", organisation=OWN_PARTNER)


def _transport() -> None:
    op.execute(f"""
        CREATE TABLE transport_tasks (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            number text NOT NULL, order_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('forming', 'to_load', 'left', 'closed')),
            driver_name text NOT NULL, driver_document text NOT NULL, driver_phone text NOT NULL,
            plate text NOT NULL, vehicle_model text NOT NULL, trailer text NOT NULL, trailer_plate text NOT NULL,
            proxy text NOT NULL, arrive_on date,
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX transport_tasks_order ON transport_tasks (tenant_id, order_id)")
    op.execute("CREATE INDEX transport_tasks_arrival ON transport_tasks (tenant_id, arrive_on)")
    # An order's own wall hides it from a carrier, who reaches the vehicle through the shipment.
    through_order = _seen_with("transport_tasks", "orders", "order_id")
    through_shipment = (
        "EXISTS (SELECT FROM shipments o WHERE o.tenant_id = transport_tasks.tenant_id"
        " AND o.order_id = transport_tasks.order_id)"
    )
    protect("transport_tasks", organisation=f"{through_order} OR {through_shipment}")


def _money() -> None:
    op.execute(f"""
        CREATE TABLE invoices (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            number text NOT NULL, issued_at timestamptz NOT NULL,
            partner_id uuid NOT NULL, counterparty_id uuid, contract_id uuid,
            order_id uuid, shipment_id uuid,  -- neither: what was owed before the history begins
            currency text NOT NULL, gross numeric(18,2) NOT NULL, vat numeric(18,2) NOT NULL,
            paid numeric(18,2) NOT NULL, due_on date,
            state text NOT NULL CHECK (state IN ('unpaid', 'partly', 'paid')), purpose text NOT NULL DEFAULT '',
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX invoices_order ON invoices (tenant_id, order_id)")
    op.execute("CREATE INDEX invoices_partner ON invoices (tenant_id, partner_id, issued_at)")
    op.execute("CREATE INDEX invoices_contract ON invoices (tenant_id, contract_id, issued_at)")
    op.execute("CREATE INDEX invoices_due ON invoices (tenant_id, due_on) WHERE state <> 'paid' AND deleted_at IS NULL")
    protect("invoices", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE payments (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            number text NOT NULL, paid_at timestamptz NOT NULL,
            partner_id uuid NOT NULL, counterparty_id uuid, contract_id uuid,
            currency text NOT NULL, amount numeric(18,2) NOT NULL,
            bank_number text NOT NULL DEFAULT '', bank_day date, purpose text NOT NULL DEFAULT '',
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX payments_partner ON payments (tenant_id, partner_id, paid_at)")
    op.execute("CREATE INDEX payments_contract ON payments (tenant_id, contract_id, paid_at)")
    protect("payments", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE payment_parts (  -- what of a payment settles which invoice; the rest is an advance
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, payment_id uuid NOT NULL,
            partner_id uuid NOT NULL, invoice_id uuid NOT NULL, order_id uuid, amount numeric(18,2) NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX payment_parts_payment ON payment_parts (tenant_id, payment_id)")
    op.execute("CREATE INDEX payment_parts_invoice ON payment_parts (tenant_id, invoice_id)")
    op.execute("CREATE INDEX payment_parts_order ON payment_parts (tenant_id, order_id)")
    protect("payment_parts", organisation=OWN_PARTNER)


def _service() -> None:
    op.execute(f"""
        CREATE TABLE claims (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            number text NOT NULL, subject text NOT NULL, filed_at timestamptz NOT NULL,
            partner_id uuid NOT NULL, counterparty_id uuid, contract_id uuid, order_id uuid, shipment_id uuid,
            product_id uuid,
            kind text NOT NULL CHECK (kind IN ('quality', 'quantity', 'delivery')),
            details text NOT NULL DEFAULT '', cause text NOT NULL DEFAULT '',
            amount numeric(18,2) NOT NULL, currency text NOT NULL,
            state text NOT NULL CHECK (state IN ('registered', 'examining', 'granted', 'refused')),
            manager_id uuid, outcome text NOT NULL DEFAULT '', closed_on date,
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX claims_partner ON claims (tenant_id, partner_id, filed_at)")
    op.execute("CREATE INDEX claims_order ON claims (tenant_id, order_id)")
    op.execute("CREATE INDEX claims_open ON claims (tenant_id, filed_at) WHERE state IN ('registered', 'examining')")
    protect("claims", organisation=OWN_PARTNER)
    op.execute("""
        CREATE TABLE bonus_balances (
            tenant_id int NOT NULL REFERENCES tenants, partner_id uuid NOT NULL, programme text NOT NULL,
            name_ru text NOT NULL, name_kk text NOT NULL, name_en text NOT NULL,
            accrued numeric(18,2) NOT NULL,  -- may be negative after a return
            to_write_off numeric(18,2) NOT NULL, reserved numeric(18,2) NOT NULL, expires_on date,
            src_version bigint NOT NULL, synced_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
            PRIMARY KEY (tenant_id, partner_id, programme)  -- a row of a register has no reference of its own
        )
    """)
    protect("bonus_balances", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE attachments (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            owner_kind text NOT NULL CHECK (owner_kind IN ('contract', 'claim', 'invoice')), owner_id uuid NOT NULL,
            name text NOT NULL, media_type text NOT NULL, size bigint NOT NULL CHECK (size >= 0), sha256 text NOT NULL,
            created_at timestamptz NOT NULL,
            {_SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX attachments_owner ON attachments (tenant_id, owner_id)")
    owners = [_seen_with("attachments", own, "owner_id") for own in ("contracts", "claims", "invoices")]
    protect("attachments", organisation=" OR ".join(owners))
