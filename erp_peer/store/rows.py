"""Writing single objects of a stream."""

from functools import cache

from erp_peer.store.db import Argument
from erp_peer.store.writing import Write


@cache
def _upsert_sql(stream: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    places = ", ".join(f"${place}" for place in range(4, 4 + len(columns)))
    news = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return (
        f"INSERT INTO peer.{stream} (ib, ref, ver, {names}) VALUES ($1, $2, $3, {places})"
        f" ON CONFLICT (ib, ref) DO UPDATE SET ver = excluded.ver, {news}"
    )


async def upsert(write: Write, stream: str, ref: str, values: dict[str, Argument]) -> None:
    """Create an object or overwrite the named columns of it."""
    sql = _upsert_sql(stream, tuple(values))
    await write.conn.execute(sql, write.ib, ref, write.tick, *values.values())
    write.touch(stream, ref)
