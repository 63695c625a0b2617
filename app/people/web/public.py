"""Public pages: following an invitation, and the way back for whoever forgot the password."""

from collections.abc import Mapping
from typing import Final

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.passwords import MIN_LENGTH
from app.access.places import recover_path, sign_in_path
from app.access.profile_web import CameBack
from app.access.public import public_view, tenant_of_page
from app.access.tenants import Tenant, Tenants
from app.infra.http.forms import Form, read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.visit import visit_of
from app.infra.http.words import Wording
from app.kernel.errors import InvalidInputError, KaravanError, Problem, RejectedError, TooManyRequestsError
from app.people.schemas import Acceptance, AcceptanceForm, ResetForm, ResetRequest, ResetUse
from app.people.services.joining import Joining
from app.people.services.recovering import Recovering
from app.people.web.forms import came_back, done
from app.people.web.labels import LOCALES

# Whoever is signed in as somebody else stays so: a link never changes whose session it is.
PUBLIC: Final = {"permission": "public", "anonymous": True}
_FAILURES: Final = (InvalidInputError, TooManyRequestsError)


class JoiningPages(Controller):
    """What a letter of invitation leads to."""

    path = "/{locale:str}/{tenant_code:str}/invitation/{token:str}"
    opt = PUBLIC

    @get()
    async def form(
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        token: str,
        tenants: Tenants,
        page: Page,
    ) -> PageResponse:
        """Ask for name and password; the page is the same for every link, good or bad."""
        _ = token
        return _join_page(page, request, await tenant_of_page(request, tenants, locale, tenant_code))

    @post(status_code=200)
    async def join(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        token: str,
        tenants: Tenants,
        joining: Joining,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Make the account and lead to the sign-in."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        form = await read_form(request, AcceptanceForm)
        try:
            wish = form.result()
            _same_twice(wish.password, wish.repeat)
            acceptance = Acceptance(token[:80], wish.email, wish.name, wish.password, wish.locale)
            joined = await joining.join(acceptance, visit_of(request.scope).address, tenant.id)
        except _FAILURES as error:
            return _join_page(page, request, tenant, _wrong(form, error, wording, locale))
        what = "joined_again" if joined.had_account else "joined"
        return page.redirect(sign_in_path(locale, tenant.code), flash=done(page, what))


class RecoveringPages(Controller):
    """A forgotten password."""

    path = "/{locale:str}/{tenant_code:str}/recover"
    opt = PUBLIC

    @get()
    async def ask_form(
        self, request: Request[object, object, State], locale: str, tenant_code: str, tenants: Tenants, page: Page
    ) -> PageResponse:
        """Ask for the address."""
        return _ask_page(page, request, await tenant_of_page(request, tenants, locale, tenant_code))

    @post(status_code=200)
    async def ask(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        tenants: Tenants,
        recovering: Recovering,
        page: Page,
        wording: Wording,
    ) -> PageResponse:
        """Say that a letter is on its way if there is such an account, and no more."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        form = await read_form(request, ResetRequest)
        try:
            await recovering.ask(form.result().login, visit_of(request.scope).address)
        except _FAILURES as error:
            return _ask_page(page, request, tenant, _wrong(form, error, wording, locale))
        return _ask_page(page, request, tenant, is_sent=True)

    @get("/{token:str}")
    async def use_form(
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        token: str,
        tenants: Tenants,
        page: Page,
    ) -> PageResponse:
        """Ask for the new password; the page is the same for every link, good or bad."""
        _ = token
        return _use_page(page, request, await tenant_of_page(request, tenants, locale, tenant_code))

    @post("/{token:str}", status_code=200)
    async def use(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        token: str,
        tenants: Tenants,
        recovering: Recovering,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Set the new password and lead to the sign-in."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        form = await read_form(request, ResetForm)
        try:
            wish = form.result()
            _same_twice(wish.password, wish.repeat)
            use = ResetUse(token[:80], wish.login, wish.password)
            await recovering.use(use, visit_of(request.scope).address, tenant.id)
        except _FAILURES as error:
            return _use_page(page, request, tenant, _wrong(form, error, wording, locale))
        return page.redirect(sign_in_path(locale, tenant.code), flash=done(page, "reset"))


def _wrong(form: Form[AcceptanceForm] | Form[ResetRequest] | Form[ResetForm], error: KaravanError, wording: Wording,
           locale: str) -> CameBack:  # fmt: skip
    kept = {name: text for name, text in form.raw.items() if name not in {"password", "repeat"}}
    return came_back(kept, error, wording, locale)


def _same_twice(one: str, two: str) -> None:
    if one != two:
        raise RejectedError([Problem("password_repeat", "repeat")])


def _join_page(
    page: Page, request: Request[object, object, State], tenant: Tenant, wrong: CameBack | None = None
) -> PageResponse:
    wrong = wrong or CameBack()
    values: Mapping[str, str] = {"email": "", "name": "", "locale": page.locale, **wrong.raw}
    return page.render(
        "people/join.html",
        status_code=wrong.status,
        headers=None,
        public=public_view(request.scope, tenant),
        action=request.scope["path"],
        values=values,
        locale_choices=LOCALES,
        least=MIN_LENGTH,
        **wrong.context,
    )


def _ask_page(
    page: Page,
    request: Request[object, object, State],
    tenant: Tenant,
    wrong: CameBack | None = None,
    *,
    is_sent: bool = False,
) -> PageResponse:
    wrong = wrong or CameBack()
    return page.render(
        "people/recover.html",
        status_code=wrong.status,
        headers=None,
        public=public_view(request.scope, tenant),
        action=recover_path(page.locale, tenant.code),
        login=wrong.raw.get("login", "")[:254],
        is_sent=is_sent,
        **wrong.context,
    )


def _use_page(
    page: Page, request: Request[object, object, State], tenant: Tenant, wrong: CameBack | None = None
) -> PageResponse:
    wrong = wrong or CameBack()
    return page.render(
        "people/reset.html",
        status_code=wrong.status,
        headers=None,
        public=public_view(request.scope, tenant),
        action=request.scope["path"],
        again_href=recover_path(page.locale, tenant.code),
        login=wrong.raw.get("login", "")[:254],
        least=MIN_LENGTH,
        **wrong.context,
    )
