"""What the worker does with infobases: it uses the one a tenant named, and looks at it when somebody asks."""

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import open_tenant_transaction
from app.infra.sealing import SealError
from app.settings.ports import Entry, Knock, Verdict
from app.settings.queries import infobase as queries
from app.settings.queries.infobase import InfobaseRow
from app.settings.rules.addresses import is_listed
from app.settings.services.infobase import Servers


async def read_entry(engine: AsyncEngine, tenant_id: int, servers: Servers, usual: Entry) -> Entry | None:
    """Give the way to the tenant's infobase: its own, or ``usual``; None where its own may not or cannot be entered.

    The list is asked again here: an operator who takes a server off it stops the calls, whatever was saved before.
    """
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        row = await queries.read_infobase(transaction)
    if row.place is None:
        return replace(usual, surface=row.surface)
    found = _open(row, tenant_id, servers)
    return found if isinstance(found, Entry) else None


async def look(engine: AsyncEngine, tenant_id: int, servers: Servers, knock: Knock) -> bool:
    """Take the look somebody asked for; False if nobody did. No transaction is open while the network is asked."""
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        row = await queries.read_infobase(transaction)
    if row.place is None or row.place.asked_at is None or not row.place.is_waiting:
        return False
    found = _open(row, tenant_id, servers)
    verdict = await knock(found) if isinstance(found, Entry) else found
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        await queries.write_verdict(transaction, row.place.asked_at, verdict.name, verdict.said)
    return True


def _open(row: InfobaseRow, tenant_id: int, servers: Servers) -> Entry | Verdict:
    place = row.place
    if place is None or not is_listed(place.base, servers.every):
        return Verdict("not_listed")
    try:
        password = servers.sealer.open(tenant_id, place.secret)
    except SealError:
        return Verdict("lost")
    return Entry(place.base, place.infobase, place.username, password, row.surface)
