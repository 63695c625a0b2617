"""The link by which somebody without a password chooses one: handed on by the operator, who never knows it."""

from typing import Final
from uuid import UUID

from app.infra import audit
from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id
from app.people.links import Links
from app.people.queries import resets

LINK_DAYS: Final = 7
_MINUTES_A_DAY: Final = 24 * 60


class FirstLinks:
    """Makes such links with the secret of one installation."""

    def __init__(self, links: Links) -> None:
        """Know how links are made."""
        self._links = links

    async def make(self, transaction: Transaction, user_id: UUID) -> str:
        """Make the token of a new link; older ones of the person work no more."""
        reset_id = new_id()
        await resets.end_all(transaction, user_id)
        hashed = self._links.hash(transaction.tenant_id, "reset", reset_id)
        await resets.add(transaction, reset_id, user_id, hashed, LINK_DAYS * _MINUTES_A_DAY)
        await audit.record(transaction, "password.link_made", "user", user_id, actor_id=None)
        return self._links.write(transaction.tenant_id, "reset", reset_id)
