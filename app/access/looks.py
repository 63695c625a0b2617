"""What holds for every request of a look through another person's eyes: the right stands, and it is written down."""

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.seeing import RIGHT, SeeingEndedError
from app.access.terms import Facts
from app.infra import audit
from app.infra.db.engine import Engines
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import Transaction, open_tenant_transaction


class Looks:
    """One per process."""

    def __init__(self, engines: Engines, policy: Policy) -> None:
        """Know where to write and whom to ask."""
        self._engines = engines
        self._policy = policy

    async def may(self, transaction: Transaction, actor: Actor) -> bool:
        """Whether whoever looks may still look as this person; always of somebody who is themselves."""
        if actor.watcher is None:
            return True
        return (await self._policy.decision(transaction, actor.watcher, *RIGHT)).check(Facts(org=actor.partner_id))

    async def check(self, transaction: Transaction, actor: Actor) -> None:
        """Insist that whoever looks may still do so.

        Raises:
            SeeingEndedError: the right has ended.
        """
        if not await self.may(transaction, actor):
            raise SeeingEndedError

    async def note(self, actor: Actor, method: str, path: str) -> None:
        """Write down what is about to be looked at, by whom and as whom; what cannot be written down is not shown."""
        if actor.watcher is None:
            return
        watcher = actor.watcher
        async with open_tenant_transaction(
            self._engines.staff, actor.tenant_id, user_id=watcher.user_id, grounds=Grounds()
        ) as own:
            await audit.record(
                own, "seeing.viewed", "user", actor.user_id, actor_id=watcher.user_id, on_behalf_id=actor.user_id,
                object_name=actor.name, partner_id=actor.partner_id, detail={"method": method, "path": path},
            )  # fmt: skip
