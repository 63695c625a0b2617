"""${message}.

Say what changes, and why it is safe while the previous release runs.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
