"""Who works on rights, and over whose: the manufacturer's people over all, a client's head over the client's own."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.decisions import Decision
from app.access.policy import Facts, Policy, require
from app.infra.db.transaction import Transaction
from app.kernel.errors import ChangedMeanwhileError, NotFoundError, RejectedError
from app.kernel.errors import Problem as Fault
from app.rights.queries.drafts import Draft, read_draft


class Desk(Struct, frozen=True):
    """One request's place of work; ``now`` is aware UTC."""

    transaction: Transaction
    policy: Policy
    actor: Actor
    now: datetime

    @property
    def partner_id(self) -> UUID | None:
        """The client whose own rules are worked on; None for the tenant's."""
        return self.actor.partner_id

    async def decision(self, action: str) -> Decision:
        """Ask the policy what the actor may do with rights."""
        return await self.policy.decision(self.transaction, self.actor, "access", action)

    async def require(self, action: str) -> None:
        """Insist on a right over everything this desk is about.

        Raises:
            NotAllowedError: the actor has it for less, or not at all.
        """
        require(await self.decision(action), Facts(org=self.partner_id))

    async def may(self, action: str) -> bool:
        """Whether the actor has a right over everything this desk is about."""
        return (await self.decision(action)).check(Facts(org=self.partner_id))

    async def read(self, draft_id: UUID) -> Draft:
        """Read a draft the actor may see.

        Raises:
            NotFoundError: there is none, or it is not theirs to see.
        """
        return await self._find(draft_id, lock=False)

    async def lock(self, draft_id: UUID, version: int, action: str = "edit") -> Draft:
        """Hold a draft that somebody means to change, and insist that it is as they saw it.

        Raises:
            NotFoundError: there is none, or it is not theirs to see.
            NotAllowedError: they may see it but not do this.
            ChangedMeanwhileError: the draft moved on.
        """
        draft = await self._find(draft_id, lock=True)
        require(await self.decision(action), Facts(org=draft.partner_id))
        if draft.version != version:
            raise ChangedMeanwhileError(draft.version)
        return draft

    async def _find(self, draft_id: UUID, *, lock: bool) -> Draft:
        visible = await self.decision("view")
        draft = await read_draft(self.transaction, draft_id, self.partner_id, lock=lock)
        if draft is None or not visible.check(Facts(org=draft.partner_id)):
            raise NotFoundError
        return draft


def refuse(code: str, field: str = "", **params: str) -> RejectedError:
    """Make the failure of a business rule."""
    return RejectedError([Fault(code, field, params)])
