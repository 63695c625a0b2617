"""Access: facts that move with the ERP's data also move the versions that decisions are kept under.

A contract handed to another client changes the facts of both clients; a client moved to another region changes
what region is its own; the tree of regions belongs to everybody and counts as a rule.
"""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply the step."""
    # Who a person is to the portal: the language to write in, and the branch whose drafts a senior manager sees (R19).
    op.execute("ALTER TABLE contacts ADD COLUMN locale text NOT NULL DEFAULT 'ru', ADD COLUMN region_id uuid")
    op.execute("ALTER TABLE managers ADD COLUMN locale text NOT NULL DEFAULT 'ru'")
    _walls()
    _facts()
    _regions()


def _walls() -> None:
    # A remembered answer may hold an order: it is the person's alone, not the tenant's.
    op.execute("""
        ALTER POLICY idempotency_keys_client ON idempotency_keys
        USING (tenant_id = (SELECT app_tenant()) AND user_id = (SELECT app_user()))
        WITH CHECK (tenant_id = (SELECT app_tenant()) AND user_id = (SELECT app_user()))
    """)
    # How often a stranger's contracts change is nobody's business.
    op.execute("""
        ALTER POLICY facts_versions_client ON facts_versions
        USING (tenant_id = (SELECT app_tenant()) AND partner_id = ANY ((SELECT app_partners())::uuid[]))
        WITH CHECK (tenant_id = (SELECT app_tenant()) AND partner_id = ANY ((SELECT app_partners())::uuid[]))
    """)


def _facts() -> None:
    op.execute("""
        CREATE FUNCTION bump_facts_of_both() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO facts_versions (tenant_id, partner_id)
            SELECT tenant_id, partner_id FROM (
                SELECT tenant_id, partner_id FROM before UNION SELECT tenant_id, partner_id FROM after) touched
            ORDER BY partner_id
            ON CONFLICT (tenant_id, partner_id) DO UPDATE SET facts_v = facts_versions.facts_v + 1;
            RETURN NULL;
        END $$
    """)
    for table in ("contracts", "agreements"):
        op.execute(f"DROP TRIGGER {table}_facts_update ON {table}")
        op.execute(f"""
            CREATE TRIGGER {table}_facts_update AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS before NEW TABLE AS after
            FOR EACH STATEMENT EXECUTE FUNCTION bump_facts_of_both()
        """)
    op.execute("""
        CREATE FUNCTION bump_facts_of_partners() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO facts_versions (tenant_id, partner_id)
            SELECT tenant_id, id FROM after LEFT JOIN before USING (tenant_id, id)
            WHERE (before.region_id, before.deleted_at IS NULL)
                IS DISTINCT FROM (after.region_id, after.deleted_at IS NULL)
            ORDER BY id
            ON CONFLICT (tenant_id, partner_id) DO UPDATE SET facts_v = facts_versions.facts_v + 1;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER partners_facts_update AFTER UPDATE ON partners
        REFERENCING OLD TABLE AS before NEW TABLE AS after
        FOR EACH STATEMENT EXECUTE FUNCTION bump_facts_of_partners()
    """)
    op.execute("""
        CREATE FUNCTION bump_facts_of_new_partners() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO facts_versions (tenant_id, partner_id) SELECT tenant_id, id FROM changed ORDER BY id
            ON CONFLICT (tenant_id, partner_id) DO UPDATE SET facts_v = facts_versions.facts_v + 1;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER partners_facts_insert AFTER INSERT ON partners
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION bump_facts_of_new_partners()
    """)


def _regions() -> None:
    op.execute("""
        CREATE FUNCTION bump_rules_of_regions() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM after LEFT JOIN before USING (tenant_id, id)
                WHERE (before.parent_id, before.deleted_at IS NULL)
                    IS DISTINCT FROM (after.parent_id, after.deleted_at IS NULL)
            ) THEN
                INSERT INTO access_versions (tenant_id) SELECT app_tenant() WHERE app_tenant() IS NOT NULL
                ON CONFLICT (tenant_id) DO UPDATE SET rules_v = access_versions.rules_v + 1;
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER regions_rules_update AFTER UPDATE ON regions
        REFERENCING OLD TABLE AS before NEW TABLE AS after
        FOR EACH STATEMENT EXECUTE FUNCTION bump_rules_of_regions()
    """)
    for event in ("INSERT", "DELETE"):
        op.execute(f"""
            CREATE TRIGGER regions_rules_{event.lower()} AFTER {event} ON regions
            FOR EACH STATEMENT EXECUTE FUNCTION bump_rules()
        """)
