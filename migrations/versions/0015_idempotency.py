"""edge: a key of an unsafe call belongs to one place of work.

A person with places in two companies who repeats a key in the second one must not get the answer of the
first. Keys of the previous release keep the nil place, which is nobody's: it goes on finding its own, and the
new release takes such a key for a fresh one. Safe while the previous release runs.
"""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE idempotency_keys
        ADD COLUMN membership_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        DROP CONSTRAINT idempotency_keys_pkey,
        ADD PRIMARY KEY (tenant_id, user_id, membership_id, key)
    """)
