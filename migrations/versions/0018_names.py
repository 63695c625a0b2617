"""catalog: the indexes of names carry the places of products in the bitmaps.

A walk along the names looks every product up in a bitmap, and among 30,000 products passes by a thousand to
find fifty; with the place at hand it reads none of the rows it does not take. Safe while the previous release runs.
"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply the step."""
    # Give up rather than queue behind a long report and freeze every buyer.
    op.execute("SET LOCAL lock_timeout = '5s'")
    for order in ("sort_ru", "sort_kk", "sort_en"):
        op.execute(f"DROP INDEX products_{order}")
        op.execute(f"CREATE INDEX products_{order} ON products (tenant_id, {order}, id) INCLUDE (pos)")
