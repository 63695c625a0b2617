"""Setting up a second factor and taking it away; the present password is asked for each time."""

import time
from collections.abc import Sequence
from secrets import token_bytes
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access import sessions
from app.access.actors import CABINET_OF_ROLE, Actor
from app.access.factors import Factors
from app.access.passkeys import Asked, Passkeys
from app.access.services.profile import Client
from app.access.services.proving import Proving
from app.access.services.signing import spend_challenge
from app.access.sessions import NewSession
from app.access.totp import SEED_BYTES, find_step, write_secret, write_uri
from app.infra import audit
from app.infra.db.engine import Class
from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id
from app.people.letters import enqueue
from app.people.queries import factors as queries
from app.people.schemas import FactorsView, PasskeyOrder, PasskeyView, TotpStart

MOST_PASSKEYS: Final = 10


class Confirmed(Struct, frozen=True):
    """The factor is on: ten one-time codes, shown this once, and the one session that goes on."""

    codes: Sequence[str]
    session: NewSession


class FactorDesk:
    """The verbs; the context of the transaction is the person's."""

    def __init__(self, secret_key: str, proving: Proving, passkeys: Passkeys) -> None:
        """Know the installation's secret, who asks for the password again and how passkeys are asked."""
        self._passkeys = passkeys
        self._factors = Factors(secret_key)
        self._proving = proving

    async def show(self, transaction: Transaction, actor: Actor) -> FactorsView:
        """Tell what is on."""
        return await queries.read_state(transaction, actor.user_id)

    async def start(self, transaction: Transaction, actor: Actor, password: str, issuer: str) -> TotpStart:
        """Make a secret for an app; it counts only once a code of it was confirmed.

        Raises:
            RejectedError: the password is wrong, or a factor is on already.
        """
        await self._prove(transaction, actor, password)
        if not await queries.begin_totp(transaction, actor.user_id, token_bytes(SEED_BYTES)):
            raise RejectedError([Problem("totp_is_on")])
        found = await self.waiting(transaction, actor, issuer)
        if found is None:
            raise RejectedError([Problem("totp_unknown")])
        return found

    async def waiting(self, transaction: Transaction, actor: Actor, issuer: str) -> TotpStart | None:
        """Show a secret that waits for its first code; None if none does."""
        seed = await queries.read_waiting(transaction, actor.user_id)
        if seed is None:
            return None
        secret = self._factors.secret(actor.tenant_id, actor.user_id, seed)
        return TotpStart(write_secret(secret), write_uri(secret, actor.email, issuer))

    async def confirm(self, transaction: Transaction, actor: Actor, kind: Class, otp: str, client: Client) -> Confirmed:
        """Turn the factor on with its first code; every other session ends, and this one gets a new id.

        Raises:
            RejectedError: no secret waits, or the code is wrong.
        """
        seed = await queries.read_waiting(transaction, actor.user_id)
        if seed is None:
            raise RejectedError([Problem("totp_unknown", "otp")])
        secret = self._factors.secret(actor.tenant_id, actor.user_id, seed)
        plain = "".join(otp.split())
        step = find_step(secret, plain, time.time(), after=0) if plain.isascii() else None
        if step is None or not await queries.confirm_totp(transaction, actor.user_id, seed, step):
            raise RejectedError([Problem("otp_wrong", "otp")])
        codes = await self._factors.new_codes(transaction, actor.user_id)
        session = await self._end_others(transaction, actor, kind, client)
        await self._note(transaction, actor, "factor.turned_on", "factor_on")
        return Confirmed(codes, session)

    async def new_codes(self, transaction: Transaction, actor: Actor, password: str) -> Sequence[str]:
        """Make ten new one-time codes; the old ones no longer work.

        Raises:
            RejectedError: the password is wrong, or there is no factor the codes would stand in for.
        """
        await self._prove(transaction, actor, password)
        state = await self.show(transaction, actor)
        if not state.totp and not state.passkeys:
            raise RejectedError([Problem("totp_unknown")])
        codes = await self._factors.new_codes(transaction, actor.user_id)
        await audit.record(transaction, "factor.codes_made", "user", actor.user_id, actor_id=actor.user_id)
        return codes

    async def turn_off(self, transaction: Transaction, actor: Actor, password: str) -> None:
        """Take the factor away; without one nothing happens.

        Raises:
            RejectedError: the password is wrong, or the role demands a factor.
        """
        await self._prove(transaction, actor, password)
        state = await self.show(transaction, actor)
        if state.is_demanded:
            raise RejectedError([Problem("factor_kept")])
        await queries.drop(transaction, actor.user_id)
        if state.totp or state.passkeys:
            await self._note(transaction, actor, "factor.turned_off", "factor_off")

    async def passkeys(self, transaction: Transaction, actor: Actor) -> Sequence[PasskeyView]:
        """List the person's passkeys, the oldest first."""
        return await queries.read_passkeys(transaction, actor.user_id)

    async def ask_passkey(self, transaction: Transaction, actor: Actor, issuer: str) -> Asked:
        """Ask the browser to make a key; one that is there already is not made twice."""
        known = await queries.read_credentials(transaction, actor.user_id)
        return self._passkeys.ask_new(actor.tenant_id, actor.user_id, actor.email, actor.name, issuer, known)

    async def add_passkey(
        self, transaction: Transaction, actor: Actor, kind: Class, order: PasskeyOrder, client: Client
    ) -> Confirmed:
        """Keep a key the browser made; other sessions end, and whoever has no one-time codes gets ten.

        Raises:
            RejectedError: the password is wrong, there are too many keys, or this is no answer to what was asked.
        """
        await self._prove(transaction, actor, order.password)
        if len(await self.passkeys(transaction, actor)) >= MOST_PASSKEYS:
            raise RejectedError([Problem("too_many_passkeys", "label", {"max": str(MOST_PASSKEYS)})])
        challenge = self._passkeys.read(order.ticket, "new", f"{actor.tenant_id}/{actor.user_id}")
        made = None if challenge is None else self._passkeys.check_new(challenge, order.credential)
        if challenge is None or made is None or not await spend_challenge(transaction, challenge):
            raise RejectedError([Problem("passkey_unfit", "label")])
        if not await queries.add_passkey(transaction, new_id(), actor.user_id, made, order.label):
            raise RejectedError([Problem("passkey_unfit", "label")])
        left = (await self.show(transaction, actor)).recovery_codes_left
        codes: Sequence[str] = () if left else await self._factors.new_codes(transaction, actor.user_id)
        session = await self._end_others(transaction, actor, kind, client)
        await self._note(transaction, actor, "factor.passkey_added", "factor_on")
        return Confirmed(codes, session)

    async def remove_passkey(self, transaction: Transaction, actor: Actor, passkey_id: UUID, password: str) -> None:
        """Forget a key; it opens nothing from now on.

        Raises:
            NotFoundError: the person has no such key.
            RejectedError: the password is wrong, or it is the last factor and the role demands one.
        """
        state = await self.show(transaction, actor)
        if passkey_id not in {one.id for one in state.passkeys}:
            raise NotFoundError
        await self._prove(transaction, actor, password)
        if state.is_demanded and not state.totp and len(state.passkeys) == 1:
            raise RejectedError([Problem("factor_kept")])
        await queries.remove_passkey(transaction, actor.user_id, passkey_id)
        await self._note(transaction, actor, "factor.passkey_removed", "factor_off")

    async def _prove(self, transaction: Transaction, actor: Actor, password: str) -> None:
        if await self._proving.prove(transaction, actor, password) is None:
            raise RejectedError([Problem("wrong_password", "password")])

    async def _end_others(self, transaction: Transaction, actor: Actor, kind: Class, client: Client) -> NewSession:
        epoch, until = await queries.end_sessions(transaction, actor.user_id)
        return await sessions.create(
            transaction,
            user_id=actor.user_id,
            membership_id=actor.membership_id,
            epoch=epoch,
            kind=kind,
            agent=client.agent,
            address=client.address,
            expires_at=until,
        )

    async def _note(self, transaction: Transaction, actor: Actor, action: str, what: str) -> None:
        await audit.record(transaction, action, "user", actor.user_id, actor_id=actor.user_id)
        await enqueue(transaction, "people.change", actor.user_id, what)


async def set_factor_roles(transaction: Transaction, actor: Actor, roles: Sequence[str]) -> Sequence[str]:
    """Demand a second factor of exactly these roles, from the next request on.

    Raises:
        RejectedError: one of them is no role.
    """
    wanted = sorted(set(roles))
    if not set(wanted) <= set(CABINET_OF_ROLE):
        raise RejectedError([Problem("role_unknown", "roles")])
    before = await queries.read_roles(transaction)
    await queries.write_roles(transaction, wanted)
    await audit.record(
        transaction,
        "factor.demanded",
        "tenant",
        None,
        actor_id=actor.user_id,
        before={"roles": list(before)},
        after={"roles": wanted},
    )
    return wanted
