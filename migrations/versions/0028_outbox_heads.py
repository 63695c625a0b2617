"""Heads of the outbox are found in the order in which they leave, however long the queue behind them is.

With an index by time every claim read and sorted the whole backlog: ten thousand orders waiting made each claim of
twenty the slower.
"""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply the step."""
    op.execute("DROP INDEX outbox_open")
    op.execute("CREATE INDEX outbox_open ON outbox (tenant_id, lane, seq) WHERE stage IN ('new', 'sent')")
    op.execute("DROP INDEX outbox_aggregate")
    op.execute(
        "CREATE INDEX outbox_aggregate ON outbox (tenant_id, lane, aggregate, seq) WHERE stage IN ('new', 'sent')"
    )
