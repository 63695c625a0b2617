"""The frame of the public pages: brand, languages as addresses, the way to sign in."""

from litestar import Request
from litestar.datastructures import State
from litestar.types import HTTPScope

from app.access.places import THEME_COOKIE, last_place, sign_in_path, tenant_path
from app.access.tenants import Tenant, Tenants
from app.infra.http.page import cookie_of
from app.infra.http.visit import visit_of
from app.infra.i18n.languages import LANGUAGES
from app.infra.pages.shell import Flash, LanguageChoice, PublicView, Theme
from app.kernel.errors import NotFoundError

PLAIN_BRAND = "Karavan"


def public_view(
    scope: HTTPScope, tenant: Tenant | None, *, flash: Flash | None = None, may_sign_in: bool = True
) -> PublicView:
    """Describe the frame of a page of this tenant, or of the list of tenants."""
    locale = visit_of(scope).locale
    code = tenant.code if tenant else last_place(scope)
    return PublicView(
        brand=tenant.names[locale] if tenant else PLAIN_BRAND,
        home_href=tenant_path(locale, tenant.code) if tenant else "/",
        here=scope["path"],
        languages=[
            LanguageChoice(one.code, one.short, one.name, _in_language(scope, one.code, tenant), one.code == locale)
            for one in LANGUAGES.values()
            if tenant is None or one.code in tenant.locales
        ],
        theme=as_theme(cookie_of(scope, THEME_COOKIE)),
        styles=tenant.styles_href if tenant else "",
        logo=tenant.logo_href if tenant else "",
        sign_in_href=sign_in_path(locale, code) if may_sign_in and code else "",
        flash=flash,
    )


async def tenant_of_page(request: Request[object, object, State], tenants: Tenants, locale: str, code: str) -> Tenant:
    """Find the tenant of a public address; the page then speaks the language of the address.

    Raises:
        NotFoundError: no such tenant, or it does not speak this language.
    """
    tenant = await tenants.by_code(code) if locale in LANGUAGES else None
    if tenant is None or locale not in tenant.locales:
        raise NotFoundError
    visit = visit_of(request.scope)
    visit.locale, visit.zone = locale, tenant.zone
    return tenant


def as_theme(value: str) -> Theme:
    """Read a stored theme; ``auto`` and anything else is "as the system has it"."""
    return "light" if value == "light" else "dark" if value == "dark" else ""


def _in_language(scope: HTTPScope, locale: str, tenant: Tenant | None) -> str:
    """Give the address of this very page in another language."""
    if tenant is None:
        return f"/?lang={locale}"
    rest = scope["path"].split("/", 3)[3:]
    return "/".join((f"/{locale}/{tenant.code}", *rest))
