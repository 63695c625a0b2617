"""The way in for one tenant: load what is due, then follow the feed, for as long as the worker runs.

An ERP that is away or slow stops nothing here but the news: pages show how old their figures are.
"""

import asyncio
import random
import time
from typing import Final

import structlog

from app.erp import feed
from app.erp.channel import Channel, note_away
from app.erp.loading import Loaded, Side, load_due
from app.erp.maintenance import refresh_statistics
from app.erp.outbound import wait_for_news
from app.erp.queries.channels import is_paused
from app.erp.rules import retry_after_s
from app.erp.standing import follow_states
from app.erp.sweeping import sweep
from app.erp.wire.failures import ErpError
from app.infra.db.transaction import open_tenant_transaction

_WAIT_S: Final = 4  # of a long poll; the age of the feed on pages grows this much while nothing happens
_RETRY_STOPPED_S: Final = 600.0
_MANY_ROWS: Final = 1000
_PAUSED_S: Final = 0.5  # until a paused direction is looked at again

_log = structlog.stdlib.get_logger("erp")


class Inbound:
    """One applier; two of them for one tenant would be slow but harmless."""

    def __init__(self, side: Side, channel: Channel, owner_url: str = "", woken: asyncio.Event | None = None) -> None:
        """``owner_url`` lets statistics be refreshed after a large load; without it autovacuum does it later.

        ``woken`` is set by a hint of the ERP: whoever hints is there again, so a pause ends at once.
        """
        self._side = side
        self._channel = channel
        self._owner_url = owner_url
        self._woken = woken or asyncio.Event()
        self._attempt = 0
        self._stopped_seen = float("-inf")
        self._swept = time.monotonic()

    async def run(self) -> None:
        """Work until cancelled."""
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self.step(_WAIT_S)
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        """Pass hints on to the way in, which may be waiting for its time."""
        while True:
            await self._woken.wait()
            self._woken.clear()  # whoever pauses after a failure has been woken by the same word
            self._channel.client.hurry()

    async def step(self, wait_s: int) -> bool:
        """Load what is due and take one batch; on failure wait as long as the rules say. True if it went well."""
        if await self._is_paused():
            await asyncio.sleep(min(_PAUSED_S, wait_s))
            return False
        try:
            await self.load()
            await self._sweep()
            await follow_states(self._side, self._channel)
            await feed.poll(self._side, self._channel, wait_s)
        except ErpError as error:
            await self._note_failure(error)
            return False
        self._attempt = 0
        return True

    async def load(self) -> Loaded:
        """Load what is due; streams that were stopped get another chance now and then."""
        now = time.monotonic()
        again = now - self._stopped_seen > _RETRY_STOPPED_S
        if again:
            self._stopped_seen = now
        loaded = await load_due(self._side, self._channel, retry_stopped=again)
        if loaded.written > _MANY_ROWS and self._owner_url:
            await refresh_statistics(self._owner_url, loaded.applied)
        return loaded

    async def _sweep(self) -> None:
        """Compare all labels where changes are told by a plan that may lose some; first when it has run for a while."""
        every_s, now = self._channel.client.sweep_every_s, time.monotonic()
        if every_s is None or now - self._swept < every_s:
            return
        self._swept = now
        await sweep(self._side, self._channel)

    async def _is_paused(self) -> bool:
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id, read_only=True) as transaction:
            return await is_paused(transaction, self._channel.client.node, "in")

    async def _note_failure(self, error: ErpError) -> None:
        longest = self._channel.breaker.probe_every_s
        pause = min(retry_after_s(self._attempt, random.random(), error.after_s), longest)  # noqa: S311 - jitter
        if self._attempt == 0 or self._channel.breaker.is_open:
            async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
                await note_away(transaction)
        _log.warning("erp.inbound", tenant=self._side.tenant, failure=error.failure, reason=str(error), pause_s=pause)
        self._attempt += 1
        self._woken.clear()
        await wait_for_news(self._woken, pause)
