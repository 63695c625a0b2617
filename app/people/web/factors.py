"""Pages of the second factor: one's own, and the roles that may not work without one."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import CABINET_OF_ROLE, Actor
from app.access.cookies import SessionCookies
from app.access.edge import client_of, kind_of
from app.access.profile_web import CameBack
from app.access.tenants import Tenants
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.kernel.errors import InvalidInputError
from app.people.queries.factors import read_roles
from app.people.schemas import FactorRolesOrder, OtpProof, PasskeyOrder, PasswordProof
from app.people.services.factors import FactorDesk, set_factor_roles
from app.people.web.forms import came_back, done
from app.people.web.labels import role_choices
from app.people.web.pictures import draw_code

MINE: Final = "/profile/second-factor"
ROLES: Final = "/users/second-factor"


class FactorPages(Controller):
    """One's own second factor."""

    path = MINE
    opt = {"permission": "profile:edit", "personal": True, "by_session": True}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def show(
        self, actor: Actor, transaction: Transaction, factor_desk: FactorDesk, tenants: Tenants, page: Page
    ) -> PageResponse:
        """Show what is on, and the secret that waits for its first code."""
        return await _factor_page(actor, transaction, factor_desk, tenants, page)

    @post(status_code=200)
    async def start(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        tenants: Tenants,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Make a secret for an app."""
        form = await read_form(request, PasswordProof)
        try:
            issuer = await issuer_of(tenants, actor)
            await factor_desk.start(transaction, actor, form.result().password, issuer)
        except InvalidInputError as error:
            wrong = came_back({}, error, wording, page.locale)
            return await _factor_page(actor, transaction, factor_desk, tenants, page, wrong)
        return page.redirect(MINE)

    @post("/confirm", status_code=200)
    async def confirm(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        tenants: Tenants,
        jar: SessionCookies,
        page: Page,
        wording: Wording,
    ) -> PageResponse:
        """Turn it on with the first code; shows the one-time codes, this once."""
        form = await read_form(request, OtpProof)
        try:
            done_now = await factor_desk.confirm(
                transaction, actor, kind_of(request), form.result().otp, client_of(request)
            )
        except InvalidInputError as error:
            wrong = came_back({}, error, wording, page.locale)
            return await _factor_page(actor, transaction, factor_desk, tenants, page, wrong)
        answer = await _factor_page(actor, transaction, factor_desk, tenants, page, codes=done_now.codes)
        answer.set_cookie(jar.write(done_now.session.credential))
        return answer

    @post("/codes", status_code=200)
    async def codes(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        tenants: Tenants,
        page: Page,
        wording: Wording,
    ) -> PageResponse:
        """Make new one-time codes; shows them this once."""
        form = await read_form(request, PasswordProof)
        try:
            codes = await factor_desk.new_codes(transaction, actor, form.result().password)
        except InvalidInputError as error:
            wrong = came_back({}, error, wording, page.locale)
            return await _factor_page(actor, transaction, factor_desk, tenants, page, wrong)
        return await _factor_page(actor, transaction, factor_desk, tenants, page, codes=codes)

    @post("/off", status_code=200)
    async def turn_off(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        tenants: Tenants,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Take the factor away."""
        form = await read_form(request, PasswordProof)
        try:
            await factor_desk.turn_off(transaction, actor, form.result().password)
        except InvalidInputError as error:
            wrong = came_back({}, error, wording, page.locale)
            return await _factor_page(actor, transaction, factor_desk, tenants, page, wrong)
        return page.redirect(MINE, flash=done(page, "factor_off"))

    @post("/passkeys", status_code=200)
    async def add_passkey(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        tenants: Tenants,
        jar: SessionCookies,
        page: Page,
        wording: Wording,
    ) -> PageResponse:
        """Keep a passkey the browser made."""
        form = await read_form(request, PasskeyOrder)
        try:
            added = await factor_desk.add_passkey(
                transaction, actor, kind_of(request), form.result(), client_of(request)
            )
        except InvalidInputError as error:
            wrong = came_back({"label": form.raw.get("label", "")}, error, wording, page.locale)
            return await _factor_page(actor, transaction, factor_desk, tenants, page, wrong)
        answer = await _factor_page(actor, transaction, factor_desk, tenants, page, codes=added.codes)
        answer.set_cookie(jar.write(added.session.credential))
        return answer

    @post("/passkeys/{passkey_id:uuid}/remove", status_code=200)
    async def remove_passkey(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        passkey_id: UUID,
        actor: Actor,
        transaction: Transaction,
        factor_desk: FactorDesk,
        tenants: Tenants,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Forget a passkey."""
        form = await read_form(request, PasswordProof)
        try:
            await factor_desk.remove_passkey(transaction, actor, passkey_id, form.result().password)
        except InvalidInputError as error:
            wrong = came_back({}, error, wording, page.locale)
            return await _factor_page(actor, transaction, factor_desk, tenants, page, wrong)
        return page.redirect(MINE, flash=done(page, "passkey_removed"))


class FactorRolesPages(Controller):
    """Of whom a second factor is demanded."""

    path = ROLES
    opt = {"permission": "tenant:admin"}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def show(self, transaction: Transaction, page: Page) -> PageResponse:
        """Show the roles."""
        return await _roles_page(transaction, page)

    @post(status_code=200)
    async def change(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Demand it of exactly these roles."""
        form = await read_form(request, FactorRolesOrder)
        try:
            await set_factor_roles(transaction, actor, form.result().roles)
        except InvalidInputError as error:
            return await _roles_page(transaction, page, came_back(form.raw, error, wording, page.locale))
        return page.redirect(ROLES, flash=done(page, "roles"))


async def issuer_of(tenants: Tenants, actor: Actor) -> str:
    """Name the portal as the app shows it."""
    tenant = await tenants.by_id(actor.tenant_id)
    return tenant.names[actor.locale] if tenant else "Karavan"


async def _factor_page(
    actor: Actor,
    transaction: Transaction,
    factor_desk: FactorDesk,
    tenants: Tenants,
    page: Page,
    wrong: CameBack | None = None,
    *,
    codes: Sequence[str] = (),
) -> PageResponse:
    wrong = wrong or CameBack()
    state = await factor_desk.show(transaction, actor)
    issuer = await issuer_of(tenants, actor)
    waiting = None if state.totp else await factor_desk.waiting(transaction, actor, issuer)
    return page.render(
        "people/factor.html",
        status_code=wrong.status,
        headers=None,
        state=state,
        waiting=waiting,
        picture=draw_code(waiting.uri) if waiting else "",
        passkey=await factor_desk.ask_passkey(transaction, actor, issuer),
        label=wrong.raw.get("label", ""),
        codes=codes,
        **wrong.context,
    )


async def _roles_page(transaction: Transaction, page: Page, wrong: CameBack | None = None) -> PageResponse:
    wrong = wrong or CameBack()
    return page.render(
        "people/factor_roles.html",
        status_code=wrong.status,
        headers=None,
        chosen=set(await read_roles(transaction)),
        role_choices=role_choices(page.locale, list(CABINET_OF_ROLE)),
        **wrong.context,
    )
