"""The edge: the places a person may work in, with names, and clients that cannot open staff sessions.

``my_places`` runs with the owner's rights for one reason: a client's role sees the organisation it works
for now, and the list of one's own places must name the others too. It shows nobody else's.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

_OWN = "tenant_id = (SELECT app_tenant()) AND user_id = (SELECT app_user()) AND class = 'client'"


def upgrade() -> None:
    """Apply the step."""
    # Whatever a client's connection is made to do, it cannot write itself a session of the other class.
    for table in ("sessions", "api_tokens"):
        op.execute(f"DROP POLICY {table}_client ON {table}")
        op.execute(f"CREATE POLICY {table}_client ON {table} TO karavan_client USING ({_OWN}) WITH CHECK ({_OWN})")
    op.execute("""
        CREATE FUNCTION my_places()
        RETURNS TABLE (membership_id uuid, role text, partner_id uuid, organisation text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
            SELECT m.id, m.role, m.partner_id, coalesce(p.name, t.name)
            FROM memberships m
            JOIN tenants t ON t.id = m.tenant_id
            LEFT JOIN partners p ON p.tenant_id = m.tenant_id AND p.id = m.partner_id
            WHERE m.tenant_id = app_tenant() AND m.user_id = app_user() AND m.ended_at IS NULL
            ORDER BY m.id
        $$
    """)
    op.execute("REVOKE ALL ON FUNCTION my_places() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION my_places() TO karavan_client, karavan_staff")
    op.execute("CREATE INDEX sessions_user ON sessions (tenant_id, user_id)")
    op.execute("CREATE INDEX api_tokens_user ON api_tokens (tenant_id, user_id) WHERE revoked_at IS NULL")
