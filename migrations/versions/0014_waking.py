"""outbox: nobody is woken by PostgreSQL any more.

NOTIFY takes one lock for all databases from before the commit until it is on disk, so that transactions
commit one after the other. The programs wake each other over Redis, and look by themselves as before
(docs/adr/0008-waking.md). Safe while the previous release runs: its worker looks twice a second.
"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER outbox_wake ON outbox")
    op.execute("DROP FUNCTION wake_outbox()")
