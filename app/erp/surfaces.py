"""Which of an ERP's two surfaces the exchange goes over: the one a tenant wants, or the better one that answers."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Literal

import structlog

from app.credit import services as credit
from app.erp import streams
from app.erp.families import Family
from app.erp.loading import Side
from app.erp.ports import ErpPort, Surface
from app.erp.wire.calling import Address
from app.erp.wire.client import ErpClient
from app.erp.wire.failures import ErpError
from app.erp.wire.odata.client import OdataClient
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.orders.services import exchange as orders
from app.stock import services as stock

Wish = Literal["auto", "h", "o"]

_LOOK_EVERY_S: Final = 60.0
# So often in a row must the other one be the better: changing over reads everything anew.
_MOST_LOOKS: Final = 5

_log = structlog.stdlib.get_logger("erp")


@asynccontextmanager
async def open_port(address: Address, surface: Surface, family: Family) -> AsyncGenerator[ErpPort]:
    """Open one surface of an infobase; ``family`` says what plain OData calls everything there."""
    if surface == "h":
        async with ErpClient(address) as service:
            yield service
    else:
        async with OdataClient(address, family) as odata:
            yield odata


async def choose(address: Address, wish: Wish, family: Family) -> Surface | None:
    """Give the surface to use: what is wanted, or H if it answers, else O; None: neither does now."""
    if wish != "auto":
        return wish
    every: tuple[Surface, ...] = ("h", "o")
    for surface in every:
        async with open_port(address, surface, family) as port:
            try:
                await port.ping()
            except ErpError as error:
                _log.info("erp.no_answer", tenant=address.tenant, surface=surface, reason=str(error))
            else:
                return surface
    return None


async def until_another(
    address: Address, wish: Wish, used: Surface, family: Family, every_s: float = _LOOK_EVERY_S
) -> None:
    """Return once another surface has been the better one for some time; never where one is wanted."""
    differing = 0
    while True:
        await asyncio.sleep(every_s)
        found = await choose(address, wish, family)
        differing = differing + 1 if found not in {None, used} else 0
        if differing >= _MOST_LOOKS:
            return


async def adopt(side: Side, port: ErpPort) -> None:
    """Note which surface is in use; after a change everything is read anew, for the two count differently."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        known = await _used(transaction, port.node)
        await transaction.driver.execute(
            """INSERT INTO erp_freshness (tenant_id, surface) VALUES ($1, $2)
               ON CONFLICT (tenant_id) DO UPDATE SET surface = excluded.surface""",
            transaction.tenant_id,
            port.surface,
        )
        if known in {"", port.surface}:
            return
        _log.warning("erp.surface_changed", tenant=side.tenant, before=known, now=port.surface)
        await streams.ask_reload(transaction, port.node, reason="read through another interface of the ERP from now on")
        await streams.forget_watermark(transaction, port.node)
        await orders.forget_versions(transaction)
        await stock.forget_clock(transaction)
        await credit.forget_clock(transaction)


async def _used(transaction: Transaction, node: str) -> str:
    """The surface used before; what was read before anybody noted it came over H."""
    known = await transaction.driver.fetchval(
        "SELECT surface FROM erp_freshness WHERE tenant_id = $1", transaction.tenant_id
    )
    if known:
        return str(known)
    return "h" if await streams.read_streams(transaction, node) else ""
