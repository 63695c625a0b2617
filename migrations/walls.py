"""The second wall: row-level security, the same for every tenant table.

Three roles meet here. ``karavan_owner`` runs migrations and owns everything. ``karavan_client`` serves
the cabinets of client organisations and sees only rows of its own organisations. ``karavan_staff`` serves
the manufacturer's people and the worker and sees one tenant. The first wall is the compiled policy.
"""

from alembic import op

TENANT = "tenant_id = (SELECT app_tenant())"


def protect(
    table: str,
    *,
    client: str = "SELECT",
    staff: str = "SELECT, INSERT, UPDATE, DELETE",
    organisation: str = "",
) -> None:
    """Enable and force row-level security on a tenant table.

    ``client`` and ``staff`` are the grants of the two roles (empty for none). ``organisation`` is an SQL
    condition that narrows what the client role sees and may write, e.g. ``partner_id = ANY (…)``.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # The owner works during migrations only, and must still say for which tenant.
    op.execute(f"CREATE POLICY {table}_owner ON {table} TO karavan_owner USING ({TENANT}) WITH CHECK ({TENANT})")
    if client:
        inside = f"{TENANT} AND ({organisation})" if organisation else TENANT
        op.execute(f"CREATE POLICY {table}_client ON {table} TO karavan_client USING ({inside}) WITH CHECK ({inside})")
        op.execute(f"GRANT {client} ON {table} TO karavan_client")
    if staff:
        op.execute(f"CREATE POLICY {table}_staff ON {table} TO karavan_staff USING ({TENANT}) WITH CHECK ({TENANT})")
        op.execute(f"GRANT {staff} ON {table} TO karavan_staff")


OWN_PARTNER = "partner_id = ANY ((SELECT app_partners())::uuid[])"
