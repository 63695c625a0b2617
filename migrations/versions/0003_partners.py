"""Clients and what was agreed with them, as 1C:ERP has it.

Rows here are mastered by the ERP: ``src_version`` orders what arrives, ``src_label`` tells whether two
copies are equal, ``synced_at`` is the age a page shows. No foreign keys between mastered rows: the feed
may bring an agreement before its contract and must never stop on a constraint.
"""

from alembic import op

from migrations.walls import OWN_PARTNER, protect

revision = "0003"
down_revision = "0002"

SYNC = """
    src_version bigint NOT NULL, src_label text NOT NULL,
    synced_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz
"""


def upgrade() -> None:
    """Apply the step."""
    op.execute(f"""
        CREATE TABLE regions (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, parent_id uuid,
            country text NOT NULL, name_ru text NOT NULL, name_kk text NOT NULL, name_en text NOT NULL,
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("regions")
    op.execute(f"""
        CREATE TABLE partners (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('distributor', 'direct_buyer', 'logistics', 'prospect')),
            name text NOT NULL, region_id uuid, manager_id uuid,
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("partners", organisation="id = ANY ((SELECT app_partners())::uuid[])")
    op.execute(f"""
        CREATE TABLE counterparties (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, partner_id uuid NOT NULL,
            name text NOT NULL, tax_id text NOT NULL, country text NOT NULL,
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX counterparties_partner ON counterparties (tenant_id, partner_id)")
    protect("counterparties", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE consignee_addresses (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            partner_id uuid NOT NULL, counterparty_id uuid NOT NULL,  -- the consignee
            kind text NOT NULL CHECK (kind IN ('road', 'rail')),
            text text NOT NULL, station text NOT NULL DEFAULT '', station_code text NOT NULL DEFAULT '',
            region_id uuid,
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX consignee_addresses_partner ON consignee_addresses (tenant_id, partner_id)")
    protect("consignee_addresses", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE contacts (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL, partner_id uuid NOT NULL,
            name text NOT NULL, email text NOT NULL, phone text NOT NULL DEFAULT '', role text NOT NULL DEFAULT '',
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("contacts", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE managers (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            name text NOT NULL, email text NOT NULL, phone text NOT NULL DEFAULT '', role text NOT NULL DEFAULT '',
            regions uuid[] NOT NULL DEFAULT '{{}}',
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    protect("managers")
    op.execute(f"""
        CREATE TABLE contracts (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            partner_id uuid NOT NULL, counterparty_id uuid NOT NULL,
            number text NOT NULL, signed_on date, valid_from date, valid_to date,
            currency text NOT NULL, incoterm text NOT NULL DEFAULT '', incoterm_place text NOT NULL DEFAULT '',
            payment_days int NOT NULL DEFAULT 0,
            status text NOT NULL CHECK (status IN ('draft', 'live', 'closed')),
            credit_limited boolean NOT NULL, credit_limit numeric(18,2) NOT NULL DEFAULT 0,
            forbid_overdue boolean NOT NULL DEFAULT false,
            vat_country text NOT NULL, vat_regime text NOT NULL DEFAULT 'domestic',
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX contracts_partner ON contracts (tenant_id, partner_id)")
    protect("contracts", organisation=OWN_PARTNER)
    op.execute(f"""
        CREATE TABLE agreements (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            partner_id uuid NOT NULL, contract_id uuid NOT NULL,
            number text NOT NULL, name text NOT NULL,
            segment_id uuid NOT NULL, price_list_id uuid NOT NULL, warehouse_id uuid NOT NULL, region_id uuid,
            discount_pct numeric(5,2) NOT NULL DEFAULT 0 CHECK (discount_pct BETWEEN 0 AND 100),
            min_amount numeric(18,2) NOT NULL DEFAULT 0,
            valid_from date, valid_to date,
            status text NOT NULL CHECK (status IN ('draft', 'live', 'closed')),
            {SYNC}, PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX agreements_partner ON agreements (tenant_id, partner_id)")
    op.execute("CREATE INDEX agreements_contract ON agreements (tenant_id, contract_id)")
    protect("agreements", organisation=OWN_PARTNER)
    _facts()


def _facts() -> None:
    """Contracts and agreements are facts of access: a change makes that client's decisions recompile."""
    op.execute("""
        CREATE FUNCTION bump_facts() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO facts_versions (tenant_id, partner_id)
            SELECT DISTINCT tenant_id, partner_id FROM changed ORDER BY partner_id
            ON CONFLICT (tenant_id, partner_id) DO UPDATE SET facts_v = facts_versions.facts_v + 1;
            RETURN NULL;
        END $$
    """)
    for table in ("contracts", "agreements"):
        for event in ("INSERT", "UPDATE", "DELETE"):
            rows = "OLD" if event == "DELETE" else "NEW"
            op.execute(f"""
                CREATE TRIGGER {table}_facts_{event.lower()} AFTER {event} ON {table}
                REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION bump_facts()
            """)
