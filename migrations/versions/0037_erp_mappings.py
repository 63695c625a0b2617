"""What a tenant says of its own ERP: the mapping in use, those before it, and the draft of the next.

``erp_mapping_desks`` is one row a tenant: which mapping is used, and the draft with what the worker saw when it held it
against the living base. A tenant without a row uses the family as it is shipped.
"""

from alembic import op

from migrations.walls import protect

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Apply the step."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE erp_mappings (
            tenant_id int NOT NULL REFERENCES tenants, id uuid NOT NULL,
            family text NOT NULL, text text NOT NULL CHECK (length(text) <= 32000),
            reason text NOT NULL, made_by uuid NOT NULL,
            used_at timestamptz NOT NULL DEFAULT now(), used_by uuid NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
    """)
    op.execute("CREATE INDEX erp_mappings_used ON erp_mappings (tenant_id, used_at)")
    op.execute("""
        CREATE TABLE erp_mapping_desks (
            tenant_id int NOT NULL REFERENCES tenants, used_id uuid,
            draft_family text, draft_text text CHECK (length(draft_text) <= 32000),
            draft_by uuid, drafted_at timestamptz,
            looked_at timestamptz, look jsonb,  -- of the draft as it stands
            version int NOT NULL DEFAULT 1,
            PRIMARY KEY (tenant_id), FOREIGN KEY (tenant_id, used_id) REFERENCES erp_mappings,
            CONSTRAINT erp_mapping_desks_draft
                CHECK (num_nulls(draft_family, draft_text, draft_by, drafted_at) IN (0, 4)),
            CONSTRAINT erp_mapping_desks_look CHECK (draft_text IS NOT NULL OR look IS NULL)
        )
    """)
    # What was once in use stays as it was.
    protect("erp_mappings", client="", staff="SELECT, INSERT")
    protect("erp_mapping_desks", client="", staff="SELECT, INSERT, UPDATE")
