"""The loop of one direction of files: takes intents, carries them side by side, writes setbacks down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal

import msgspec
import structlog
from msgspec import Struct

from app.erp.channel import Channel
from app.erp.files import DigestError, FileCarrier, OwnerWaitsError, Trip, note_buried
from app.erp.loading import Side
from app.erp.outbound import wait_for_news
from app.erp.queries.channels import is_paused
from app.erp.setbacks import Setbacks
from app.erp.wire.failures import ChannelError, ErpError, SchemaError
from app.erp.wire.steps import LeaseLostError
from app.infra.db.transaction import open_tenant_transaction
from app.infra.outbox_claims import Claimed, claim

_SIDE_BY_SIDE: Final = 2  # of the ERP's eight sessions: files never crowd orders out
_IDLE_S: Final = 1.0
_ASK_AGAIN_S: Final = 60.0
_CAPABILITY: Final = "files"

_log = structlog.stdlib.get_logger("erp")

Lane = Literal["fetch", "send"]


class Way(Struct, frozen=True):
    """One direction: its lane, the pause that stops it, and the work."""

    lane: Lane
    paused_with: Literal["in", "out"]
    carry: Callable[[Trip], Awaitable[None]]


def ways_of(carrier: FileCarrier) -> tuple[Way, Way]:
    """Both directions."""
    return Way("fetch", "in", carrier.fetch), Way("send", "out", carrier.send)


class Porter:
    """Carries files one way for one tenant."""

    def __init__(self, side: Side, channel: Channel, way: Way, worker: str, woken: asyncio.Event | None = None) -> None:
        """``woken`` is set by whoever hears that an intent was committed."""
        self._side = side
        self._channel = channel
        self._way = way
        self._worker = worker
        self._woken = woken or asyncio.Event()
        self._setbacks = Setbacks(side, channel, note_buried)

    async def run(self) -> None:
        """Work until cancelled; an ERP without our extension, or with an older one, carries no files."""
        await self._wait_until_able()
        while True:
            self._woken.clear()
            if not await self.step():
                await wait_for_news(self._woken, _IDLE_S)

    async def _wait_until_able(self) -> None:
        while True:
            try:
                hello = await self._channel.call(lambda port: port.ping())
            except ErpError:
                again_s = _IDLE_S
            else:
                if _CAPABILITY in hello.capabilities:
                    return
                again_s = _ASK_AGAIN_S
            await asyncio.sleep(again_s)

    async def step(self) -> bool:
        """Carry what may be carried now; False if there was nothing to do or nobody there."""
        if self._channel.breaker.is_open:
            # Others look for the ERP as well; whoever may look first does.
            try:
                await self._channel.call(lambda port: port.ping())
            except ErpError:
                return False
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if await is_paused(transaction, self._channel.client.node, self._way.paused_with):
                return False
            claimed = await claim(transaction, self._way.lane, self._worker, limit=_SIDE_BY_SIDE)
        await asyncio.gather(*(self._carry(one) for one in claimed))
        return bool(claimed)

    async def _carry(self, claimed: Claimed) -> None:
        trip = Trip(claimed)
        try:
            await self._way.carry(trip)
        except LeaseLostError as error:
            _log.warning("erp.lease_lost", tenant=self._side.tenant, reason=str(error))
            return
        except msgspec.DecodeError as error:
            await self._setbacks.give_up(claimed, SchemaError(f"{claimed.kind}: {error}"))
            return
        except OSError as error:
            if error.errno is None:
                raise  # no trouble of the disk, but somebody's patience
            # The disk is full or away, which is nobody's fault outside.
            await self._setbacks.put_back(claimed, ChannelError(f"the data folder: {error}"), may_have_left=True)
            return
        except OwnerWaitsError as error:
            await self._setbacks.put_back(claimed, error, may_have_left=True, brought_something=True)
            return
        except SchemaError as error:
            await self._setbacks.give_up(claimed, error)
            return
        except ErpError as error:
            brought = trip.brought > 0 and not isinstance(error, DigestError)
            if trip.brought:
                self._setbacks.got_through()
            await self._setbacks.put_back(claimed, error, may_have_left=True, brought_something=brought)
            return
        self._setbacks.got_through()
        self._channel.meter.went(claimed.kind, is_sent=True)
