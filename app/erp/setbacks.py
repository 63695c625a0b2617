"""What becomes of an intent that did not leave: later, or a person looks at it."""

import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from app.erp import letters
from app.erp.channel import Channel
from app.erp.loading import Side
from app.erp.rules import MOST_ATTEMPTS, retry_after_s
from app.erp.wire.failures import ChannelError, ErpError
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.outbox_claims import Claimed, Setback, bury, postpone

_LATELY_S: Final = 120.0

_log = structlog.stdlib.get_logger("erp")


class Setbacks:
    """Writes setbacks of one sender down."""

    def __init__(
        self, side: Side, channel: Channel, note_buried: Callable[[Transaction, Claimed, ErpError], Awaitable[None]]
    ) -> None:
        """``note_buried`` tells whoever the intent is about, in the transaction that gives it up."""
        self._side = side
        self._channel = channel
        self._note_buried = note_buried
        self._got_through = float("-inf")  # when something last had an answer

    def got_through(self) -> None:
        """Note that something had an answer."""
        self._got_through = time.monotonic()

    async def put_back(
        self, claimed: Claimed, error: ErpError, *, may_have_left: bool, brought_something: bool = False
    ) -> None:
        """Put an intent back for later, or give it up after too many attempts that brought nothing."""
        spends = not isinstance(error, ChannelError) and not brought_something
        # Tried so often while others got through: it is this intent. Otherwise it is the ERP, and nothing is lost.
        gets_through = time.monotonic() - self._got_through < _LATELY_S
        if spends and claimed.attempt + 1 >= MOST_ATTEMPTS and gets_through:
            await self.give_up(claimed, error)
            return
        # A channel comes back for everybody at once: look again soon, the breaker spares the ERP.
        attempt = claimed.attempt if spends else 1
        setback = Setback(
            failure=error.failure,
            text=str(error),
            after_s=retry_after_s(attempt, random.random(), error.after_s if spends else None),  # noqa: S311 - jitter
            may_have_left=may_have_left,
            spends_attempt=spends,
        )
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            await postpone(transaction, claimed, setback)
            if spends:  # while the ERP is away nothing is said about the intent
                await letters.keep(transaction, claimed, error.failure, str(error), error.answer)
        self._channel.meter.went(claimed.kind, is_sent=False)
        _log.warning("erp.postponed", tenant=self._side.tenant, id=str(claimed.id), reason=str(error))

    async def give_up(self, claimed: Claimed, error: ErpError) -> None:
        """Leave an intent to a person."""
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if await bury(transaction, claimed, error.failure, str(error)):
                await self._note_buried(transaction, claimed, error)
                await letters.keep(transaction, claimed, error.failure, str(error), error.answer)
        self._channel.meter.went(claimed.kind, is_sent=False)
        _log.error("erp.dead", tenant=self._side.tenant, kind=claimed.kind, id=str(claimed.id), reason=str(error))
