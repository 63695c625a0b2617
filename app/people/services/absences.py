"""Absences: a colleague of the same company has the absent person's rights and drafts, on those days and no others.

Nothing is granted here: whoever stands in works in the absent person's place (``begin_request`` looks each time whether
the absence is running), so the rights are those of the absent person, never more, and end by themselves. What changes
who may do what is not handed on (``policy.NOT_HANDED_ON``), and neither are the absent person's own affairs.
"""

from collections.abc import Sequence
from datetime import date
from typing import cast
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy, require
from app.infra import audit
from app.infra.db.transaction import Transaction
from app.kernel.clock import business_date, utc_now
from app.kernel.errors import NotAllowedError, NotFoundError, Problem, RejectedError
from app.kernel.ids import new_id
from app.people.letters import enqueue
from app.people.queries import absences, directory
from app.people.queries.absences import NewAbsence
from app.people.rules import find_absence_problems
from app.people.schemas import AbsenceOrder, AbsenceView


class Absences(Struct, frozen=True):
    """One person's absences, and those of whom they look after, in one transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy

    @property
    def today(self) -> date:
        """The tenant's business date."""
        return business_date(utc_now(), self.actor.zone)

    async def every(self) -> Sequence[AbsenceView]:
        """List what concerns the actor: own ones, those they stand in for, those of whom they look after."""
        return await self._read(None)

    async def one(self, absence_id: UUID) -> AbsenceView:
        """Read one.

        Raises:
            NotFoundError: none that concerns the actor.
        """
        found = await self._read(absence_id)
        if not found:
            raise NotFoundError
        return found[0]

    async def colleagues(self) -> Sequence[tuple[UUID, str]]:
        """List who may stand in for the actor."""
        return await absences.read_colleagues(self.transaction, self.actor.partner_id, self.actor.user_id)

    async def enter(self, order: AbsenceOrder) -> AbsenceView:
        """Enter an absence of the actor, or of somebody they look after; the colleague gets a letter.

        Raises:
            NotFoundError: no such place within the actor's rights.
            NotAllowedError: the actor only sees that person.
            RejectedError: with every reason.
        """
        membership_id = order.membership_id or self.actor.membership_id
        if membership_id != self.actor.membership_id:
            await self._require_editable(membership_id, NotFoundError())
        place = await absences.lock_place(self.transaction, membership_id)
        if place is None:
            raise NotFoundError
        user_id, partner_id = cast("UUID", place["user_id"]), cast("UUID | None", place["partner_id"])
        await self._check(order, membership_id, user_id, partner_id)
        new = NewAbsence(
            id=new_id(),
            user_id=user_id,
            membership_id=membership_id,
            partner_id=partner_id,
            deputy_id=order.deputy_id,
            starts_on=order.starts_on,
            ends_on=order.ends_on,
            reason=order.reason,
            created_by=self.actor.user_id,
        )
        await absences.add(self.transaction, new)
        await enqueue(self.transaction, "people.deputy", new.id)
        detail: dict[str, object] = {
            "absent": str(user_id),
            "deputy": str(new.deputy_id),
            "from": new.starts_on.isoformat(),
            "to": new.ends_on.isoformat(),
        }
        await self._note("absence.entered", new.id, detail)
        return await self.one(new.id)

    async def end(self, absence_id: UUID) -> AbsenceView:
        """End an absence now; the colleague's sessions in that place end with the commit. Twice is harmless.

        Raises:
            NotFoundError: none that concerns the actor.
            NotAllowedError: it is neither the actor's nor of somebody they look after.
        """
        absence = await self.one(absence_id)
        if absence.user_id != self.actor.user_id:
            await self._require_editable(absence.membership_id, NotAllowedError())
        if await absences.end(self.transaction, absence_id):
            await self._note("absence.ended", absence_id, {})
        return await self.one(absence_id)

    async def _check(self, order: AbsenceOrder, membership_id: UUID, user_id: UUID, partner_id: UUID | None) -> None:
        problems = find_absence_problems(
            starts_on=order.starts_on,
            ends_on=order.ends_on,
            today=self.today,
            is_same_person=order.deputy_id == user_id,
            is_self_named=order.deputy_id == self.actor.person_id,
        )
        colleagues = await absences.read_colleagues(self.transaction, partner_id, user_id)
        if order.deputy_id != user_id and order.deputy_id not in {one for one, _ in colleagues}:
            problems.append(Problem("deputy_unknown", "deputy_id"))
        if not problems and await absences.overlaps(self.transaction, membership_id, order.starts_on, order.ends_on):
            problems.append(Problem("absence_overlaps", "starts_on"))
        if problems:
            raise RejectedError(problems)

    async def _require_editable(self, membership_id: UUID, unseen: NotFoundError | NotAllowedError) -> None:
        """Insist on looking after this place; ``unseen`` is raised where the actor may not even see it."""
        viewable = await self.policy.decision(self.transaction, self.actor, "user", "view")
        editable = await self.policy.decision(self.transaction, self.actor, "user", "edit")
        place = await directory.read_place(self.transaction, viewable, membership_id, self.actor.locale)
        if place is None:
            raise unseen
        require(editable, directory.facts_of(place))

    async def _read(self, absence_id: UUID | None) -> Sequence[AbsenceView]:
        decision = await self.policy.decision(self.transaction, self.actor, "user", "view")
        return await absences.read_absences(self.transaction, self.actor, decision, self.today, absence_id)

    async def _note(self, action: str, absence_id: UUID, detail: dict[str, object]) -> None:
        await audit.record(self.transaction, action, "absence", absence_id, actor_id=self.actor.user_id, detail=detail)
