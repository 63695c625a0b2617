"""Public pages and the way out, as people see them (CONTRACT, section 5)."""

from typing import Final

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.brand_web import BrandFiles
from app.access.cookies import SessionCookies
from app.access.edge import origin_of
from app.access.places import THEME_COOKIE, keep_place, kept, sign_in_path
from app.access.profile_web import ProfilePages
from app.access.public import public_view, tenant_of_page
from app.access.schemas import MembershipChoice, ThemeForm
from app.access.services.signing import Signing
from app.access.sign_in_web import HOME, SignInPages
from app.access.tenants import Tenants
from app.access.visitors import visitor_of
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.http.visit import visit_of
from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.public import TenantCard

PUBLIC: Final = {"permission": "public"}


class PublicPages(Controller):
    """The list of tenants, a tenant's start page, and the way out."""

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
        answer.set_cookie(keep_place(request.scope, tenant.code))
        return answer

    @post("/theme")
    async def theme(self, request: Request[object, object, State], page: Page, jar: SessionCookies) -> Response[None]:
        """Keep the theme of the public pages in this browser."""
        form = (await read_form(request, ThemeForm)).result()
        answer = page.redirect(safe_path(form.next))
        answer.set_cookie(kept(THEME_COOKIE, form.theme, is_secure=jar.is_secure))
        return answer

    @post("/sign-out", opt={"oneself": True})  # also from a look, which ends with the session
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
        answer.set_cookie(jar.clear_look())
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


WEB: Final = [PublicPages, SignInPages, ProfilePages, BrandFiles]
