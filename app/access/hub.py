"""The hub of one process: reads live events once and tells every open page what its person may see.

Each look runs in one read-only snapshot and first asks which sessions still stand, so nothing is ever
told on rights that have ended. Redis only says "look now" (RUNTIME 1, defect 5); without it pages hear
a quarter of a second later.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast
from uuid import UUID

import structlog
from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Actor
from app.access.looks import Looks
from app.access.policy import Policy
from app.access.seats import RIGHTS_ENDED, SESSION_ENDED, TRY_AGAIN, Seat
from app.access.services import people
from app.access.subjects import NOTIFICATION, Subjects
from app.access.terms import Facts
from app.infra import live
from app.infra.db.engine import Engines
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.live import BATCH, Event, Position, TooFarBackError
from app.infra.metrics import SOCKETS
from app.infra.waking import Crier, end_tasks

_LOOK_S: Final = 0.25
_VALIDATE_S: Final = 0.5
_PULSE_S: Final = 60.0
_GIVE_UP_S: Final = 5.0  # without a look for this long the pages are sent away to come back
_MOST_A_LOOK: Final = 4 * BATCH
_END_WITHIN_S: Final = 5.0
_log: Final = structlog.stdlib.get_logger("karavan.live")

# Which of these sessions still stand, and a mark that moves with anything that changes what they may see.
_STANDING: Final = """
    SELECT s.id_hash, concat_ws(':', m.xmin::text, u.xmin::text,
        (SELECT v.rules_v FROM access_versions v WHERE v.tenant_id = $1),
        (SELECT f.facts_v FROM facts_versions f WHERE f.tenant_id = $1 AND f.partner_id = m.partner_id),
        lacks_factor($1, u.id, m.role)) AS mark, lacks_factor($1, u.id, m.role) AS lacks_factor
    FROM sessions s
    JOIN users u ON u.tenant_id = $1 AND u.id = s.user_id AND u.epoch = s.epoch AND u.disabled_at IS NULL
    JOIN memberships m ON m.tenant_id = $1 AND m.id = s.membership_id AND m.ended_at IS NULL
        AND CASE WHEN s.delegation_id IS NULL THEN m.user_id = u.id ELSE stands_in($1, s.delegation_id, u.id, m.id) END
    WHERE s.tenant_id = $1 AND s.id_hash = ANY ($2)
      AND s.expires_at > now() AND s.seen_at > now() - interval '30 minutes'
"""
# The same of looks through another person's eyes; each hangs on a session as well.
_LOOKING: Final = """
    SELECT g.id_hash, concat_ws(':', m.xmin::text, u.xmin::text,
        (SELECT f.facts_v FROM facts_versions f WHERE f.tenant_id = $1 AND f.partner_id = m.partner_id)) AS mark
    FROM seeings g
    JOIN users u ON u.tenant_id = $1 AND u.id = g.user_id AND u.disabled_at IS NULL
    JOIN memberships m ON m.tenant_id = $1 AND m.id = g.membership_id AND m.user_id = u.id AND m.ended_at IS NULL
    WHERE g.tenant_id = $1 AND g.id_hash = ANY ($2) AND g.ended_at IS NULL AND g.ends_at > now()
"""


class _Room(Struct):
    """The seats of one tenant and how far they are."""

    seats: set[Seat]
    joining: set[Seat]
    seen: str = ""
    validated_at: float = 0.0
    pulsed_at: float = 0.0
    looked_at: float = 0.0


class Hub:
    """One per process; started and stopped with the application."""

    def __init__(self, engines: Engines, policy: Policy, subjects: Subjects, crier: Crier) -> None:
        """Open nothing yet."""
        self._engines = engines
        self._looks = Looks(engines, policy)
        self._policy = policy
        self._subjects = subjects
        self._crier = crier
        self._rooms: dict[int, _Room] = {}
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look and to listen."""
        self._tasks = [asyncio.create_task(self._look_for_ever()), asyncio.create_task(self._crier.hear(self._heard))]

    async def stop(self) -> None:
        """Send every page away and end."""
        for room in self._rooms.values():
            for seat in (*room.seats, *room.joining):
                seat.close(TRY_AGAIN)
        await end_tasks(self._tasks, _END_WITHIN_S)

    def join(self, seat: Seat) -> None:
        """Let a page in; it first gets what it missed, then what happens."""
        tenant = seat.actor.tenant_id
        room = self._rooms.setdefault(tenant, _Room(set(), set(), looked_at=time.monotonic()))
        if not room.seats and not room.joining:
            room.looked_at = time.monotonic()
        room.joining.add(seat)
        SOCKETS.inc()
        self._woken.set()

    def leave(self, seat: Seat) -> None:
        """Forget a page that went away."""
        room = self._rooms.get(seat.actor.tenant_id)
        if room is not None and (seat in room.seats or seat in room.joining):
            room.seats.discard(seat)
            room.joining.discard(seat)
            SOCKETS.dec()

    def count(self, user_id: UUID) -> int:
        """Count the open pages of a person in this process."""
        return sum(
            seat.actor.user_id == user_id for room in self._rooms.values() for seat in (*room.seats, *room.joining)
        )

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def _heard(self, word: str) -> None:
        if word == live.LIVE:
            self._woken.set()

    async def _look_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._woken.wait()
            self._woken.clear()
            for tenant_id, room in list(self._rooms.items()):
                if room.seats or room.joining:
                    await self._look_safely(tenant_id, room)

    async def _look_safely(self, tenant_id: int, room: _Room) -> None:
        try:
            await self._look(tenant_id, room)
            room.looked_at = time.monotonic()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next look tries again
            _log.warning("could not look for live events", tenant=tenant_id, exc_info=error)
            if time.monotonic() - room.looked_at > _GIVE_UP_S:
                for seat in (*room.seats, *room.joining):
                    seat.close(TRY_AGAIN)

    async def _look(self, tenant_id: int, room: _Room) -> None:
        """Read first, tell afterwards: a look that fails halfway has told nothing, so nothing is lost or doubled."""
        async with open_tenant_transaction(self._engines.staff, tenant_id, read_only=True) as transaction:
            now = await live.read_snapshot(transaction)
            events = await self._news(transaction, room, now)
            joining = list(room.joining)
            is_due = time.monotonic() - room.validated_at > _VALIDATE_S
            if events or events is None or joining or is_due:
                await self._validate(transaction, room)
            letters = [
                *await self._letters(transaction, room, events, now),
                *[await self._welcome(transaction, seat, now) for seat in joining if seat in room.joining],
            ]
        for letter in letters:
            letter.deliver(Position(now))
        room.joining -= set(joining)
        room.seats |= {letter.seat for letter in letters if not letter.seat.close_code}
        room.seen = now
        if time.monotonic() - room.pulsed_at > _PULSE_S:
            room.pulsed_at = time.monotonic()
            for seat in room.seats:
                seat.stand_at(Position(now))

    async def _news(self, transaction: Transaction, room: _Room, now: str) -> list[Event] | None:
        """Read what happened since the last look; None if it is too much to tell piece by piece."""
        found: list[Event] = []
        if not room.seats or room.seen == now:
            return found
        place = Position(room.seen)
        while True:
            batch = await live.read_between(transaction, place, now)
            found.extend(batch)
            if len(batch) < BATCH:
                return found
            if len(found) >= _MOST_A_LOOK:
                return None
            place = Position(room.seen, now, batch[-1].xid, batch[-1].id)

    async def _validate(self, transaction: Transaction, room: _Room) -> None:
        """Send away whose session or rights have ended, and learn what has changed about the others."""
        seats = [*room.seats, *room.joining]
        rows = await transaction.driver.fetch(
            _STANDING, transaction.tenant_id, list({seat.session_hash for seat in seats})
        )
        standing = {cast("bytes", row["id_hash"]): row for row in rows}
        looking = await self._looking(transaction, seats)
        changed: list[Seat] = []
        for seat in seats:
            row, look = standing.get(seat.session_hash), looking.get(seat.look_hash)
            if row is None or look is None:
                seat.close(SESSION_ENDED)
                self.leave(seat)
                continue
            mark = f"{row['mark']}{look}"
            if mark != seat.mark:
                seat.mark = mark
                seat.actor = _with_factor(seat.actor, needs_factor=row["lacks_factor"] is True)
                changed.append(seat)
        if changed:
            await self._refresh(transaction, changed)
        room.validated_at = time.monotonic()

    async def _looking(self, transaction: Transaction, seats: Sequence[Seat]) -> dict[bytes | None, str]:
        """Find the looks that still stand; whoever is themselves always does."""
        wanted = {seat.look_hash for seat in seats if seat.look_hash is not None}
        rows = await transaction.driver.fetch(_LOOKING, transaction.tenant_id, list(wanted)) if wanted else ()
        return {None: "", **{cast("bytes", row["id_hash"]): str(row["mark"]) for row in rows}}

    async def _refresh(self, transaction: Transaction, seats: Sequence[Seat]) -> None:
        there = [one for seat in seats for one in (seat.actor, seat.actor.watcher) if one is not None]
        ids = list({one.membership_id for one in there})
        now = {actor.membership_id: actor for actor in await people.members(transaction, ids)}
        for seat in seats:
            actor, watcher = now.get(seat.actor.membership_id), seat.actor.watcher
            if actor is None or (watcher is not None and watcher.membership_id not in now):
                seat.close(SESSION_ENDED)
                self.leave(seat)
                continue
            if watcher is None:
                seat.actor = _same_session(actor, seat.actor)
            else:
                seat.actor = replace(actor, watcher=_same_session(now[watcher.membership_id], watcher))
            bell = await self._policy.decision(transaction, seat.actor, NOTIFICATION, "view")
            if bell.is_empty or not await self._looks.may(transaction, seat.actor):
                seat.close(RIGHTS_ENDED)
                self.leave(seat)

    async def _facts(self, transaction: Transaction, events: Sequence[Event]) -> "_Known":
        wanted: dict[str, set[UUID]] = {}
        for event in events:
            if event.user_id is None:
                wanted.setdefault(event.object_kind, set()).add(event.object_id)
        found = await self._subjects.facts(transaction, {kind: list(ids) for kind, ids in wanted.items()})
        return dict(found)

    async def _letters(
        self, transaction: Transaction, room: _Room, events: list[Event] | None, now: str
    ) -> "list[_Letter]":
        """Find out who hears what of the news."""
        seats = list(room.seats)
        if events is None:
            return [_Letter(seat, None) for seat in seats]
        facts = await self._facts(transaction, events)
        places = [Position(room.seen, now, event.xid, event.id) for event in events[:-1]] + [Position(now)]
        told = list(zip(events, places, strict=False))
        return [_Letter(seat, await self._filtered(transaction, seat, told, facts)) for seat in seats]

    async def _welcome(self, transaction: Transaction, seat: Seat, now: str) -> "_Letter":
        """Find out what a page missed while it was away."""
        try:
            missed = [] if seat.position is None else await live.catch_up(transaction, seat.position, now)
        except TooFarBackError:
            return _Letter(seat, None)
        if seat.is_lost:
            return _Letter(seat, None)
        facts = await self._facts(transaction, [event for event, _ in missed])
        return _Letter(seat, await self._filtered(transaction, seat, missed, facts), is_welcome=True)

    async def _filtered(
        self, transaction: Transaction, seat: Seat, told: Sequence[tuple[Event, Position]], facts: "_Known"
    ) -> list[tuple[Event, Position]]:
        return [one for one in told if await self._may_hear(transaction, seat.actor, one[0], facts)]

    async def _may_hear(self, transaction: Transaction, actor: Actor, event: Event, facts: "_Known") -> bool:
        if event.user_id is not None:  # written for one person in one place
            return event.user_id == actor.user_id and event.partner_id == actor.partner_id
        if not actor.is_staff and event.partner_id != actor.partner_id:
            return False
        known = facts.get((event.object_kind, event.object_id))
        return await self._subjects.may_see(transaction, self._policy, actor, event.object_kind, known)


def _with_factor(actor: Actor, *, needs_factor: bool) -> Actor:
    """Note whether a second factor is missing: to whoever sits there, also where they look as somebody else."""
    if actor.watcher is None:
        return replace(actor, needs_factor=needs_factor)
    return replace(actor, watcher=replace(actor.watcher, needs_factor=needs_factor))


def _same_session(fresh: Actor, mine: Actor) -> Actor:
    """Keep what a session adds to the place: whether a second factor is missing, and who sits there for somebody."""
    if mine.deputy_id is None:
        return replace(fresh, needs_factor=mine.needs_factor)
    return replace(
        mine,
        role=fresh.role,
        branch=fresh.branch,
        regions=fresh.regions,
        partners=fresh.partners,
        rules_v=fresh.rules_v,
        facts_v=fresh.facts_v,
    )


class _Letter(Struct, frozen=True):
    """What one page is told after a look; without ``told`` it asks for everything anew."""

    seat: Seat
    told: Sequence[tuple[Event, Position]] | None
    is_welcome: bool = False

    def deliver(self, now: Position) -> None:
        """Queue it all; nothing here waits or fails."""
        if self.told is None:
            self.seat.resync(now)
            return
        for event, position in self.told:
            self.seat.tell(event, position)
        if self.is_welcome:
            self.seat.stand_at(now, "ready")


_Known = dict[tuple[str, UUID], Facts]
