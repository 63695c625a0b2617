"""Signing in and out, and changing the place one works in. Each makes a new session id (F1)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final, cast
from uuid import UUID

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from msgspec import Struct

from app.access import sessions
from app.access.actors import Actor
from app.access.entrance import Entered, Entrance
from app.access.factors import HAS_FACTOR, Factors
from app.access.logins import login_key
from app.access.passkeys import Answerer, Challenge, Passkeys, read_answerer
from app.access.passwords import Hashing, is_outdated
from app.access.sessions import BEGIN_REQUEST, Credential, NewSession, read_credential
from app.access.tickets import Tickets
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
# Codes have six digits: whoever knows the password still guesses for centuries.
CODES: Final = RateLimitItemPerHour(10, namespace="sign-in-code")
_PLACES: Final = (
    "SELECT id, partner_id, role FROM memberships"
    " WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL ORDER BY id"
)
# Of a colleague who is away today; the session lives only as long as that (begin_request looks each time).
_ABSENT: Final = """
    SELECT m.id, m.partner_id, m.role, m.user_id, d.id AS delegation_id
    FROM delegations d JOIN memberships m ON m.tenant_id = $1 AND m.id = d.membership_id
    WHERE d.tenant_id = $1 AND d.deputy_id = $2 AND m.id = $3 AND stands_in($1, d.id, $2, m.id)
    ORDER BY d.id LIMIT 1
"""
_KEY: Final = """
    SELECT /*within person $2*/ k.id, k.public_key, k.sign_count, u.email
    FROM passkeys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
    WHERE k.tenant_id = $1 AND k.user_id = $2 AND k.credential_id = $3 FOR UPDATE OF k
"""
_NOBODY: Final = UUID(int=0)
_OWN: Final = "SELECT set_config('app.user', $1, true)"


class Origin(Struct, frozen=True):
    """Where a sign-in comes from, for the list of sessions and the limits."""

    address: str
    agent: str
    old: Credential | None  # what the browser carried before; it ends now


class FactorNeededError(NotSignedInError):
    """The password is right, and a code must prove the rest; ``ticket`` lets the code come by itself."""

    code = "otp_required"

    def __init__(self, ticket: str) -> None:
        """Carry the ticket."""
        super().__init__()
        self.ticket = ticket


class _Known(Struct, frozen=True):
    """What is known of a login before its password was checked."""

    tenant_id: int
    user_id: UUID
    password_hash: str
    epoch: int
    is_disabled: bool
    has_factor: bool
    places: Sequence[Row]


class Signing:
    """The verbs; works before there is an actor, so it opens its own transactions."""

    def __init__(
        self,
        engines: Engines,
        hashing: Hashing,
        limiter: RateLimiter,
        entrance: Entrance,
        secret_key: str,
        public_url: str,
    ) -> None:
        """Know the pools, the hashing threads, the counters, the way in, the installation's secret and address."""
        self.passkeys = Passkeys(secret_key, public_url)
        self._factors = Factors(secret_key)
        self._tickets = Tickets(secret_key)
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

    async def sign_in(self, login: str, password: str, origin: Origin, otp: str = "") -> NewSession:
        """Check the password, and the code where there is a second factor; open a session in the first place.

        An unknown login, a wrong password and a disabled account give the same answer after the same work.
        The edge has counted the attempt by its address already; here it is counted by account.

        Raises:
            FactorNeededError: the password is right and the account asks for a code as well.
            NotSignedInError: the credentials are not right, or belong to no organisation.
            TooManyRequestsError: too many failed attempts, or the hashing queue is full.
        """
        account = _account(login)
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
        if known.has_factor and otp:
            await self._take_code(known, account, otp)
        for limit, key in ((PER_ACCOUNT, account), *_of_address(origin.address)):
            await self._limiter.give_back(limit, key)
        if known.has_factor and not otp:
            raise FactorNeededError(self._tickets.write(login_key(login), known.epoch))
        new_hash = await self._hashing.hash(password) if is_outdated(known.password_hash) else None
        return await self._let_in(known, origin, new_hash)

    async def go_on(self, ticket: str, otp: str, origin: Origin) -> NewSession:
        """Take the code of somebody whose password was right a moment ago, and open a session.

        Raises:
            NotSignedInError: the ticket is over or nobody's, the account changed meanwhile, or the code is wrong.
            TooManyRequestsError: too many codes were tried.
        """
        said = self._tickets.read(ticket)
        known = None if said is None else await self._find(said.login)
        if said is None or known is None or known.is_disabled or known.epoch != said.epoch:
            SIGN_INS.labels("refused").inc()
            raise NotSignedInError("sign_in_anew")
        await self._take_code(known, _account(said.login), otp)
        for limit, key in _of_address(origin.address):
            await self._limiter.give_back(limit, key)
        return await self._let_in(known, origin, None)

    async def sign_in_by_key(self, ticket: str, credential: str, origin: Origin) -> NewSession:
        """Let somebody in by a passkey: its device was unlocked for this challenge of ours, which is taken once.

        Raises:
            NotSignedInError: the answer is no such thing, or the account is shut or belongs to no organisation.
        """
        challenge, whose = self.passkeys.read(ticket, "sign-in"), read_answerer(credential)
        email = "" if challenge is None or whose is None else await self._take_key(challenge, whose, credential)
        known = await self._find(email) if email else None
        if whose is None or known is None or known.is_disabled or known.user_id != whose.user_id:
            SIGN_INS.labels("refused").inc()
            raise NotSignedInError("passkey_refused")
        for limit, key in _of_address(origin.address):
            await self._limiter.give_back(limit, key)
        return await self._let_in(known, origin, None)

    async def change_place(self, actor: Actor, membership_id: UUID, origin: Origin) -> NewSession:
        """Work in another membership: a new session with the old one's end of life, the old one ends.

        It is one's own, or that of a colleague who is away today and whom one stands in for.

        Raises:
            NotFoundError: the person has no such place.
            NotSignedInError: the session ended meanwhile.
        """
        if origin.old is None or origin.old.is_bearer:
            raise NotAllowedError
        person = actor.person_id
        # Both classes of session are visible to staff; a client may move to a staff place and back.
        async with open_tenant_transaction(
            self._engines.staff, actor.tenant_id, user_id=person, grounds=Grounds()
        ) as own:
            place, absent = await _place_of(own, person, membership_id)
            held = await own.driver.fetchrow(
                "DELETE /*within person $3*/ FROM sessions WHERE tenant_id = $1 AND id_hash = $2 AND user_id = $3"
                " RETURNING epoch, expires_at",
                *(actor.tenant_id, origin.old.secret_hash, person),
            )
            if held is None:
                raise NotSignedInError
            session = await sessions.create(
                own,
                user_id=person,
                membership_id=membership_id,
                epoch=cast("int", held["epoch"]),
                kind=_class_of(place),
                agent=origin.agent,
                address=origin.address,
                expires_at=cast("datetime", held["expires_at"]),
                delegation_id=None if absent is None else cast("UUID", absent["delegation_id"]),
            )
            await audit.record(
                own,
                "session.switched",
                "membership",
                membership_id,
                actor_id=person,
                on_behalf_id=None if absent is None else cast("UUID", absent["user_id"]),
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

    async def _take_code(self, known: _Known, account: str, otp: str) -> None:
        await self._limiter.hit(CODES, account)
        async with open_tenant_transaction(
            self._engines.staff, known.tenant_id, user_id=known.user_id, grounds=Grounds()
        ) as own:
            is_right = await self._factors.spend(own, known.user_id, otp)
        if not is_right:
            SIGN_INS.labels("refused").inc()
            raise NotSignedInError("otp_wrong")
        await self._limiter.give_back(CODES, account)

    async def _take_key(self, challenge: Challenge, whose: Answerer, credential: str) -> str:
        """Check the answer of a key and take the challenge; gives the owner's address, nothing if either fails."""
        async with open_tenant_transaction(
            self._engines.staff, whose.tenant_id, user_id=whose.user_id, grounds=Grounds()
        ) as own:
            row = await own.driver.fetchrow(_KEY, whose.tenant_id, whose.user_id, whose.credential_id)
            count = None if row is None else self.passkeys.check(
                challenge, credential, cast("bytes", row["public_key"]), cast("int", row["sign_count"])
            )  # fmt: skip
            if row is None or count is None or not await spend_challenge(own, challenge):
                return ""
            await own.driver.execute(
                "UPDATE /*within person $2*/ passkeys SET sign_count = $4, used_at = now()"
                " WHERE tenant_id = $1 AND user_id = $2 AND id = $3",
                *(whose.tenant_id, whose.user_id, row["id"], count),
            )
        return str(row["email"])

    async def _let_in(self, known: _Known, origin: Origin, new_hash: str | None) -> NewSession:
        if not known.places:
            raise NotSignedInError("no_membership")
        session = await self._open(known, known.places[0], origin, new_hash)
        SIGN_INS.labels("done").inc()
        return session

    async def _find(self, login: str) -> _Known | None:
        """Look a login up; an unknown one costs the same statements."""
        async with open_transaction(self._engines.client, read_only=True, grounds=Grounds()) as blank:
            row = await blank.driver.fetchrow("SELECT * FROM find_login($1)", login_key(login))
            tenant_id = 0 if row is None else cast("int", row["tenant_id"])
            user_id = _NOBODY if row is None else cast("UUID", row["user_id"])
            await blank.driver.execute(_OWN, str(user_id))
            blank.admit("person", user_id)
            places = await blank.driver.fetch(_PLACES, tenant_id, user_id)
            has_factor = await blank.driver.fetchval(HAS_FACTOR, tenant_id, user_id)
        if row is None:
            return None
        return _Known(
            tenant_id=tenant_id,
            user_id=user_id,
            password_hash=cast("str", row["password_hash"]),
            epoch=cast("int", row["epoch"]),
            is_disabled=cast("bool", row["disabled"]),
            has_factor=has_factor is True,
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


async def spend_challenge(own: Transaction, challenge: Challenge) -> bool:
    """Take a challenge; False for whoever brings it a second time."""
    done = await own.driver.execute(
        "INSERT INTO spent_challenges (tenant_id, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        own.tenant_id,
        challenge.hash,
    )
    return not done.endswith(" 0")


def _account(login: str) -> str:
    return sha256(login_key(login).encode()).hexdigest()[:32]


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


async def _place_of(own: Transaction, person: UUID, membership_id: UUID) -> tuple[Row, Row | None]:
    """Find a place one may work in, and the absence behind it if it is a colleague's."""
    rows = await own.driver.fetch(_PLACES, own.tenant_id, person)
    mine = next((row for row in rows if row["id"] == membership_id), None)
    if mine is not None:
        return mine, None
    absent = await own.driver.fetchrow(_ABSENT, own.tenant_id, person, membership_id)
    if absent is None:
        raise NotFoundError
    return absent, absent


def _class_of(place: Row) -> Class:
    return "staff" if place["partner_id"] is None else "client"
