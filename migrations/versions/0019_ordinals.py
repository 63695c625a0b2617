"""catalog: a function that gave ordinals to products goes; the exchange numbers them as it inserts them.

It took them from the counters, which no running role may read any more. Safe while the previous release runs: it
does not call the function either.
"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply the step."""
    op.execute("DROP FUNCTION catalog_take_pos(int, int)")
