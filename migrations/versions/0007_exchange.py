"""The exchange with 1C:ERP: what was received, how far the feed is, which references were merged.

``erp_streams`` belongs to the worker alone; clients see only the age it leaves in ``erp_freshness``.
"""

from alembic import op

from migrations.walls import protect

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the step."""
    op.execute("""
        CREATE TABLE erp_inbox (
            tenant_id int NOT NULL REFERENCES tenants, node text NOT NULL, batch bigint NOT NULL, idx int NOT NULL,
            set_name text NOT NULL, ref uuid NOT NULL, label text NOT NULL, payload_sha bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(), result text NOT NULL,
            PRIMARY KEY (tenant_id, node, batch, idx)
        )
    """)
    protect("erp_inbox", client="")
    op.execute("""
        CREATE TABLE erp_streams (
            tenant_id int NOT NULL REFERENCES tenants, node text NOT NULL, stream text NOT NULL,
            batch bigint NOT NULL DEFAULT 0, snapshot_batch bigint,
            cursor text NOT NULL DEFAULT '', row_count bigint NOT NULL DEFAULT 0,
            state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'loading', 'live', 'stopped')),
            reason text NOT NULL DEFAULT '',
            heartbeat_at timestamptz, loaded_at timestamptz,
            PRIMARY KEY (tenant_id, node, stream)
        )
    """)
    protect("erp_streams", client="")
    op.execute("""
        CREATE TABLE erp_freshness (
            tenant_id int PRIMARY KEY REFERENCES tenants,
            feed_at timestamptz,      -- last time the feed had nothing more
            changed_at timestamptz,   -- last time it brought something
            away_since timestamptz    -- since when the ERP does not answer; NULL: it does
        )
    """)
    protect("erp_freshness")
    op.execute("""
        CREATE TABLE erp_aliases (
            tenant_id int NOT NULL REFERENCES tenants, set_name text NOT NULL, ref uuid NOT NULL,
            canonical uuid NOT NULL, PRIMARY KEY (tenant_id, set_name, ref)
        )
    """)
    protect("erp_aliases", client="")
