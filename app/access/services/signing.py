"""Signing in and out, and changing the place one works in. Each makes a new session id (F1)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final, cast
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerMinute
from msgspec import Struct

from app.access import sessions
from app.access.actors import Actor
from app.access.entrance import Entered, Entrance
from app.access.logins import login_key
from app.access.passwords import Hashing, is_outdated
from app.access.sessions import BEGIN_REQUEST, Credential, NewSession, read_credential
from app.infra import audit
from app.infra.db.engine import Class, Engines
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Row, Transaction, open_tenant_transaction, open_transaction
from app.infra.http.limits import RateLimiter, address_block
from app.infra.http.unit import Held, Unit
from app.infra.metrics import SIGN_INS
from app.kernel.errors import NotAllowedError, NotFoundError, NotSignedInError, TooManyRequestsError

# Failed attempts only, malformed ones too; a good one gives its count back.
PER_ACCOUNT: Final = RateLimitItemPerMinute(10, 5, namespace="sign-in-account")
PER_BLOCK: Final = RateLimitItemPerMinute(100, 5, namespace="sign-in-block")
IN_ALL: Final = RateLimitItemPerMinute(1200, 1, namespace="sign-in-all")
_PLACES: Final = (
    "SELECT id, partner_id, role FROM memberships"
    " WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL ORDER BY id"
)
_NOBODY: Final = UUID(int=0)
_OWN: Final = "SELECT set_config('app.user', $1, true)"


class Origin(Struct, frozen=True):
    """Where a sign-in comes from, for the list of sessions and the limits."""

    address: str
    agent: str
    old: Credential | None  # what the browser carried before; it ends now


class _Known(Struct, frozen=True):
    """What is known of a login before its password was checked."""

    tenant_id: int
    user_id: UUID
    password_hash: str
    epoch: int
    is_disabled: bool
    places: Sequence[Row]


class Signing:
    """The verbs; works before there is an actor, so it opens its own transactions."""

    def __init__(self, engines: Engines, hashing: Hashing, limiter: RateLimiter, entrance: Entrance) -> None:
        """Know the pools, the hashing threads, the counters and the way in."""
        self._entrance = entrance
        self._engines = engines
        self._hashing = hashing
        self._limiter = limiter

    async def count_attempt(self, address: str) -> None:
        """Count an attempt to sign in by where it comes from, before anything it says is believed.

        Raises:
            TooManyRequestsError: too many came from there, or in all.
        """
        for limit, key in _of_address(address):
            try:
                await self._limiter.hit(limit, key)
            except TooManyRequestsError:
                SIGN_INS.labels("limited").inc()
                raise

    async def sign_in(self, login: str, password: str, origin: Origin) -> NewSession:
        """Check the password and open a session in the person's first place.

        An unknown login, a wrong password and a disabled account give the same answer after the same work.
        The edge has counted the attempt by its address already; here it is counted by account.

        Raises:
            NotSignedInError: the credentials are not right, or belong to no organisation.
            TooManyRequestsError: too many failed attempts, or the hashing queue is full.
        """
        account = sha256(login_key(login).encode()).hexdigest()[:32]
        try:
            await self._limiter.hit(PER_ACCOUNT, account)
            known = await self._find(login)
            fits = await self._hashing.verify(None if known is None else known.password_hash, password)
        except TooManyRequestsError:
            SIGN_INS.labels("limited").inc()
            raise
        if known is None or not fits or known.is_disabled:
            SIGN_INS.labels("refused").inc()
            raise NotSignedInError("wrong_credentials")
        for limit, key in ((PER_ACCOUNT, account), *_of_address(origin.address)):
            await self._limiter.give_back(limit, key)
        if not known.places:
            raise NotSignedInError("no_membership")
        new_hash = await self._hashing.hash(password) if is_outdated(known.password_hash) else None
        session = await self._open(known, known.places[0], origin, new_hash)
        SIGN_INS.labels("done").inc()
        return session

    async def change_place(self, actor: Actor, membership_id: UUID, origin: Origin) -> NewSession:
        """Work in another membership: a new session with the old one's end of life, the old one ends.

        Raises:
            NotFoundError: the person has no such place.
            NotSignedInError: the session ended meanwhile.
        """
        if origin.old is None or origin.old.is_bearer:
            raise NotAllowedError
        # Both classes of session are visible to staff; a client may move to a staff place and back.
        async with open_tenant_transaction(
            self._engines.staff, actor.tenant_id, user_id=actor.user_id, grounds=Grounds()
        ) as own:
            rows = await own.driver.fetch(_PLACES, actor.tenant_id, actor.user_id)
            place = next((row for row in rows if row["id"] == membership_id), None)
            if place is None:
                raise NotFoundError
            held = await own.driver.fetchrow(
                "DELETE FROM sessions WHERE tenant_id = $1 AND id_hash = $2 AND user_id = $3"
                " RETURNING epoch, expires_at",
                actor.tenant_id,
                origin.old.secret_hash,
                actor.user_id,
            )
            if held is None:
                raise NotSignedInError
            session = await sessions.create(
                own,
                user_id=actor.user_id,
                membership_id=membership_id,
                epoch=cast("int", held["epoch"]),
                kind=_class_of(place),
                agent=origin.agent,
                address=origin.address,
                expires_at=cast("datetime", held["expires_at"]),
            )
            await audit.record(
                own,
                "session.switched",
                "membership",
                membership_id,
                actor_id=actor.user_id,
                before={"role": actor.role},
                after={"role": place["role"]},
            )
        return session

    async def sign_out(self, credential: Credential) -> None:
        """End the session, if it is one; it is over before this returns."""
        unit = Unit(self._engines.of(credential.kind))
        try:
            row = await unit.begin(
                read_only=False, statement=BEGIN_REQUEST, args=credential.args, tenant_id=credential.tenant_id
            )
            if row is not None and unit.transaction is not None:
                await sessions.end(unit.transaction, credential.secret_hash)
                user_id = cast("UUID", row["user_id"])
                await audit.record(unit.transaction, "session.ended", "user", user_id, actor_id=user_id)
                await unit.commit()
        finally:
            await unit.close()

    @asynccontextmanager
    async def entered(self, session: NewSession) -> AsyncGenerator[Entered]:
        """Read as the person of a session made a moment ago.

        Raises:
            NotSignedInError: it ended already.
        """
        held = Held()
        try:
            entered = await self._entrance.enter(read_credential(session.credential, is_bearer=False), held)
            if entered is None:
                raise NotSignedInError
            yield entered
        finally:
            await held.close()

    async def _find(self, login: str) -> _Known | None:
        """Look a login up; an unknown one costs the same statements."""
        async with open_transaction(self._engines.client, read_only=True, grounds=Grounds()) as blank:
            row = await blank.driver.fetchrow("SELECT * FROM find_login($1)", login_key(login))
            tenant_id = 0 if row is None else cast("int", row["tenant_id"])
            user_id = _NOBODY if row is None else cast("UUID", row["user_id"])
            await blank.driver.execute(_OWN, str(user_id))
            places = await blank.driver.fetch(_PLACES, tenant_id, user_id)
        if row is None:
            return None
        return _Known(
            tenant_id=tenant_id,
            user_id=user_id,
            password_hash=cast("str", row["password_hash"]),
            epoch=cast("int", row["epoch"]),
            is_disabled=cast("bool", row["disabled"]),
            places=places,
        )

    async def _open(self, known: _Known, place: Row, origin: Origin, new_hash: str | None) -> NewSession:
        if origin.old is not None and not origin.old.is_bearer:
            await self.sign_out(origin.old)
        kind = _class_of(place)
        async with open_tenant_transaction(
            self._engines.of(kind), known.tenant_id, user_id=known.user_id, grounds=Grounds()
        ) as own:
            if new_hash is not None:
                await _store_hash(own, known, new_hash)
            session = await sessions.create(
                own,
                user_id=known.user_id,
                membership_id=cast("UUID", place["id"]),
                epoch=known.epoch,
                kind=kind,
                agent=origin.agent,
                address=origin.address,
            )
            await audit.record(own, "session.opened", "user", known.user_id, actor_id=known.user_id)
        return session


def _of_address(address: str) -> Sequence[tuple[RateLimitItem, str]]:
    return (PER_BLOCK, address_block(address)), (IN_ALL, "all")


async def _store_hash(own: Transaction, known: _Known, new_hash: str) -> None:
    await own.driver.execute(
        "UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2 AND password_hash = $4",
        known.tenant_id,
        known.user_id,
        new_hash,
        known.password_hash,
    )


def _class_of(place: Row) -> Class:
    return "staff" if place["partner_id"] is None else "client"
