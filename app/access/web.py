"""Public pages and signing in, as people see them (CONTRACT, section 5)."""

from collections.abc import Sequence
from typing import Final

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import Cookie, State

from app.access.actors import Actor
from app.access.brand_web import BrandFiles
from app.access.cookies import SessionCookies
from app.access.edge import origin_of
from app.access.passkeys import Passkeys
from app.access.places import PLACE_COOKIE, THEME_COOKIE, recover_path, sign_in_path
from app.access.profile_web import ProfilePages
from app.access.public import public_view, tenant_of_page
from app.access.schemas import CodeForm, KeyForm, MembershipChoice, SignInForm, ThemeForm
from app.access.services.signing import FactorNeededError, Signing
from app.access.tenants import Tenant, Tenants
from app.access.visitors import visitor_of
from app.infra.http.failures import describe
from app.infra.http.forms import Form, read_form
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.http.visit import visit_of
from app.infra.http.words import Wording
from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.public import TenantCard
from app.infra.pages.views import FieldProblem
from app.kernel.errors import InvalidInputError, KaravanError, NotSignedInError, TooManyRequestsError

PUBLIC: Final = {"permission": "public"}
SIGN_IN: Final = {"permission": "public", "anonymous": True, "attempt": True}
HOME: Final = "/home"
_YEAR_S: Final = 365 * 24 * 3600


class PublicPages(Controller):
    """The list of tenants, a tenant's start page, sign-in."""

    opt = PUBLIC

    @get("/")
    async def tenants_list(
        self, request: Request[object, object, State], tenants: Tenants, page: Page, lang: str | None = None
    ) -> PageResponse:
        """List the manufacturers that have opened their portal here."""
        visit = visit_of(request.scope)
        if lang in LANGUAGES:
            visit.locale = lang
        cards = [
            TenantCard(
                name=one.names[visit.locale],
                href=f"/{visit.locale}/{one.code}",
                about=one.taglines[visit.locale],
                logo=one.logo_href,
            )
            for one in await tenants.every()
        ]
        return page.render("public/tenants.html", public=public_view(request.scope, None), tenants=cards)

    @get("/{locale:str}/{tenant_code:str}")
    async def start(
        self, request: Request[object, object, State], locale: str, tenant_code: str, tenants: Tenants, page: Page
    ) -> PageResponse:
        """Welcome to one manufacturer's portal."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        answer = page.render(
            "public/start.html",
            public=public_view(request.scope, tenant),
            tenant_name=tenant.names[locale],
            about=tenant.taglines[locale],
        )
        answer.set_cookie(_place(tenant, request))
        return answer

    @get("/{locale:str}/{tenant_code:str}/sign-in")
    async def sign_in_form(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        tenants: Tenants,
        actor: Actor | None,
        signing: Signing,
        page: Page,
        next: str = "",  # noqa: A002 - the name of the query parameter
    ) -> PageResponse | Response[None]:
        """Ask for address and password; who is signed in goes on at once."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        way_back = safe_path(next, "")
        if actor is not None:
            return page.redirect(way_back or HOME)
        answer = _sign_in_page(page, request, tenant, Form({"next": way_back}, None, ()), [], signing.passkeys)
        answer.set_cookie(_place(tenant, request))
        return answer

    @post("/{locale:str}/{tenant_code:str}/sign-in", opt=SIGN_IN, status_code=200)
    async def sign_in(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        tenants: Tenants,
        signing: Signing,
        jar: SessionCookies,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Sign in and go where the person wanted; the address decides the tenant, whatever page it was typed on."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        form = await read_form(request, SignInForm)
        try:
            wish = form.result()
            session = await signing.sign_in(wish.login, wish.password, origin_of(request, jar))
        except FactorNeededError as error:
            return _code_page(page, request, tenant, error.ticket, form.raw.get("next", ""))
        except InvalidInputError as error:
            problems = [FieldProblem(one.field, wording.problem(page.locale, one)) for one in error.problems]
            return _sign_in_page(page, request, tenant, form, problems, signing.passkeys, failure=error)
        except (NotSignedInError, TooManyRequestsError) as error:
            told = FieldProblem("", wording.text(page.locale, error.code, error.params))
            return _sign_in_page(page, request, tenant, form, [told], signing.passkeys, failure=error)
        answer = page.redirect(safe_path(wish.next, HOME) or HOME)
        answer.set_cookie(jar.write(session.credential))
        return answer

    @post("/{locale:str}/{tenant_code:str}/sign-in/code", opt=SIGN_IN, status_code=200)
    async def code(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        tenants: Tenants,
        signing: Signing,
        jar: SessionCookies,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Take the code of somebody whose password was right, and go where they wanted."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        form = await read_form(request, CodeForm)
        ticket, way_back = form.raw.get("ticket", ""), form.raw.get("next", "")
        try:
            wish = form.result()
            session = await signing.go_on(wish.ticket, wish.otp, origin_of(request, jar))
        except InvalidInputError as error:
            problems = [FieldProblem(one.field, wording.problem(page.locale, one)) for one in error.problems]
            return _code_page(page, request, tenant, ticket, way_back, problems, failure=error)
        except (NotSignedInError, TooManyRequestsError) as error:
            told = FieldProblem("otp", wording.text(page.locale, error.code, error.params))
            return _code_page(page, request, tenant, ticket, way_back, [told], failure=error)
        answer = page.redirect(safe_path(wish.next, HOME) or HOME)
        answer.set_cookie(jar.write(session.credential))
        return answer

    @post("/{locale:str}/{tenant_code:str}/sign-in/passkey", opt=SIGN_IN, status_code=200)
    async def passkey(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        locale: str,
        tenant_code: str,
        tenants: Tenants,
        signing: Signing,
        jar: SessionCookies,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Sign in by a passkey and go where the person wanted."""
        tenant = await tenant_of_page(request, tenants, locale, tenant_code)
        form = await read_form(request, KeyForm)
        # The page that comes back is the first one, with what it asks anew.
        shown: Form[SignInForm] = Form({"next": form.raw.get("next", "")}, None, ())
        try:
            wish = form.result()
            session = await signing.sign_in_by_key(wish.ticket, wish.credential, origin_of(request, jar))
        except (InvalidInputError, NotSignedInError) as error:
            told = FieldProblem("", wording.text(page.locale, "passkey_refused"))
            return _sign_in_page(page, request, tenant, shown, [told], signing.passkeys, failure=error)
        answer = page.redirect(safe_path(wish.next, HOME) or HOME)
        answer.set_cookie(jar.write(session.credential))
        return answer

    @post("/theme")
    async def theme(self, request: Request[object, object, State], page: Page, jar: SessionCookies) -> Response[None]:
        """Keep the theme of the public pages in this browser."""
        form = (await read_form(request, ThemeForm)).result()
        answer = page.redirect(safe_path(form.next))
        answer.set_cookie(_kept(THEME_COOKIE, form.theme, is_secure=jar.is_secure))
        return answer

    @post("/sign-out")
    async def sign_out(
        self,
        request: Request[object, object, State],
        actor: Actor | None,
        signing: Signing,
        tenants: Tenants,
        jar: SessionCookies,
        page: Page,
    ) -> Response[None]:
        """End the session and show the tenant's sign-in page."""
        credential = visitor_of(request.scope).credential
        target = "/"
        if actor is not None and credential is not None:
            await signing.sign_out(credential)
            tenant = await tenants.by_id(actor.tenant_id)
            target = sign_in_path(actor.locale, tenant.code) if tenant else "/"
        answer = page.redirect(target)
        answer.set_cookie(jar.clear())
        return answer

    @post("/me/membership", opt={"permission": "profile:edit"})
    async def change_place(
        self,
        request: Request[object, object, State],
        actor: Actor,
        signing: Signing,
        jar: SessionCookies,
        page: Page,
    ) -> Response[None]:
        """Work in another of one's places from now on."""
        form = (await read_form(request, MembershipChoice)).result()
        session = await signing.change_place(actor, form.membership, origin_of(request, jar))
        answer = page.redirect(HOME)
        answer.set_cookie(jar.write(session.credential))
        return answer


def _sign_in_page(
    page: Page,
    request: Request[object, object, State],
    tenant: Tenant,
    form: Form[SignInForm],
    problems: list[FieldProblem],
    passkeys: Passkeys,
    *,
    failure: KaravanError | None = None,
) -> PageResponse:
    told = describe(failure) if failure else None
    return page.render(
        "public/sign_in.html",
        status_code=told.status if told else 200,
        headers=told.headers if told else None,
        public=public_view(request.scope, tenant, may_sign_in=False),
        action=request.scope["path"],
        passkey=passkeys.ask(),
        passkey_action=f"{sign_in_path(page.locale, tenant.code)}/passkey",
        login=form.raw.get("login", "")[:254],
        next=safe_path(form.raw.get("next", ""), ""),
        problems=problems,
        errors={one.field: one.text for one in problems if one.field},
        recover_href=recover_path(visit_of(request.scope).locale, tenant.code),
        has_errors=bool(problems),
    )


def _code_page(
    page: Page,
    request: Request[object, object, State],
    tenant: Tenant,
    ticket: str,
    way_back: str,
    problems: Sequence[FieldProblem] = (),
    *,
    failure: KaravanError | None = None,
) -> PageResponse:
    told = describe(failure) if failure else None
    return page.render(
        "public/code.html",
        status_code=told.status if told else 200,
        headers=told.headers if told else None,
        public=public_view(request.scope, tenant, may_sign_in=False),
        action=f"{sign_in_path(page.locale, tenant.code)}/code",
        again_href=sign_in_path(page.locale, tenant.code),
        ticket=ticket[:1000],
        next=safe_path(way_back, ""),
        problems=problems,
        errors={one.field: one.text for one in problems if one.field},
        has_errors=bool(problems),
    )


def _place(tenant: Tenant, request: Request[object, object, State]) -> Cookie:
    return _kept(PLACE_COOKIE, tenant.code, is_secure=request.scope["scheme"] == "https")


def _kept(name: str, value: str, *, is_secure: bool) -> Cookie:
    return Cookie(key=name, value=value, path="/", max_age=_YEAR_S, httponly=True, secure=is_secure, samesite="lax")


WEB: Final = [PublicPages, ProfilePages, BrandFiles]
