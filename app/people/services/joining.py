"""Following an invitation, before there is an actor; so it opens its own transactions.

A token says nothing to whoever does not know the address it was sent to, nothing in another tenant, and nothing twice.
"""

from hashlib import sha256
from typing import Final
from uuid import UUID

from limits import RateLimitItemPerMinute
from msgspec import Struct

from app.access.logins import login_key
from app.access.passwords import Hashing, find_password_problems
from app.access.policy import Facts, Policy
from app.access.services import people
from app.infra import audit
from app.infra.db.engine import Engines
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Transaction, open_tenant_transaction, open_transaction
from app.infra.http.limits import RateLimiter, address_block
from app.kernel.errors import Problem, RejectedError
from app.kernel.ids import new_id
from app.people.links import Link, read_link
from app.people.queries import invitations
from app.people.queries.invitations import Called
from app.people.queries.logins import Account, find_account
from app.people.rules import roles_to_give
from app.people.schemas import Acceptance

PER_TOKEN: Final = RateLimitItemPerMinute(10, 10, namespace="link-token")
PER_BLOCK: Final = RateLimitItemPerMinute(60, 10, namespace="link-block")


class Joined(Struct, frozen=True):
    """Somebody came in; ``had_account``: their name and password stayed as they were."""

    user_id: UUID
    had_account: bool


class Joining:
    """The verbs."""

    def __init__(self, engines: Engines, policy: Policy, hashing: Hashing, limiter: RateLimiter) -> None:
        """Know the pools, the policy, the hashing threads and the counters."""
        self._engines = engines
        self._policy = policy
        self._hashing = hashing
        self._limiter = limiter

    async def join(self, wish: Acceptance, address: str, tenant_id: int | None = None) -> Joined:
        """Make an account and a place of an invitation; somebody who has an account proves it by its password.

        ``tenant_id`` is the tenant of the page the link was opened on: a link of another one opens nothing there.

        Raises:
            RejectedError: the link is not for this address or works no more, or the password will not do.
            TooManyRequestsError: too many tries.
        """
        link = await self._counted(wish.token, address)
        called = await self._called(link, tenant_id, wish.email)
        known = await self._account(called.email_key)
        if known is not None and known.tenant_id != link.tenant_id:
            # Said to whoever reads the mail of this address, never to the inviter.
            raise RejectedError([Problem("address_taken", "email")])
        if known is not None:
            return await self._add_place(link, called, known, wish)
        problems = find_password_problems(wish.password, email=wish.email, name=wish.name, field="password")
        if problems:
            raise RejectedError(problems)
        password_hash = await self._hashing.hash(wish.password)
        user_id = new_id()
        async with open_tenant_transaction(self._engines.staff, link.tenant_id, grounds=Grounds()) as transaction:
            await self._spend(transaction, link, user_id)
            is_free = await invitations.add_person(
                transaction, user_id, called, name=wish.name, password_hash=password_hash, locale=wish.locale
            )
            if not is_free:
                raise RejectedError([Problem("address_taken", "email")])
            await invitations.add_place(transaction, new_id(), user_id, called)
            await audit.record(transaction, "invitation.accepted", "invitation", called.id, actor_id=user_id)
        return Joined(user_id, had_account=False)

    async def _add_place(self, link: Link, called: Called, known: Account, wish: Acceptance) -> Joined:
        fits = await self._hashing.verify(known.password_hash, wish.password)
        if not fits or known.is_disabled:
            raise RejectedError([Problem("wrong_password", "password")])
        async with open_tenant_transaction(self._engines.staff, link.tenant_id, grounds=Grounds()) as transaction:
            await self._spend(transaction, link, known.user_id)
            await invitations.add_place(transaction, new_id(), known.user_id, called)
            await audit.record(transaction, "invitation.accepted", "invitation", called.id, actor_id=known.user_id)
        return Joined(known.user_id, had_account=True)

    async def _counted(self, token: str, address: str) -> Link:
        await self._limiter.hit(PER_BLOCK, address_block(address))
        await self._limiter.hit(PER_TOKEN, sha256(token.encode()).hexdigest()[:32])
        link = read_link(token)
        if link is None:
            raise RejectedError([Problem("link_unknown")])
        return link

    async def _called(self, link: Link, tenant_id: int | None, email: str) -> Called:
        called = None
        if tenant_id in {None, link.tenant_id}:
            async with open_tenant_transaction(
                self._engines.staff, link.tenant_id, read_only=True, grounds=Grounds()
            ) as transaction:
                called = await self._find(transaction, link)
        if called is None or called.email_key != login_key(email):
            raise RejectedError([Problem("link_unknown")])
        return called

    async def _find(self, transaction: Transaction, link: Link) -> Called | None:
        """Find what a link opens, as long as its inviter could still give it."""
        called = await invitations.find_called(transaction, link.secret_hash)
        inviter = None if called is None else await people.member(transaction, called.invited_from)
        if called is None or inviter is None or called.role not in roles_to_give(inviter.role, called.kind):
            return None
        decision = await self._policy.decision(transaction, inviter, "user", "edit")
        place = Facts(reg=called.region_id, org=called.partner_id, author=None, branch=called.branch)
        return called if decision.check(place) else None

    async def _spend(self, transaction: Transaction, link: Link, user_id: UUID) -> None:
        """Use a link up before anything else is written: whoever comes second waits here and then finds it used."""
        called = await self._find(transaction, link)
        if called is None or not await invitations.spend(transaction, called.id, user_id):
            raise RejectedError([Problem("link_unknown")])

    async def _account(self, email_key: str) -> Account | None:
        async with open_transaction(self._engines.client, read_only=True, grounds=Grounds()) as blank:
            return await find_account(blank, email_key)
