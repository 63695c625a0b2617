"""Inviting: by mail, for one address, one organisation and one role, once, and only for a week."""

import re
from collections.abc import Sequence
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.logins import login_key
from app.access.policy import Decision, Facts, Policy, require
from app.infra import audit
from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError, Problem, RejectedError, TooManyRequestsError
from app.kernel.ids import new_id
from app.people.letters import enqueue
from app.people.links import Links
from app.people.queries import directory, invitations
from app.people.queries.invitations import NewInvitation
from app.people.rules import roles_to_give
from app.people.schemas import InvitationOrder, InvitationView
from app.people.services.directory import Directory, Organisation

LIFE_DAYS: Final = 7
MOST_AN_HOUR: Final = 200
_ADDRESS: Final = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


class Inviting(Struct, frozen=True):
    """One person inviting others in one transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy
    links: Links

    async def every(self) -> tuple[Sequence[InvitationView], int]:
        """List the newest invitations of whom the actor looks after, and count all."""
        decision = await self._decision()
        found = await invitations.read_invitations(self.transaction, decision, self.actor.locale)
        return found, await invitations.count_invitations(self.transaction, decision)

    async def one(self, invitation_id: UUID) -> InvitationView:
        """Read one.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        found = await invitations.read_invitations(
            self.transaction, await self._decision(), self.actor.locale, invitation_id=invitation_id
        )
        if not found:
            raise NotFoundError
        return found[0]

    async def invite(self, order: InvitationOrder) -> InvitationView:
        """Write an invitation and queue its letter; an older open one for the same place no longer works.

        Raises:
            RejectedError: with every reason.
            TooManyRequestsError: this person sent too many within the hour.
        """
        where = await self._organisation(order.organisation_id)
        problems = await self._problems(order, where)
        if where is None or problems:
            raise RejectedError(problems)
        require(await self._decision(), Facts(reg=where.region_id, org=where.id, author=None, branch=order.branch))
        if await invitations.count_recent(self.transaction, self.actor.user_id) >= MOST_AN_HOUR:
            raise TooManyRequestsError(3600)
        new = NewInvitation(
            id=(invitation_id := new_id()),
            token_hash=self.links.hash(self.transaction.tenant_id, "invitation", invitation_id),
            email=order.email,
            email_key=login_key(order.email),
            partner_id=where.id,
            role=order.role,
            branch=order.branch,
            regions=() if where.id else order.regions,
            locale=order.locale,
            invited_by=self.actor.user_id,
            invited_from=self.actor.membership_id,
        )
        await invitations.add(self.transaction, new, LIFE_DAYS)
        await enqueue(self.transaction, "people.invitation", new.id)
        await self._note("invitation.made", new.id, {"email": new.email, "role": new.role, "organisation": where.name})
        return await self.one(new.id)

    async def find_problems(self, order: InvitationOrder) -> list[Problem]:
        """List what speaks against an invitation; nothing is written."""
        return await self._problems(order, await self._organisation(order.organisation_id))

    async def again(self, invitation_id: UUID) -> InvitationView:
        """Send an invitation that was not accepted anew: a new link, the old one no longer works.

        Raises:
            NotFoundError: none within the actor's rights.
            RejectedError: it was accepted, or the actor may not give that role any more.
        """
        old = await self.one(invitation_id)
        if old.state == "accepted":
            raise RejectedError([Problem("already_works_here", "email")])
        regions = await invitations.read_regions_of(self.transaction, invitation_id)
        locale = "kk" if old.locale == "kk" else "en" if old.locale == "en" else "ru"
        return await self.invite(
            InvitationOrder(old.email, old.role, old.organisation_id, old.branch, tuple(regions), locale)
        )

    async def revoke(self, invitation_id: UUID) -> InvitationView:
        """Take an invitation back; its link no longer works. Twice is harmless.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        await self.one(invitation_id)
        if await invitations.revoke(self.transaction, invitation_id):
            await self._note("invitation.revoked", invitation_id, {})
        return await self.one(invitation_id)

    async def _organisation(self, wanted: UUID | None) -> Organisation | None:
        offered = await Directory(self.transaction, self.actor, self.policy).organisations()
        if wanted is None and not self.actor.is_staff:
            wanted = self.actor.partner_id
        return next((one for one in offered if one.id == wanted), None)

    async def _problems(self, order: InvitationOrder, where: Organisation | None) -> list[Problem]:
        problems = faults_of_address(order.email)
        if where is None:
            return [*problems, Problem("organisation_unknown", "organisation_id")]
        if order.role not in roles_to_give(self.actor.role, where.kind):
            problems.append(Problem("role_not_yours", "role"))
        known = {cast("UUID", row["id"]) for row in await directory.read_regions(self.transaction)}
        if not known.issuperset(order.regions):
            problems.append(Problem("region_unknown", "regions"))
        if not problems and await invitations.works_here(self.transaction, order.email, where.id):
            problems.append(Problem("already_works_here", "email"))
        return problems

    async def _decision(self) -> Decision:
        return await self.policy.decision(self.transaction, self.actor, "user", "edit")

    async def _note(self, action: str, invitation_id: UUID, detail: dict[str, object]) -> None:
        await audit.record(
            self.transaction, action, "invitation", invitation_id, actor_id=self.actor.user_id, detail=detail
        )


def faults_of_address(email: str) -> list[Problem]:
    """Say whether a letter could reach this address at all."""
    return [] if _ADDRESS.fullmatch(email) else [Problem("email_malformed", "email")]
