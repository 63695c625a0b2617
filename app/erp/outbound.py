"""The way out for one tenant: intents leave in order, exactly once in effect, and their answers come home.

Nothing here holds a transaction while it talks. Claiming is committed first, answers are written afterwards;
a worker that dies in between leaves an intent that "may have left", and the next one asks before it sends.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast
from uuid import UUID

import structlog
from asyncpg import PostgresError
from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from app.erp import letters, outcomes
from app.erp.channel import Channel
from app.erp.intents import UnknownIntentError, order_of, to_command
from app.erp.loading import Side
from app.erp.locking import lock_orders
from app.erp.outcomes import Answer
from app.erp.queries.channels import is_paused
from app.erp.setbacks import Setbacks
from app.erp.wire.failures import ErpError, SchemaError
from app.erp.wire.messages import Command
from app.erp.wire.steps import LeaseLostError, Step
from app.infra.db.sqlstates import is_collision
from app.infra.db.transaction import open_tenant_transaction
from app.infra.outbox_claims import Claimed, claim, mark_step
from app.infra.waypoints import pass_by

_AT_ONCE: Final = 20
_SIDE_BY_SIDE: Final = 4  # calls to an ERP that takes one intent a call: half of its sessions
_READ_S: Final = 8.0  # well inside the lease
_IDLE_S: Final = 0.5
_RECORD_TRIES: Final = 5
_OLDEST_EVERY: Final = 5  # claims: nothing waits for ever behind what is more urgent

_log = structlog.stdlib.get_logger("erp")


class _Sending(Struct, frozen=True):
    """One intent and what the ERP will read."""

    claimed: Claimed
    command: Command


class _Steps:
    """Steps of the intents in hand, kept in the outbox."""

    def __init__(self, side: Side, claimed: Sequence[Claimed]) -> None:
        self._side = side
        self._by_id = {one.id: one for one in claimed}

    def begun(self, intent_id: UUID) -> Step:
        return cast("Step", self._by_id[intent_id].step)

    async def reached(self, intent_id: UUID, step: Step) -> None:
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if not await mark_step(transaction, self._by_id[intent_id], step):
                message = f"{intent_id}: the lease was lost at the step {step}"
                raise LeaseLostError(message)


class Outbound:
    """One sender; several of them share the work by leases."""

    def __init__(self, side: Side, channel: Channel, worker: str, woken: asyncio.Event | None = None) -> None:
        """``woken`` is set by whoever hears that an intent was committed."""
        self._side = side
        self._channel = channel
        self._worker = worker
        self._woken = woken or asyncio.Event()
        self._claims = 0
        self._setbacks = Setbacks(side, channel, outcomes.note_buried)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._woken.clear()
            if not await self.step():
                await wait_for_news(self._woken, _IDLE_S)

    async def step(self) -> bool:
        """Send what may leave now; False if there was nothing to do or nobody to tell."""
        if self._channel.breaker.is_open:
            # The feed looks for the ERP as well; whoever may look first does.
            try:
                await self._channel.call(lambda client: client.ping())
            except ErpError:
                return False
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if await is_paused(transaction, self._channel.client.node, "out"):
                return False
            limit = min(_AT_ONCE, self._channel.client.commands_at_once * _SIDE_BY_SIDE)
            self._claims += 1
            oldest = self._claims % _OLDEST_EVERY == 0
            claimed = await claim(transaction, "erp", self._worker, limit=limit, oldest=oldest)
            for one in claimed:
                await outcomes.note_leaving(transaction, one)
            if claimed:
                pass_by("out.claiming")
        if claimed:
            pass_by("out.claimed")
        sendings = await self._translate(claimed)
        sendings = await self._without_answered(sendings)
        # What failed before goes alone: one intent the ERP chokes on must not keep others back.
        fresh = [one for one in sendings if one.claimed.attempt == 0]
        size = self._channel.client.commands_at_once
        # Several aggregates are in hand, one intent of each: their order among each other is nobody's concern.
        await asyncio.gather(*(self._send(fresh[start : start + size]) for start in range(0, len(fresh), size)))
        for one in sendings:
            if one.claimed.attempt > 0:
                await self._send([one])
        return bool(claimed)

    async def _translate(self, claimed: Sequence[Claimed]) -> list[_Sending]:
        sendings: list[_Sending] = []
        for one in claimed:
            try:
                sendings.append(_Sending(one, to_command(one)))
            except UnknownIntentError as error:
                await self._setbacks.give_up(one, SchemaError(str(error)))
        return sendings

    async def _without_answered(self, sendings: Sequence[_Sending]) -> list[_Sending]:
        """Ask about intents that may have left before, and leave out those that arrived."""
        doubtful = [one for one in sendings if one.claimed.was_sent]
        if not doubtful:
            return list(sendings)
        asked = await asyncio.gather(*(self._ask(one) for one in doubtful))
        settled = {one.claimed.id for one, is_settled in zip(doubtful, asked, strict=True) if is_settled}
        return [one for one in sendings if one.claimed.id not in settled]

    async def _ask(self, sending: _Sending) -> bool:
        try:
            found = await self._channel.call(lambda client: client.find_order(sending.command.ref))
        except ErpError as error:
            await self._setbacks.put_back(sending.claimed, error, may_have_left=True)
            return True
        pass_by("out.asked")
        answer = outcomes.answer_of_found(sending.command, found)
        if answer is None:
            return False
        await self._record([(sending.claimed, answer)])
        return True

    async def _send(self, sendings: Sequence[_Sending]) -> None:
        commands = [one.command for one in sendings]
        steps = _Steps(self._side, [one.claimed for one in sendings])
        try:
            pass_by("out.sending")
            results = await self._channel.call(lambda client: client.command(commands, _READ_S, steps))
            pass_by("out.answered")
            self._setbacks.got_through()
            by_id = {result.id: result for result in results.results}
            conflicting = [one for one in sendings if by_id[one.claimed.id].status == "conflict"]
            answers = [
                (one.claimed, outcomes.answer_of_result(by_id[one.claimed.id]))
                for one in sendings
                if one not in conflicting
            ]
            await self._record(answers)
            for one in conflicting:
                await self._set_beside(one)
        except LeaseLostError as error:
            _log.warning("erp.lease_lost", tenant=self._side.tenant, reason=str(error))
        except SchemaError as error:
            if len(sendings) == 1:
                await self._setbacks.give_up(sendings[0].claimed, error)
                return
            # One of them cannot be understood, and nothing of the request was done: find out which.
            for one in sendings:
                await self._send([one])
        except ErpError as error:
            for one in sendings:
                was_doubtful = one.claimed.was_sent
                await self._setbacks.put_back(
                    one.claimed, error, may_have_left=was_doubtful or error.failure == "unknown"
                )

    async def _set_beside(self, sending: _Sending) -> None:
        """Somebody changed it there since we last heard: three versions are kept for a person to choose from."""
        try:
            found = await self._channel.call(lambda client: client.find_order(sending.command.ref))
        except ErpError as error:
            await self._setbacks.put_back(sending.claimed, error, may_have_left=True)
            return
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            await letters.note_conflict(transaction, sending.claimed, sending.command, found)
        self._channel.meter.went(sending.claimed.kind, is_sent=False)
        _log.warning("erp.conflict", tenant=self._side.tenant, id=str(sending.claimed.id))

    async def _record(self, answers: Sequence[tuple[Claimed, Answer]]) -> None:
        """Write all answers of a request at once, and again where others held too long what they touch.

        Answers that cannot be written stay with the ERP: whoever has the intents next asks for them, one by one.
        """
        for attempt in range(_RECORD_TRIES):
            try:
                async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
                    await lock_orders(transaction, [order_of(claimed) for claimed, _ in answers])
                    await outcomes.record(transaction, answers)
                    for claimed, answer in answers:
                        if answer.status == "invalid":
                            await letters.keep(transaction, claimed, answer.code, answer.text)
                    pass_by("out.recording")
                pass_by("out.recorded")
                break
            except (PostgresError, DBAPIError) as error:
                if not is_collision(error) or attempt == _RECORD_TRIES - 1:
                    raise
        for claimed, answer in answers:
            self._channel.meter.went(claimed.kind, is_sent=answer.status != "invalid")
            _log.info("erp.sent", tenant=self._side.tenant, kind=claimed.kind, id=str(claimed.id), status=answer.status)


async def wait_for_news(woken: asyncio.Event, longest_s: float) -> None:
    """Sleep until somebody says that there is work, but not for ever: words get lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(longest_s):
            await woken.wait()
