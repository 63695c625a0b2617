"""Addresses of the public pages, and where somebody who is not signed in is sent."""

from typing import Final
from urllib.parse import quote

from litestar.datastructures import Cookie
from litestar.types import HTTPScope, Scope

from app.infra.http.page import cookie_of, safe_path
from app.infra.http.visit import visit_of
from app.infra.i18n.languages import LANGUAGES

PLACE_COOKIE: Final = "karavan_place"  # the tenant whose pages were seen last
THEME_COOKIE: Final = "karavan_theme"
_CODE_LENGTH: Final = 31
_YEAR_S: Final = 365 * 24 * 3600


def tenant_path(locale: str, code: str) -> str:
    """Give the start page of a tenant."""
    return f"/{locale}/{code}"


def sign_in_path(locale: str, code: str, way_back: str = "") -> str:
    """Give the sign-in page of a tenant."""
    query = f"?next={quote(way_back, safe='')}" if way_back else ""
    return f"/{locale}/{code}/sign-in{query}"


def recover_path(locale: str, code: str) -> str:
    """Give the page for a forgotten password."""
    return f"/{locale}/{code}/recover"


def last_place(scope: HTTPScope) -> str:
    """Give the code of the tenant whose pages this browser saw last; empty if none."""
    code = cookie_of(scope, PLACE_COOKIE)
    sound = code.replace("-", "").isalnum() and code.isascii() and len(code) <= _CODE_LENGTH
    return code if sound else ""


def keep_place(scope: Scope, code: str) -> Cookie:
    """Let this browser remember whose pages it saw last."""
    return kept(PLACE_COOKIE, code, is_secure=scope["scheme"] == "https")


def kept(name: str, value: str, *, is_secure: bool) -> Cookie:
    """Make a cookie that lasts a year."""
    return Cookie(key=name, value=value, path="/", max_age=_YEAR_S, httponly=True, secure=is_secure, samesite="lax")


def sign_in_place(scope: HTTPScope) -> str:
    """Give the sign-in page for a request that needs one, with the way back in it."""
    wanted = scope["path"]
    if query := scope["query_string"].decode("latin-1"):
        wanted = f"{wanted}?{query}"
    way_back = safe_path(wanted, "") if scope["method"] == "GET" else ""
    locale = visit_of(scope).locale
    if code := last_place(scope):
        return sign_in_path(locale if locale in LANGUAGES else "ru", code, "" if way_back == "/home" else way_back)
    return f"/?next={quote(way_back, safe='')}" if way_back else "/"
