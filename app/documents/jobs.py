"""What the worker does about contents now and then: takes away what nobody needs, asks for what has been lost."""

import asyncio
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.documents.queries.wanting import note_gone, pick_needless, read_stored, want_missing
from app.documents.store import FileStore
from app.infra.db.transaction import open_tenant_transaction

_YOUNG_S: Final = 86_400.0  # a content kept for an upload may belong to nothing for a while
_BITE: Final = 500

_log = structlog.stdlib.get_logger("documents")


async def tidy(engine: AsyncEngine, store: FileStore, tenant_id: int, young_s: float = _YOUNG_S) -> int:
    """Go round the contents of one tenant; gives how many were taken away."""
    removed = 0
    contents = await asyncio.to_thread(lambda: list(store.contents(tenant_id, young_s)))
    for start in range(0, len(contents), _BITE):
        async with open_tenant_transaction(engine, tenant_id) as transaction:
            needless = await pick_needless(transaction, contents[start : start + _BITE])
            await note_gone(transaction, needless)
            # A crash after this leaves rows that promise too much; the next round asks for what they promise.
            for sha256 in needless:
                await asyncio.to_thread(store.remove, tenant_id, sha256)
            removed += len(needless)
    await asyncio.to_thread(store.forget_drafts, tenant_id)
    await _find_lost(engine, store, tenant_id)
    return removed


async def _find_lost(engine: AsyncEngine, store: FileStore, tenant_id: int) -> None:
    """A folder that came back from an older backup lacks what arrived since."""
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        stored = await read_stored(transaction)
        lost = await asyncio.to_thread(lambda: [one for one, size in stored if not store.has(tenant_id, one, size)])
        if lost:
            _log.warning("documents.lost", tenant_id=tenant_id, contents=len(lost))
            await note_gone(transaction, lost)
        await want_missing(transaction)
