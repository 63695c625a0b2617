"""tenants: the manufacturer's name in the languages of its readers.

``name`` stays the name in Russian, which 1C:ERP has too; an empty one in another language means the same name.
Safe while the previous release runs: it reads ``name`` alone.
"""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE tenants
            ADD COLUMN name_kk text NOT NULL DEFAULT '',
            ADD COLUMN name_en text NOT NULL DEFAULT ''
    """)
