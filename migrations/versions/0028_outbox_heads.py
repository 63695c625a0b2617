"""Heads of the outbox are found in the order in which they leave, however long the queue behind them is.

With an index by time every claim read and sorted the whole backlog: with 20,000 intents waiting a claim of twenty took
70 ms instead of 0.5 ms. What is urgent goes first (ERP-EXCHANGE 4.8): orders and their vehicles, claims, messages,
master data, and at last what comes by the thousand.
"""

from alembic import op

revision = "0028"
down_revision = "0027"

_URGENCY = """
    CASE split_part(kind, '.', 1)
        WHEN 'order' THEN 1 WHEN 'vehicle' THEN 1
        WHEN 'claim' THEN 2
        WHEN 'message' THEN 3
        WHEN 'plan' THEN 5
        ELSE 4 END
"""


def upgrade() -> None:
    """Apply the step."""
    op.execute(f"ALTER TABLE outbox ADD COLUMN urgency smallint NOT NULL GENERATED ALWAYS AS ({_URGENCY}) STORED")
    op.execute("DROP INDEX outbox_open")
    op.execute("CREATE INDEX outbox_open ON outbox (tenant_id, lane, seq) WHERE stage IN ('new', 'sent')")
    op.execute("CREATE INDEX outbox_urgent ON outbox (tenant_id, lane, urgency, seq) WHERE stage IN ('new', 'sent')")
    op.execute("DROP INDEX outbox_aggregate")
    op.execute(
        "CREATE INDEX outbox_aggregate ON outbox (tenant_id, lane, aggregate, seq) WHERE stage IN ('new', 'sent')"
    )
