"""After a large load: fresh statistics and visibility, without which pages are ten times slower (CATALOGUE 6.7)."""

from collections.abc import Iterable
from typing import Final

import asyncpg

from app.erp.mappings import STREAMS

_BITMAPS: Final = ("facet_bits", "segment_bits", "price_list_bits", "search_tokens", "search_grams")


async def refresh_statistics(owner_url: str, streams: Iterable[str]) -> None:
    """Run VACUUM ANALYZE on what these streams feed. Only the owner may, and not in a transaction."""
    loaded = set(streams)
    tables = {target.table for stream in STREAMS if stream.name in loaded for target in stream.targets}
    connection = await asyncpg.connect(owner_url, timeout=5, command_timeout=600)
    try:
        for table in (*sorted(tables), *_BITMAPS):
            await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()
