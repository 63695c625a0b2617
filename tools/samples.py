"""Sample frames for looking at templates without the portal: an invented dealer's cabinet."""

from collections.abc import Mapping

from msgspec.structs import replace

from app.access.passkeys import Asked
from app.infra.http.wording import WORDING
from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.wording import gettext
from app.infra.pages.public import TenantCard
from app.infra.pages.shell import (
    Banner,
    LanguageChoice,
    Membership,
    MenuItem,
    MenuSection,
    PublicView,
    ShellView,
    Theme,
)
from app.infra.pages.views import FieldProblem


def sample_shell(locale: str, theme: Theme) -> ShellView:
    """Give the shell of a distributor with two cabinets."""

    def item(icon: str, label: str, count: int = 0, *, is_active: bool = False) -> MenuItem:
        return MenuItem(icon, gettext(locale, label), "/", count, is_active)

    orders = item("layout-dashboard", "Orders", 12)
    catalogue = item("package", "Catalogue", is_active=True)
    new_order = item("shopping-cart", "New order")
    chat = item("message-circle", "Chat", 3)
    sales = [catalogue, new_order, item("truck", "Vehicle", 2)]
    service = [item("file-warning", "Claims", 1), chat]
    return ShellView(
        brand="Alatau Lubricants",
        home_href="/",
        here="/",
        sections=[
            MenuSection([orders]),
            MenuSection(sales, gettext(locale, "Sales")),
            MenuSection(service, gettext(locale, "Service")),
        ],
        quick=[orders, catalogue, new_order, chat],
        cabinet=gettext(locale, "Distributor"),
        organisation="«Жетісу Май» ЖШС",
        user_name="Айгүл Нұрланқызы",
        user_initials="АН",
        languages=sample_languages(locale),
        theme=theme,
        memberships=[
            Membership("1", gettext(locale, "Distributor"), "«Жетісу Май» ЖШС", is_active=True),
            Membership("2", gettext(locale, "Forwarder"), "«Дала Транс» ЖШС"),
        ],
        unread=3,
        live_href="",
    )


def sample_languages(locale: str) -> list[LanguageChoice]:
    """Give the language switch."""
    return [
        LanguageChoice(code, language.short, language.name, f"/{code}/", code == locale)
        for code, language in LANGUAGES.items()
    ]


def sample_public(locale: str, theme: Theme, brand: str = "Karavan") -> PublicView:
    """Give the frame of a public page."""
    return PublicView(
        brand=brand,
        home_href="/",
        here="/",
        languages=sample_languages(locale),
        theme=theme,
        sign_in_href="/sign-in",
    )


def sample_pages(locale: str, theme: Theme) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Give every page that can be looked at: name -> template and context."""
    shell = sample_shell(locale, theme)
    tenant = "Alatau Lubricants"
    cards = [
        TenantCard(tenant, "/", gettext(locale, "Engine oils")),
        TenantCard("Zhaiyk Petroleum", "/", gettext(locale, "Hydraulic oils")),
        TenantCard("Tien Shan Lubes", "/", gettext(locale, "Transmission oils")),
    ]
    wrong = gettext(locale, "The e-mail or the password is not right.")
    asked = {"passkey": Asked("{}", "ticket"), "passkey_action": "/"}
    sign_in: dict[str, object] = {"action": "/", "next": "/", "recover_href": "/", **asked}
    failure: dict[str, object] = {"problems": [], "request_id": "0198c2f1-7a3e-7d10", "home_href": "/"}
    no_menu: dict[str, object] = {"public": sample_public(locale, theme), "csrf_token": "sample"}
    inside: dict[str, object] = {"shell": shell, "csrf_token": "sample"}
    return {
        "ui": ("ui/gallery.html", {**inside, "has_errors": True}),
        "tenants": ("public/tenants.html", {**no_menu, "tenants": cards}),
        "start": (
            "public/start.html",
            {**no_menu, "public": sample_public(locale, theme, tenant), "tenant_name": tenant, "about": wrong},
        ),
        "sign-in": ("public/sign_in.html", {**no_menu, **sign_in, "login": "", "problems": [], "errors": {}}),
        "sign-in-again": (
            "public/sign_in.html",
            {
                **no_menu,
                **sign_in,
                "login": "a.nurlan@jetisu.example",
                "problems": [FieldProblem("", wrong)],
                "errors": {},
                "has_errors": True,
            },
        ),
        "password": (
            "profile/password.html",
            {**inside, "action": "/", "problems": [], "errors": {}, "least": 12, "shell": _with_banner(locale, theme)},
        ),
        "error-404": (
            "public/error.html",
            {
                **no_menu,
                **failure,
                **_words(locale, "Not found", "not_found"),
                "status": 404,
                "frame_template": "public.html",
            },
        ),
        "error-503": (
            "public/error.html",
            {
                **inside,
                **failure,
                **_words(locale, "Away for a moment", "unavailable"),
                "status": 503,
                "frame_template": "base.html",
            },
        ),
    }


def _words(locale: str, title: str, code: str) -> Mapping[str, object]:
    return {"title": gettext(locale, title), "detail": gettext(locale, WORDING[code])}


def _with_banner(locale: str, theme: Theme) -> ShellView:
    banner = Banner("warn", gettext(locale, "1C:ERP does not answer."))
    return replace(sample_shell(locale, theme), banner=banner)
