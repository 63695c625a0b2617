"""The exchange watched and steered: channels, throughput, masked letters, conflicts, reconciliation, alerts.

The worker writes these tables; the administrator's pages read them under ``erp:view`` and act under ``erp:manage``.
Clients see only what ``erp_freshness`` says: since when a channel is paused, and which streams do not move.
"""

from typing import Final, cast
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

from migrations.walls import protect

revision = "0029"
down_revision = "0028"

_SPACE: Final = UUID("5d1c3c52-3f0e-4f43-93a5-9a9b1d8d2c11")
_TABLES: Final = {
    "erp_channels": """
        node text NOT NULL, direction text NOT NULL CHECK (direction IN ('in', 'out')),
        surface text NOT NULL DEFAULT 'h',
        paused_at timestamptz, paused_by uuid, pause_reason text NOT NULL DEFAULT '',
        broken_since timestamptz,  -- since when the breaker is open
        failed_at timestamptz, failure text NOT NULL DEFAULT '', failure_text text NOT NULL DEFAULT '',
        answered_at timestamptz,
        seen_at timestamptz,  -- when the worker last looked after this channel
        skew_s double precision,  -- the ERP's clock minus ours
        version int NOT NULL DEFAULT 1,
        PRIMARY KEY (tenant_id, node, direction)""",
    "erp_throughput": """
        minute timestamptz NOT NULL, stream text NOT NULL,
        row_count bigint NOT NULL DEFAULT 0, batches int NOT NULL DEFAULT 0,
        seconds double precision NOT NULL DEFAULT 0,
        sent int NOT NULL DEFAULT 0, failed int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, minute, stream)""",
    "erp_letters": """
        id uuid NOT NULL, intent_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(), attempt int NOT NULL,
        failure text NOT NULL,
        request text NOT NULL CHECK (length(request) <= 8000), response text NOT NULL CHECK (length(response) <= 4000),
        PRIMARY KEY (tenant_id, id)""",
    "erp_deeds": """
        id uuid NOT NULL, intent_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(), user_id uuid NOT NULL,
        deed text NOT NULL CHECK (deed IN ('retry', 'renew', 'skip')), reason text NOT NULL,
        successor_id uuid,  -- the intent that went in its place
        PRIMARY KEY (tenant_id, id)""",
    "erp_conflicts": """
        id uuid NOT NULL, intent_id uuid NOT NULL, kind text NOT NULL, ref uuid NOT NULL, name text NOT NULL,
        found_at timestamptz NOT NULL DEFAULT now(),
        base jsonb, ours jsonb NOT NULL, theirs jsonb NOT NULL, label text NOT NULL,
        resolved_at timestamptz, resolved_by uuid,
        settled_at timestamptz,  -- when the worker did what was chosen
        choice text CHECK (choice IN ('ours', 'theirs')), reason text NOT NULL DEFAULT '',
        version int NOT NULL DEFAULT 1,
        PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, intent_id)""",
    "erp_reconciliations": """
        id uuid NOT NULL, depth text NOT NULL CHECK (depth IN ('labels', 'values')),
        asked_at timestamptz NOT NULL DEFAULT now(), asked_by uuid,  -- nobody: the schedule
        began_at timestamptz, ended_at timestamptz,
        state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'running', 'done', 'failed')),
        objects bigint NOT NULL DEFAULT 0, found int NOT NULL DEFAULT 0, healed int NOT NULL DEFAULT 0,
        reason text NOT NULL DEFAULT '',
        PRIMARY KEY (tenant_id, id)""",
    "erp_differences": """
        id uuid NOT NULL, run_id uuid NOT NULL, stream text NOT NULL, ref uuid NOT NULL, name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('missing', 'extra', 'label', 'value', 'total')),
        ours text NOT NULL DEFAULT '', theirs text NOT NULL DEFAULT '',
        since timestamptz NOT NULL,  -- when the two were last known to agree, or when it was first seen
        found_at timestamptz NOT NULL DEFAULT now(),
        healed_at timestamptz, how text NOT NULL DEFAULT '',
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, run_id) REFERENCES erp_reconciliations ON DELETE CASCADE""",
    "erp_alerts": """
        id uuid NOT NULL, kind text NOT NULL, subject text NOT NULL DEFAULT '',
        since timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
        detail text NOT NULL DEFAULT '',
        acknowledged_at timestamptz, acknowledged_by uuid,
        version int NOT NULL DEFAULT 1,
        PRIMARY KEY (tenant_id, id)""",
    "erp_regulations": """
        every_m int NOT NULL DEFAULT 120 CHECK (every_m BETWEEN 10 AND 1440),
        heal_most int NOT NULL DEFAULT 1000 CHECK (heal_most BETWEEN 0 AND 1000),
        version int NOT NULL DEFAULT 1,
        PRIMARY KEY (tenant_id)""",
}


def upgrade() -> None:
    """Apply the step."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns in _TABLES.items():
        op.execute(f"CREATE TABLE {table} (tenant_id int NOT NULL REFERENCES tenants,{columns})")
        protect(table, client="")
    op.execute("CREATE INDEX erp_letters_intent ON erp_letters (tenant_id, intent_id, at)")
    op.execute("CREATE INDEX erp_deeds_intent ON erp_deeds (tenant_id, intent_id, at)")
    op.execute("CREATE INDEX erp_differences_run ON erp_differences (tenant_id, run_id, stream, ref)")
    op.execute("CREATE UNIQUE INDEX erp_alerts_open ON erp_alerts (tenant_id, kind, subject) WHERE ended_at IS NULL")
    op.execute("CREATE INDEX erp_reconciliations_asked ON erp_reconciliations (tenant_id, asked_at)")
    op.execute("CREATE INDEX outbox_dead ON outbox (tenant_id, lane, done_at) WHERE stage = 'dead'")
    _freshness()
    _older_installations()


def _freshness() -> None:
    op.execute("""
        ALTER TABLE erp_freshness
            ADD COLUMN paused_at timestamptz,  -- since when a person keeps news from coming in
            ADD COLUMN held_at timestamptz,    -- since when a person keeps orders from going out
            ADD COLUMN behind jsonb NOT NULL DEFAULT '{}'  -- stream -> since when it does not move
    """)
    op.execute("""
        CREATE FUNCTION note_stream_behind() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.stream IN ('changes', 'catalogue', 'day') THEN
                RETURN NULL;
            END IF;
            INSERT INTO erp_freshness AS f (tenant_id, behind)
            VALUES (NEW.tenant_id,
                    CASE WHEN NEW.state = 'live' THEN '{}' ELSE jsonb_build_object(NEW.stream, now()) END)
            ON CONFLICT (tenant_id) DO UPDATE SET behind = CASE
                WHEN NEW.state = 'live' THEN f.behind - NEW.stream
                ELSE excluded.behind || f.behind END
            WHERE (f.behind ? NEW.stream) = (NEW.state = 'live');
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER erp_streams_behind AFTER INSERT OR UPDATE OF state ON erp_streams
        FOR EACH ROW EXECUTE FUNCTION note_stream_behind()
    """)


def _older_installations() -> None:
    connection = op.get_bind()
    tenants = connection.execute(sa.text("SELECT id::text AS id FROM tenants ORDER BY id")).all()
    for tenant in (str(cast("tuple[object]", row)[0]) for row in tenants):
        connection.execute(sa.text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant})
        connection.execute(
            sa.text(
                "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, note)"
                " VALUES (:tenant, :id, 'r:admin', 'erp', 'manage', 'allow', 'pause, repeat, reconcile')"
            ),
            {"tenant": int(tenant), "id": uuid5(_SPACE, tenant)},
        )
    connection.execute(sa.text("SELECT set_config('app.tenant', '', true)"))
