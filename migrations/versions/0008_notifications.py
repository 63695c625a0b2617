"""The bell and the mail: one row a person and event, the mail leaves through the outbox."""

from alembic import op

from migrations.walls import protect

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the step."""
    op.execute("""
        CREATE TABLE notifications (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            user_id uuid NOT NULL, partner_id uuid,
            kind text NOT NULL, object_kind text NOT NULL, object_id uuid NOT NULL,
            params jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(), read_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX notifications_user ON notifications (tenant_id, user_id, created_at DESC, id DESC)")
    op.execute("CREATE INDEX notifications_unread ON notifications (tenant_id, user_id) WHERE read_at IS NULL")
    # Whoever acts may notify a colleague; reading and marking read is for the person alone.
    protect(
        "notifications",
        client="SELECT, INSERT, UPDATE",
        organisation="user_id = (SELECT app_user()) OR partner_id = ANY ((SELECT app_partners())::uuid[])",
    )
