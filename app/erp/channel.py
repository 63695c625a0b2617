"""The way to one tenant's ERP as both directions share it: client, breaker, and the age pages show."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from app.erp.metering import Meter
from app.erp.ports import ErpPort
from app.erp.rules import Breaker
from app.erp.wire.failures import ChannelError, ErpError
from app.infra.db.transaction import Transaction

T = TypeVar("T")

_log = structlog.stdlib.get_logger("erp")


class Channel:
    """Calls through here stop as soon as the ERP is away, and start again with one ping that succeeds."""

    def __init__(self, client: ErpPort, tenant: str, breaker: Breaker | None = None) -> None:
        """Share one breaker between everything that talks to this ERP; each direction has a meter of its own."""
        self.client = client
        self.breaker = breaker or Breaker()
        self.meter = Meter()
        self._tenant = tenant

    async def call(self, work: Callable[[ErpPort], Awaitable[T]]) -> T:
        """Run one exchange.

        Raises:
            ChannelError: the ERP is away; nothing was sent if the breaker was open already.
            ErpError: any other failure of the exchange.
        """
        if self.breaker.is_open:
            await self._look()
        try:
            result = await work(self.client)
        except ErpError as error:
            self._note(error)
            raise
        self.breaker.succeeded()
        self.meter.answered()
        return result

    async def _look(self) -> None:
        if not self.breaker.may_probe(time.monotonic()):
            message = "the ERP is away; waiting for the next look"
            raise ChannelError(message)
        try:
            await self.client.ping()
        except ErpError as error:
            self.breaker.failed(time.monotonic(), channel=True)
            self.meter.failed(error.failure, str(error))
            raise ChannelError(str(error)) from error
        self.breaker.succeeded()
        self.meter.answered()
        _log.info("erp.back", tenant=self._tenant)

    def _note(self, error: ErpError) -> None:
        self.meter.failed(error.failure, str(error))
        if error.failure == "schema":
            # It answered; we did not understand each other.
            self.breaker.succeeded()
            return
        was_open = self.breaker.is_open
        self.breaker.failed(time.monotonic(), channel=error.failure == "channel")
        if self.breaker.is_open and not was_open:
            _log.warning("erp.away", tenant=self._tenant, reason=str(error))


async def note_answer(transaction: Transaction, *, changed: bool, is_last: bool) -> None:
    """Record that the feed answered; ``is_last``: nothing more waits there, so what we have is of this moment."""
    await transaction.driver.execute(
        """INSERT INTO erp_freshness (tenant_id, feed_at, changed_at, away_since)
           VALUES ($1, CASE WHEN $3 THEN now() END, CASE WHEN $2 THEN now() END, NULL)
           ON CONFLICT (tenant_id) DO UPDATE SET away_since = NULL,
               feed_at = coalesce(excluded.feed_at, erp_freshness.feed_at),
               changed_at = coalesce(excluded.changed_at, erp_freshness.changed_at)""",
        transaction.tenant_id,
        changed,
        is_last,
    )


async def note_away(transaction: Transaction) -> None:
    """Record since when the ERP does not answer; the first moment stands."""
    await transaction.driver.execute(
        """INSERT INTO erp_freshness (tenant_id, away_since) VALUES ($1, now())
           ON CONFLICT (tenant_id) DO UPDATE SET away_since = now() WHERE erp_freshness.away_since IS NULL""",
        transaction.tenant_id,
    )
