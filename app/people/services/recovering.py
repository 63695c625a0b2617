"""A forgotten password: the same answer in the same time whoever asks, a link once, and every session ends."""

import asyncio
from hashlib import sha256
from typing import Final, cast
from uuid import UUID

from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from app.access.logins import login_key
from app.access.passwords import Hashing, find_password_problems
from app.infra import audit
from app.infra.db.engine import Engines
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Row, open_tenant_transaction, open_transaction
from app.infra.http.limits import RateLimiter, address_block
from app.kernel.errors import Problem, RejectedError, TooManyRequestsError
from app.kernel.ids import new_id
from app.people.letters import enqueue
from app.people.links import Link, Links, read_link
from app.people.queries import resets
from app.people.queries.logins import find_account
from app.people.schemas import ResetUse

LETTERS_AN_HOUR: Final = RateLimitItemPerHour(3, namespace="reset-account")
ASKED_FROM: Final = RateLimitItemPerMinute(20, 10, namespace="reset-block")
USED_FROM: Final = RateLimitItemPerMinute(60, 10, namespace="reset-use-block")
PER_TOKEN: Final = RateLimitItemPerMinute(10, 10, namespace="reset-token")
LIFE_MINUTES: Final = 30
# Longer than the work for a known address takes; the answer for an unknown one waits as long.
LEAST_S: Final = 0.4


class Recovering:
    """The verbs; there is no actor, so they open their own transactions."""

    def __init__(self, engines: Engines, hashing: Hashing, limiter: RateLimiter, links: Links) -> None:
        """Know the pools, the hashing threads, the counters and how links are made."""
        self._engines = engines
        self._hashing = hashing
        self._limiter = limiter
        self._links = links

    async def ask(self, login: str, address: str) -> None:
        """Send a link to the owner of this address, if there is one; nobody learns whether there is.

        Raises:
            TooManyRequestsError: too many asked from this address block, whomever they asked about.
        """
        await self._limiter.hit(ASKED_FROM, address_block(address))
        # The longest of both: whatever the work takes, the answer leaves on the same stroke.
        await asyncio.gather(self._send(login), asyncio.sleep(LEAST_S))

    async def use(self, wish: ResetUse, address: str, tenant_id: int | None = None) -> None:
        """Set a new password; every session, token and other link of the person ends.

        ``tenant_id`` is the tenant of the page the link was opened on: a link of another one opens nothing there.

        Raises:
            RejectedError: the link is not for this address or works no more, or the password will not do.
            TooManyRequestsError: too many tries.
        """
        await self._limiter.hit(USED_FROM, address_block(address))
        await self._limiter.hit(PER_TOKEN, sha256(wish.token.encode()).hexdigest()[:32])
        link, user_id = read_link(wish.token), None
        if link is not None and tenant_id in {None, link.tenant_id}:
            user_id = await self._owner(wish.login, link.tenant_id)
        if link is None or user_id is None:
            raise RejectedError([Problem("link_unknown")])
        found = await self._find(link, user_id)
        problems = find_password_problems(
            wish.password, email=str(found["email"]), name=str(found["name"]), field="password"
        )
        if problems:
            raise RejectedError(problems)
        await self._write(link, user_id, cast("UUID", found["id"]), await self._hashing.hash(wish.password))

    async def _send(self, login: str) -> None:
        key = login_key(login)
        try:
            await self._limiter.hit(LETTERS_AN_HOUR, sha256(key.encode()).hexdigest()[:32])
        except TooManyRequestsError:
            return  # a mailbox is not filled by strangers, and they do not learn that it is one
        async with open_transaction(self._engines.client, read_only=True, grounds=Grounds()) as blank:
            known = await find_account(blank, key)
        if known is None or known.is_disabled:
            return
        tenant_id, user_id, reset_id = known.tenant_id, known.user_id, new_id()
        async with open_tenant_transaction(self._engines.staff, tenant_id, user_id=user_id, grounds=Grounds()) as own:
            await resets.add(own, reset_id, user_id, self._links.hash(tenant_id, "reset", reset_id), LIFE_MINUTES)
            await enqueue(own, "people.reset", reset_id)
            await audit.record(own, "password.forgotten", "user", user_id, actor_id=None)

    async def _owner(self, login: str, tenant_id: int) -> UUID | None:
        async with open_transaction(self._engines.client, read_only=True, grounds=Grounds()) as blank:
            known = await find_account(blank, login_key(login))
        return None if known is None or known.tenant_id != tenant_id else known.user_id

    async def _find(self, link: Link, user_id: UUID) -> Row:
        async with open_tenant_transaction(
            self._engines.staff, link.tenant_id, read_only=True, grounds=Grounds()
        ) as transaction:
            found = await resets.find(transaction, link.secret_hash, user_id)
        if found is None:
            raise RejectedError([Problem("link_unknown")])
        return found

    async def _write(self, link: Link, user_id: UUID, reset_id: UUID, password_hash: str) -> None:
        tenant_id = link.tenant_id
        async with open_tenant_transaction(self._engines.staff, tenant_id, user_id=user_id, grounds=Grounds()) as own:
            if not await resets.spend(own, user_id, reset_id):
                raise RejectedError([Problem("link_unknown")])
            await resets.set_password(own, user_id, password_hash)
            await audit.record(own, "password.reset", "user", user_id, actor_id=user_id)
            await enqueue(own, "people.change", user_id, "password")
