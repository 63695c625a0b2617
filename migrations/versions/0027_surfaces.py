"""The exchange over either surface of an ERP: which one a tenant wants, which one is in use, what a probe found.

``outbox.step`` is how far an intent came that takes several calls (create, post); each is marked in its own commit.
Rows written by the previous release keep 'new', which only means that they are asked about from the beginning.
"""

from alembic import op

from migrations.walls import protect

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply the step."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE outbox ADD COLUMN step text NOT NULL DEFAULT 'new'
            CONSTRAINT outbox_step CHECK (step IN ('new', 'created', 'posted'))
    """)
    op.execute("""
        ALTER TABLE tenants ADD COLUMN surface text NOT NULL DEFAULT 'auto'
            CONSTRAINT tenants_surface CHECK (surface IN ('auto', 'h', 'o'))
    """)
    op.execute("GRANT UPDATE (surface) ON tenants TO karavan_staff")
    op.execute("""
        ALTER TABLE erp_freshness ADD COLUMN surface text NOT NULL DEFAULT ''
            CONSTRAINT erp_freshness_surface CHECK (surface IN ('', 'h', 'o'))  -- in use now; empty: not chosen yet
    """)
    op.execute("""
        CREATE TABLE erp_probes (
            tenant_id int NOT NULL REFERENCES tenants, surface text NOT NULL CHECK (surface IN ('h', 'o')),
            at timestamptz NOT NULL DEFAULT now(), report jsonb NOT NULL,
            PRIMARY KEY (tenant_id, surface)
        )
    """)
    protect("erp_probes", client="")
