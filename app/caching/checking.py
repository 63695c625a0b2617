"""Whom a web program asks whether something changed while the exchange is silent."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from app.caching.queries import read_labels
from app.infra.db.transaction import open_tenant_transaction


class OwnerChecker:
    """Asks PostgreSQL, where everything is that the ERP has told: nothing newer is to be had.

    A request never calls the ERP: the worker does, all the time, and a page says how old its word is.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Ask through this pool."""
        self._engine = engine

    async def labels(self, tenant_id: int, tags: Sequence[str]) -> Mapping[str, int]:
        """Give the last transaction that changed each collection."""
        async with open_tenant_transaction(self._engine, tenant_id, read_only=True) as transaction:
            return await read_labels(transaction, tags)
