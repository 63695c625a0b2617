"""orders: every counter has a key of its own, by which numbers are shuffled before anybody sees them.

Plain numbers tell a client how much all the others order. Orders that exist keep the number they have: it has six
digits, the new ones have seven, so they never meet.

Neither running role may read counters or keys; both come with the one number that is taken. The previous release
takes its numbers from the table itself and can begin no drafts after this step.
"""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
    # A random default gives every counter there is a key of its own, and every new one too.
    op.execute("ALTER TABLE counters ADD COLUMN key uuid NOT NULL DEFAULT gen_random_uuid()")
    for role in ("client", "staff"):
        op.execute(f"DROP POLICY counters_{role} ON counters")
        op.execute(f"REVOKE ALL ON counters FROM karavan_{role}")
    op.execute("""
        CREATE FUNCTION take_number(p_name text, OUT value bigint, OUT key uuid)
        LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            INSERT INTO counters AS c (tenant_id, name, value) VALUES (app_tenant(), p_name, 1)
            ON CONFLICT (tenant_id, name) DO UPDATE SET value = c.value + 1
            RETURNING c.value, c.key
        $$
    """)
    op.execute("REVOKE ALL ON FUNCTION take_number(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION take_number(text) TO karavan_client, karavan_staff")
