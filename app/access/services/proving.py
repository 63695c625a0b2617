"""Proving that the person is at the keyboard: whoever has somebody's open session still has to guess the password."""

from typing import Final

from limits import RateLimitItemPerMinute

from app.access.actors import Actor
from app.access.passwords import Hashing
from app.infra.db.transaction import Transaction
from app.infra.http.limits import RateLimiter

# Wrong ones only, as at sign-in; counted apart from it, or who has the session could lock the person out.
PER_PERSON: Final = RateLimitItemPerMinute(10, 5, namespace="password-change")


class Proving:
    """Compares with the present password, for everything that asks for it again."""

    def __init__(self, hashing: Hashing, limiter: RateLimiter) -> None:
        """Know the hashing threads and the counters."""
        self._hashing = hashing
        self._limiter = limiter

    async def prove(self, transaction: Transaction, actor: Actor, password: str) -> str | None:
        """Give the stored hash of the present password if this is it, None if not.

        Raises:
            TooManyRequestsError: too many wrong ones, or the hashing queue is full.
        """
        person = f"{actor.tenant_id}/{actor.person_id}"
        await self._limiter.hit(PER_PERSON, person)
        stored = await transaction.driver.fetchval(
            "SELECT password_hash FROM users WHERE tenant_id = $1 AND id = $2", actor.tenant_id, actor.person_id
        )
        if not await self._hashing.verify(str(stored), password):
            return None
        await self._limiter.give_back(PER_PERSON, person)
        return str(stored)
