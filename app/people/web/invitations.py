"""Pages of invitations, for whoever looks after people."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.profile_web import CameBack
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.pages.views import Choice
from app.kernel.errors import InvalidInputError, TooManyRequestsError
from app.people.links import Links
from app.people.schemas import InvitationForm, InvitationOrder
from app.people.services.directory import Directory
from app.people.services.inviting import Inviting
from app.people.web.directory import RoleCode
from app.people.web.forms import came_back, done
from app.people.web.labels import LOCALES, region_choices, region_names, role_groups, role_names

LIST: Final = "/users/invitations"


class InvitationPages(Controller):
    """Who was asked in."""

    path = LIST
    opt = {"permission": "user:edit"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, links: Links, page: Page
    ) -> PageResponse:
        """List invitations, the newest first."""
        found, total = await Inviting(transaction, actor, policy, links).every()
        return page.render(
            "people/invitations.html",
            invitations=found,
            total=total,
            roles=role_names(page.locale),
            is_staff=actor.is_staff,
        )

    @get("/new")
    async def form(
        self, actor: Actor, transaction: Transaction, policy: Policy, page: Page, role: RoleCode = ""
    ) -> PageResponse:
        """Ask whom to invite; a link may have chosen the role."""
        return await _form_page(actor, transaction, policy, page, role=role)

    @post(status_code=200)
    async def invite(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        links: Links,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Invite somebody; the letter leaves with the commit."""
        form = await read_form(request, InvitationForm)
        try:
            wish = form.result()
            await Inviting(transaction, actor, policy, links).invite(
                InvitationOrder(
                    email=wish.email,
                    role=wish.role,
                    organisation_id=wish.organisation,
                    branch=wish.branch,
                    regions=wish.regions,
                    locale=wish.locale,
                )
            )
        except (InvalidInputError, TooManyRequestsError) as error:
            wrong = came_back(form.raw, error, wording, page.locale)
            return await _form_page(actor, transaction, policy, page, wrong)
        return page.redirect(LIST, flash=done(page, "invited"))

    @post("/{invitation_id:uuid}/again", status_code=200)
    async def again(
        self,
        invitation_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        links: Links,
        page: Page,
    ) -> Response[None]:
        """Send an invitation anew; its old link no longer works."""
        await Inviting(transaction, actor, policy, links).again(invitation_id)
        return page.redirect(LIST, flash=done(page, "invited"))

    @post("/{invitation_id:uuid}/revoke", status_code=200)
    async def revoke(
        self,
        invitation_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        links: Links,
        page: Page,
    ) -> Response[None]:
        """Take an invitation back."""
        await Inviting(transaction, actor, policy, links).revoke(invitation_id)
        return page.redirect(LIST, flash=done(page, "revoked"))


async def _form_page(
    actor: Actor,
    transaction: Transaction,
    policy: Policy,
    page: Page,
    wrong: CameBack | None = None,
    *,
    role: str = "",
) -> PageResponse:
    wrong = wrong or CameBack()
    offered = await Directory(transaction, actor, policy).organisations()
    kinds = {one.kind for one in offered}
    regions = await region_names(transaction, page.locale)
    values: Mapping[str, str] = {"email": "", "role": role, "organisation": "", "branch": "", "locale": page.locale}
    return page.render(
        "people/invite.html",
        status_code=wrong.status,
        headers=None,
        values={**values, **wrong.raw},
        organisation_choices=[Choice(str(one.id or ""), one.name) for one in offered] if actor.is_staff else [],
        role_groups=role_groups(page.locale, actor.role, kinds),
        region_choices=region_choices(regions),
        locale_choices=LOCALES,
        gives_regions="" in kinds,
        **wrong.context,
    )
