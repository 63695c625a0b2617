"""Watches one tenant's exchange: writes down what the loops carried, and tells administrators what is wrong.

It keeps the loops from nothing: they ask for a pause themselves, and go on if this one stands still.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog

from app.erp.channel import Channel
from app.erp.checking import CheckingClient
from app.erp.entities import BY_STREAM
from app.erp.loading import Side
from app.erp.notices import tell_alert
from app.erp.ports import Surface
from app.erp.queries import alerts
from app.erp.queries.channels import Direction, note_channel
from app.erp.queries.conflicts import take_theirs
from app.erp.queries.throughput import add_amounts
from app.erp.rules import troubles_of
from app.erp.wire.failures import ErpError
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.clock import utc_now
from app.orders.services import exchange as orders

_EVERY_S: Final = 1.0
_LOOK_EVERY_S: Final = 5.0
_CLOCK_EVERY_S: Final = 30.0
BOUNDS: Final[Mapping[Surface, Mapping[str, int]]] = {
    "h": {stream: entity.fresh_h_s for stream, entity in BY_STREAM.items()},
    "o": {stream: entity.fresh_o_s for stream, entity in BY_STREAM.items()},
}

_log = structlog.stdlib.get_logger("erp")


class Watch:
    """One watcher of one tenant."""

    def __init__(self, side: Side, channels: Mapping[Direction, Channel], client: CheckingClient) -> None:
        """``channels`` are those of the loops; ``client`` is asked for the time alone."""
        self._side = side
        self._channels = channels
        self._client = client
        self._looked = float("-inf")
        self._asked = float("-inf")
        self._skew_s: float | None = None

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self.step()
            await asyncio.sleep(_EVERY_S)

    def look_again(self) -> None:
        """Look for trouble with the next step, however lately that was done."""
        self._looked = float("-inf")

    async def step(self) -> None:
        """Write down what was gathered; now and then compare clocks and look for trouble."""
        now = time.monotonic()
        if now - self._asked >= _CLOCK_EVERY_S:
            self._asked = now
            await self._compare_clocks()
        is_due = now - self._looked >= _LOOK_EVERY_S
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            for direction, channel in self._channels.items():
                await self._write(transaction, direction, channel)
        await self._follow_choices()
        if is_due:
            self._looked = now
            async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
                await look_for_trouble(transaction, self._client.node, self._channels["in"].client.surface)

    async def _write(self, transaction: Transaction, direction: Direction, channel: Channel) -> None:
        amounts, note = channel.meter.take()
        await add_amounts(transaction, amounts)
        note.broken_since = utc_now() if channel.breaker.is_open else None
        note.skew_s, note.surface = self._skew_s, channel.client.surface
        await note_channel(transaction, self._client.node, direction, note)

    async def _follow_choices(self) -> None:
        """Hand orders to their managers where somebody let the ERP's version stand."""
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            for order_id, reason in await take_theirs(transaction):
                await orders.record_refused(transaction, order_id, "changed_in_erp", reason)

    async def _compare_clocks(self) -> None:
        """Ask the ERP for the time, half way between asking and hearing; one that is away is asked later."""
        # Only surface H tells the time.
        if any(one.breaker.is_open or one.client.surface != "h" for one in self._channels.values()):
            return
        began = utc_now()
        try:
            theirs = await self._client.clock()
        except ErpError as error:
            _log.info("erp.clock", tenant=self._side.tenant, reason=str(error))
            return
        self._skew_s = (theirs - (began + (utc_now() - began) / 2)).total_seconds()


async def look_for_trouble(transaction: Transaction, node: str, surface: Surface) -> None:
    """Begin and end alerts; whoever manages the exchange is told of those that began."""
    standing = await alerts.read_standing(transaction, node)
    for alert_id, trouble in await alerts.settle(transaction, troubles_of(standing, BOUNDS[surface])):
        await tell_alert(transaction, alert_id, trouble)
