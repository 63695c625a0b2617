"""Absences as JSON."""

from uuid import UUID

from litestar import get, post
from litestar.controller import Controller

from app.access.actors import Actor
from app.access.edge import BY_SESSION
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.people.schemas import AbsenceOrder, AbsenceView
from app.people.services.absences import Absences


class DelegationsApi(Controller):
    """Who stands in for whom, and when. To stand in, work in that membership: ``POST /api/v1/me/membership``."""

    path = "/api/v1/delegations"
    tags = ("users",)
    opt = {"permission": "profile:edit", "personal": True}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(self, actor: Actor, transaction: Transaction, policy: Policy) -> Collection[AbsenceView]:
        """List the latest 200 absences that concern the caller."""
        found = await Absences(transaction, actor, policy).every()
        return Collection(items=found, next=None, total=len(found))

    @get("/{delegation_id:uuid}")
    async def one(self, delegation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> AbsenceView:
        """Tell one absence."""
        return await Absences(transaction, actor, policy).one(delegation_id)

    @post(opt=BY_SESSION, status_code=201)
    async def enter(self, actor: Actor, transaction: Transaction, policy: Policy, data: AbsenceOrder) -> AbsenceView:
        """Enter an absence of one's own place, or of a colleague one looks after."""
        return await Absences(transaction, actor, policy).enter(data)

    @post("/{delegation_id:uuid}/end", opt=BY_SESSION, status_code=200)
    async def end(self, delegation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> AbsenceView:
        """End an absence now; whoever stands in is out of that place at once."""
        return await Absences(transaction, actor, policy).end(delegation_id)
