"""Where a tenant's 1C:ERP is, where it is not the one the operator set for all; and what the last look at it found.

The secret is sealed with a key that is not in the database. Clients' role has no business here.
"""

from alembic import op

from migrations.walls import protect

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply the step."""
    op.execute("""
        CREATE TABLE tenant_infobases (
            tenant_id int NOT NULL REFERENCES tenants,
            base text NOT NULL, infobase text NOT NULL,
            username text NOT NULL,
            secret bytea NOT NULL CHECK (length(secret) BETWEEN 29 AND 1024),
            asked_at timestamptz,  -- when somebody asked the worker to look
            checked_at timestamptz, verdict text NOT NULL DEFAULT '', said text NOT NULL DEFAULT '',
            PRIMARY KEY (tenant_id),
            CONSTRAINT tenant_infobases_place UNIQUE (base, infobase)
        )
    """)
    protect("tenant_infobases", client="", staff="SELECT, INSERT, UPDATE, DELETE")
    # Survives the row, so that a version that was seen never comes again.
    op.execute("ALTER TABLE tenants ADD COLUMN infobase_version int NOT NULL DEFAULT 1")
    op.execute("GRANT UPDATE (infobase_version) ON tenants TO karavan_staff")
