"""Invitations and forgotten passwords as JSON."""

from typing import Final
from uuid import UUID

from litestar import Request, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.infra.http.visit import visit_of
from app.people.links import Links
from app.people.schemas import (
    Acceptance,
    CrowdInput,
    CrowdView,
    InvitationOrder,
    InvitationView,
    ResetRequest,
    ResetUse,
)
from app.people.services.crowd import Crowd
from app.people.services.inviting import Inviting
from app.people.services.joining import Joining
from app.people.services.recovering import Recovering

PUBLIC: Final = {"permission": "public", "anonymous": True}


class InvitationsApi(Controller):
    """Who was asked in."""

    path = "/api/v1/invitations"
    tags = ("invitations",)
    opt = {"permission": "user:edit"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, links: Links
    ) -> Collection[InvitationView]:
        """List the newest 200 invitations of whom the caller looks after."""
        found, total = await Inviting(transaction, actor, policy, links).every()
        return Collection(items=found, next=None, total=total)

    @get("/{invitation_id:uuid}")
    async def one(
        self, invitation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, links: Links
    ) -> InvitationView:
        """Tell one invitation; its token is in the letter alone."""
        return await Inviting(transaction, actor, policy, links).one(invitation_id)

    @post(status_code=201)
    async def invite(
        self, actor: Actor, transaction: Transaction, policy: Policy, links: Links, data: InvitationOrder
    ) -> InvitationView:
        """Invite somebody by mail; an older open invitation to the same place no longer works."""
        return await Inviting(transaction, actor, policy, links).invite(data)

    @post("/many", opt={"permission": "user:edit", "deadline_s": 60, "idempotent": True}, status_code=201)
    async def invite_many(
        self, actor: Actor, transaction: Transaction, policy: Policy, links: Links, data: CrowdInput
    ) -> CrowdView:
        """Invite up to 100 people, all or none; every fault is named by its place in the list."""
        crowd = Crowd(Inviting(transaction, actor, policy, links))
        if data.dry_run:
            await crowd.insist(data.invitations)
            return CrowdView([])
        return CrowdView(await crowd.invite(data.invitations))

    @post("/{invitation_id:uuid}/again", status_code=201)
    async def again(
        self, invitation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, links: Links
    ) -> InvitationView:
        """Send an invitation anew, under another link."""
        return await Inviting(transaction, actor, policy, links).again(invitation_id)

    @post("/{invitation_id:uuid}/revoke", status_code=200)
    async def revoke(
        self, invitation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, links: Links
    ) -> InvitationView:
        """Take an invitation back."""
        return await Inviting(transaction, actor, policy, links).revoke(invitation_id)

    @post("/accept", opt=PUBLIC, status_code=204)
    async def accept(self, request: Request[object, object, State], joining: Joining, data: Acceptance) -> None:
        """Follow an invitation: make the account, or, with the password of one that exists, add the place to it."""
        await joining.join(data, visit_of(request.scope).address)


class PasswordResetsApi(Controller):
    """Forgotten passwords."""

    path = "/api/v1/password-resets"
    tags = ("session",)
    opt = PUBLIC

    @post(status_code=202)
    async def ask(self, request: Request[object, object, State], recovering: Recovering, data: ResetRequest) -> None:
        """Send a link to the owner of the address, if there is one; the answer is the same if there is not."""
        await recovering.ask(data.login, visit_of(request.scope).address)

    @post("/use", status_code=204)
    async def use(self, request: Request[object, object, State], recovering: Recovering, data: ResetUse) -> None:
        """Set a new password by the link of a letter; every session and token of the person ends."""
        await recovering.use(data, visit_of(request.scope).address)
