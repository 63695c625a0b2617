"""What became of files on their way to the ERP."""

from typing import Final
from uuid import UUID

from app.infra.db.transaction import Transaction

_SENT: Final = """
    UPDATE outgoing_files SET state = 'sent', problem = '', settled_at = now() WHERE tenant_id = $1 AND id = $2
"""
_REFUSED: Final = """
    UPDATE outgoing_files SET state = 'refused', problem = $3, settled_at = now()
    WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'
"""
_WAITS: Final = """
    SELECT EXISTS (SELECT FROM outbox WHERE tenant_id = $1 AND lane = 'erp' AND aggregate = $2
        AND stage IN ('new', 'sent'))
"""


async def note_sent(transaction: Transaction, file_id: UUID) -> None:
    """Note that the ERP has a file."""
    await transaction.driver.execute(_SENT, transaction.tenant_id, file_id)


async def note_refused(transaction: Transaction, file_id: UUID, problem: str) -> None:
    """Note that the ERP will not have a file."""
    await transaction.driver.execute(_REFUSED, transaction.tenant_id, file_id, problem[:500])


async def owner_waits(transaction: Transaction, owner: str) -> bool:
    """Whether what a file hangs on is itself still on its way."""
    return bool(owner) and bool(await transaction.driver.fetchval(_WAITS, transaction.tenant_id, owner))
