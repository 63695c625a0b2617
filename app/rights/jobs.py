"""What the worker does for rights: looks that time has ended are written down."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import open_tenant_transaction
from app.rights.services.seeing import note_overdue


async def end_looks(engine: AsyncEngine, tenant_id: int) -> int:
    """End the looks whose time is over; gives how many there were."""
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        return await note_overdue(transaction)
