"""How long rows are kept that are of no use for ever, and the janitor who takes them away.

A room joins with ``keeping.KEEPING``; `docs/retention.md` shows the whole table. What is not listed is kept.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import open_tenant_transaction

_BITE: Final = 5_000  # rows of one transaction: nobody waits long behind the janitor
_MOST_BITES: Final = 200  # of one table in one round; what is left goes in the next


class Keep(Struct, frozen=True):
    """Which rows of a tenant table may go; ``is_over`` is an SQL condition on ``t`` in which $1 is the tenant."""

    table: str
    words: str  # the same for people
    is_over: str


KEEPING: Final = (
    Keep(
        "outbox",
        "30 days after the other side had it; what was given up stays until a person decides",
        "t.stage = 'done' AND t.done_at < now() - interval '30 days'",
    ),
    Keep(
        "live_events",
        "2 hours; a page that was away longer asks for everything anew",
        "t.at < now() - interval '2 hours'",
    ),
    Keep(
        "idempotency_keys",
        "7 days: nobody repeats a call later by accident",
        "t.created_at < now() - interval '7 days'",
    ),
)


async def clean(engine: AsyncEngine, tenant_id: int, keeping: Iterable[Keep]) -> dict[str, int]:
    """Take away what is over; give the number of rows by table. May be stopped at any moment."""
    removed: dict[str, int] = {}
    for keep in keeping:
        for _bite in range(_MOST_BITES):
            rows = await _bite_off(engine, tenant_id, keep)
            removed[keep.table] = removed.get(keep.table, 0) + rows
            if rows < _BITE:
                break
    return {table: rows for table, rows in removed.items() if rows}


async def _bite_off(engine: AsyncEngine, tenant_id: int, keep: Keep) -> int:
    statement = f"""
        DELETE FROM {keep.table} WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
            SELECT t.ctid FROM {keep.table} t WHERE t.tenant_id = $1 AND {keep.is_over}
            LIMIT {_BITE} FOR UPDATE SKIP LOCKED))"""  # noqa: S608 - constants of the rooms
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        # Nobody waits for it, and the next round does what a crash takes back.
        await transaction.driver.execute("SET LOCAL synchronous_commit = off")
        tag = await transaction.driver.execute(statement, tenant_id)
    return int(tag.rpartition(" ")[2])
