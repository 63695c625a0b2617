"""Contents of attached files: which are here, and which are on their way to 1C:ERP.

The bytes lie in the data folder under their digest; a row says that they were checked. Files to fetch and to send are
intents of the outbox in lanes of their own, so that a large file never stands before an order. Safe while the
previous release runs: it knows neither the column nor the lanes.
"""

from typing import Final

from alembic import op

from migrations.walls import protect

revision = "0038"
down_revision = "0037"

_OWNERS: Final = ("contract", "claim", "invoice")


def upgrade() -> None:
    """Apply the step."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE outbox DROP CONSTRAINT outbox_lane_check")
    op.execute(
        "ALTER TABLE outbox ADD CONSTRAINT outbox_lane_check"
        " CHECK (lane IN ('erp', 'notify', 'mail', 'fetch', 'send')) NOT VALID"
    )
    op.execute("CREATE INDEX outbox_files ON outbox (tenant_id, aggregate) WHERE lane = 'fetch'")
    op.execute("ALTER TABLE attachments ADD COLUMN stored_at timestamptz")  # NULL: this content is not here
    op.execute(
        "CREATE INDEX attachments_wanted ON attachments (tenant_id, id) WHERE stored_at IS NULL AND deleted_at IS NULL"
    )
    op.execute("CREATE INDEX attachments_content ON attachments (tenant_id, sha256)")
    op.execute("""
        CREATE FUNCTION attachments_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.stored_at := NULL;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER attachments_changed BEFORE UPDATE OF sha256 ON attachments FOR EACH ROW
        WHEN (NEW.sha256 IS DISTINCT FROM OLD.sha256) EXECUTE FUNCTION attachments_changed()
    """)
    op.execute("""
        CREATE TABLE outgoing_files (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,  -- the reference it will have in the ERP
            owner_kind text NOT NULL CHECK (owner_kind IN ('contract', 'claim', 'invoice')), owner_id uuid NOT NULL,
            name text NOT NULL, media_type text NOT NULL, size bigint NOT NULL CHECK (size > 0), sha256 text NOT NULL,
            author_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
            state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'refused')),
            problem text NOT NULL DEFAULT '', settled_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX outgoing_files_owner ON outgoing_files (tenant_id, owner_id)")
    op.execute("CREATE INDEX outgoing_files_content ON outgoing_files (tenant_id, sha256)")
    own = " OR ".join(
        f"EXISTS (SELECT FROM {kind}s o WHERE o.tenant_id = outgoing_files.tenant_id AND o.id = owner_id)"
        for kind in _OWNERS
    )
    protect("outgoing_files", client="SELECT, INSERT", organisation=own)
