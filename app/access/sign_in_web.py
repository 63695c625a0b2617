"""Signing in, as people see it: by password, by the code that follows it, by a passkey."""

from collections.abc import Sequence
from typing import Final

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.di import Provide
from msgspec import Struct

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.edge import origin_of
from app.access.places import keep_place, recover_path, sign_in_path
from app.access.public import public_view, tenant_of_page
from app.access.schemas import CodeForm, KeyForm, SignInForm
from app.access.services.signing import FactorNeededError, Origin, Signing
from app.access.sessions import NewSession
from app.access.tenants import Tenant, Tenants
from app.infra.http.failures import describe
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.http.visit import visit_of
from app.infra.http.words import Wording
from app.infra.pages.views import FieldProblem
from app.kernel.errors import InvalidInputError, KaravanError, NotSignedInError, TooManyRequestsError

SIGN_IN: Final = {"permission": "public", "anonymous": True, "attempt": True}
HOME: Final = "/home"
_REFUSALS: Final = (InvalidInputError, NotSignedInError, TooManyRequestsError)
Answer = PageResponse | Response[None]


class Door(Struct, frozen=True):
    """Where somebody comes in: one tenant's pages, and what of them is drawn when they do not."""

    request: Request[object, object, State]
    tenant: Tenant
    signing: Signing
    jar: SessionCookies
    page: Page
    wording: Wording

    @property
    def origin(self) -> Origin:
        """Where they come from."""
        return origin_of(self.request, self.jar)

    def let_in(self, session: NewSession, way_back: str) -> Response[None]:
        """Go where the person wanted."""
        answer = self.page.redirect(safe_path(way_back, HOME) or HOME)
        answer.set_cookie(self.jar.write(session.credential))
        answer.set_cookie(self.jar.clear_look())
        return answer

    def problems(self, error: KaravanError, field: str = "") -> list[FieldProblem]:
        """Say what keeps them out; ``field`` is where a refusal of the whole stands."""
        if isinstance(error, InvalidInputError):
            return [FieldProblem(one.field, self.wording.problem(self.page.locale, one)) for one in error.problems]
        return [FieldProblem(field, self.wording.text(self.page.locale, error.code, error.params))]

    def first_page(
        self,
        way_back: str,
        login: str = "",
        problems: Sequence[FieldProblem] = (),
        failure: KaravanError | None = None,
    ) -> PageResponse:
        """Ask for address and password, or a passkey."""
        return self._draw(
            "public/sign_in.html",
            problems,
            failure,
            action=sign_in_path(self.page.locale, self.tenant.code),
            passkey=self.signing.passkeys.ask(),
            passkey_action=f"{sign_in_path(self.page.locale, self.tenant.code)}/passkey",
            login=login[:254],
            next=safe_path(way_back, ""),
            recover_href=recover_path(visit_of(self.request.scope).locale, self.tenant.code),
        )

    def code_page(
        self, ticket: str, way_back: str, problems: Sequence[FieldProblem] = (), failure: KaravanError | None = None
    ) -> PageResponse:
        """Ask for the code of somebody whose password was right."""
        return self._draw(
            "public/code.html",
            problems,
            failure,
            action=f"{sign_in_path(self.page.locale, self.tenant.code)}/code",
            again_href=sign_in_path(self.page.locale, self.tenant.code),
            ticket=ticket[:1000],
            next=safe_path(way_back, ""),
        )

    def _draw(
        self, template: str, problems: Sequence[FieldProblem], failure: KaravanError | None, **context: object
    ) -> PageResponse:
        told = describe(failure) if failure else None
        return self.page.render(
            template,
            status_code=told.status if told else 200,
            headers=told.headers if told else None,
            public=public_view(self.request.scope, self.tenant, may_sign_in=False),
            problems=problems,
            errors={one.field: one.text for one in problems if one.field},
            has_errors=bool(problems),
            **context,
        )


async def open_door(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
    request: Request[object, object, State],
    locale: str,
    tenant_code: str,
    tenants: Tenants,
    signing: Signing,
    jar: SessionCookies,
    page: Page,
    wording: Wording,
) -> Door:
    """Put together what every way in needs."""
    return Door(request, await tenant_of_page(request, tenants, locale, tenant_code), signing, jar, page, wording)


class SignInPages(Controller):
    """The ways in."""

    path = "/{locale:str}/{tenant_code:str}/sign-in"
    dependencies = {"door": Provide(open_door)}  # noqa: RUF012 - the framework reads it

    @get(opt={"permission": "public"})
    async def form(
        self,
        actor: Actor | None,
        door: Door,
        next: str = "",  # noqa: A002 - the name of the query parameter
    ) -> Answer:
        """Ask for address and password; who is signed in goes on at once."""
        way_back = safe_path(next, "")
        if actor is not None:
            return door.page.redirect(way_back or HOME)
        answer = door.first_page(way_back)
        answer.set_cookie(keep_place(door.request.scope, door.tenant.code))
        return answer

    @post(opt=SIGN_IN, status_code=200)
    async def sign_in(self, door: Door) -> Answer:
        """Sign in and go where the person wanted; the address decides the tenant, whatever page it was typed on."""
        form = await read_form(door.request, SignInForm)
        way_back = form.raw.get("next", "")
        try:
            wish = form.result()
            session = await door.signing.sign_in(wish.login, wish.password, door.origin)
        except FactorNeededError as error:
            return door.code_page(error.ticket, way_back)
        except _REFUSALS as error:
            return door.first_page(way_back, form.raw.get("login", ""), door.problems(error), error)
        return door.let_in(session, wish.next)

    @post("/code", opt=SIGN_IN, status_code=200)
    async def code(self, door: Door) -> Answer:
        """Take the code of somebody whose password was right, and go where they wanted."""
        form = await read_form(door.request, CodeForm)
        try:
            wish = form.result()
            session = await door.signing.go_on(wish.ticket, wish.otp, door.origin)
        except _REFUSALS as error:
            ticket, way_back = form.raw.get("ticket", ""), form.raw.get("next", "")
            return door.code_page(ticket, way_back, door.problems(error, "otp"), error)
        return door.let_in(session, wish.next)

    @post("/passkey", opt=SIGN_IN, status_code=200)
    async def passkey(self, door: Door) -> Answer:
        """Sign in by a passkey and go where the person wanted."""
        form = await read_form(door.request, KeyForm)
        try:
            wish = form.result()
            session = await door.signing.sign_in_by_key(wish.ticket, wish.credential, door.origin)
        except (InvalidInputError, NotSignedInError) as error:
            # The page that comes back is the first one, with what it asks anew.
            told = FieldProblem("", door.wording.text(door.page.locale, "passkey_refused"))
            return door.first_page(form.raw.get("next", ""), problems=[told], failure=error)
        return door.let_in(session, wish.next)
