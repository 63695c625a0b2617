"""A life of its own: posted orders move on by themselves, and accountants change things now and then.

Both are decided by seed, order and step alone, so a run can be repeated; `speed` only makes time pass faster.
"""

import asyncio
import datetime as dt
import hashlib
from contextlib import suppress
from decimal import Decimal
from random import Random

import asyncpg
from msgspec import Struct

from erp_peer.clock import Clock
from erp_peer.commands.dispatch import audit_touched
from erp_peer.commands.outcomes import RefusedError
from erp_peer.staff.edits import apply
from erp_peer.staff.inventing import invent
from erp_peer.staff.moving import WHOLE, advance
from erp_peer.staff.service import decide, find_due, handle_claim
from erp_peer.staff.sheets import UnknownTargetError
from erp_peer.store.db import many
from erp_peer.store.writing import writing

_LOOK_EVERY_S = 0.5
_AT_ONCE = 20
# Usual wait before a step, at speed 1: picking 20 minutes, shipping 3 hours, closing 2 days.
_WAITS = {"КОбеспечению": 20 * 60, "КОтгрузке": 3 * 3600, "shipped": 2 * 86_400}
_JUST = 0.7  # of the claims
_PARTIAL_IN = 6  # one shipment in six takes only a part


class Waiting(Struct, frozen=True):
    """A posted order that waits for its next step."""

    ref: str
    status: str
    shipped_percent: int
    moved_at: dt.datetime


def luck(seed: int, ref: str, step: str) -> float:
    """A number from 0 to 1 that is always the same for one order and step."""
    digest = hashlib.sha256(f"{seed}/{ref}/{step}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def wait_s(seed: int, order: Waiting, speed: float) -> float:
    """How long the order waits in its present state: half to one and a half of the usual time."""
    step = "shipped" if order.shipped_percent >= 100 else order.status  # noqa: PLR2004 - percent
    return _WAITS[step] * (0.5 + luck(seed, order.ref, step)) / speed


def part_of(seed: int, order: Waiting) -> Decimal:
    """How much of what waits the next shipment takes."""
    is_first = order.shipped_percent == 0
    return Decimal("0.5") if is_first and luck(seed, order.ref, "part") * _PARTIAL_IN < 1 else WHOLE


class Simulator:
    """Moves the portal's orders and lets accountants work in one infobase."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock, ib: str, seed: int, speed: float) -> None:
        self._pool = pool
        self._clock = clock
        self._ib = ib
        self._seed = seed
        self._speed = speed
        self._events = 0

    async def run(self, rate: float) -> None:
        """Go on until cancelled; `rate` is accountants' edits a second."""
        due = 0.0
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self.move_due()
                await self.serve_due()
                due += rate * _LOOK_EVERY_S
                while due >= 1:
                    due -= 1
                    await self.edit_something()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def move_due(self) -> int:
        """Advance the portal's orders whose time has come; returns how many."""
        now = self._clock.now()
        sql = (
            "SELECT o.ref, o.status, o.shipped_percent, m.moved_at FROM peer.moves m"
            " JOIN peer.orders o ON o.ib = m.ib AND o.ref = m.order_ref"
            " WHERE m.ib = $1 AND o.is_posted AND o.status <> 'Закрыт' ORDER BY m.moved_at LIMIT 500"
        )
        async with self._pool.acquire() as conn:
            waiting = await many(conn, Waiting, sql, self._ib)
        due = [o for o in waiting if (now - o.moved_at).total_seconds() >= wait_s(self._seed, o, self._speed)]
        for order in due[:_AT_ONCE]:
            # Cancelled by the buyer since the look: then there is nothing to move.
            with suppress(RefusedError):
                async with writing(self._pool, self._ib, now) as write:
                    await advance(write, order.ref, part_of(self._seed, order))
        return len(due[:_AT_ONCE])

    async def serve_due(self) -> int:
        """Look at claims and decide requests of the portal whose time has come; returns how many."""
        now = self._clock.now()
        async with self._pool.acquire() as conn:
            claims, requests = await find_due(conn, self._ib, now, self._speed, _AT_ONCE)
        for claim in claims:
            async with writing(self._pool, self._ib, now) as write:
                is_just = luck(self._seed, claim.ref, "claim") < _JUST
                await handle_claim(write, claim.ref, claim.status, is_just=is_just)
                await audit_touched(write, "staff.claim")
        for request in requests:
            async with writing(self._pool, self._ib, now) as write:
                await decide(write, request.ref)
                await audit_touched(write, "staff.request")
        return len(claims) + len(requests)

    async def edit_something(self) -> None:
        """One accountant's edit: a price moves a little, or goods arrive at a warehouse."""
        self._events += 1
        rng = Random(f"{self._seed}/{self._events}")
        async with self._pool.acquire() as conn:
            edit = await invent(conn, self._ib, rng)
        if edit is not None:
            with suppress(UnknownTargetError):
                async with writing(self._pool, self._ib, self._clock.now()) as write:
                    await apply(write, edit)
