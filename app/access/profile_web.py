"""The profile page: oneself, password, sessions, tokens."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State
from msgspec import Struct

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.edge import BY_SESSION, client_of, kind_of
from app.access.passwords import MIN_LENGTH
from app.access.permissions import permission_names
from app.access.schemas import (
    LocaleForm,
    NewTokenView,
    PasswordChange,
    PasswordForm,
    ProfileChange,
    ProfileForm,
    ThemeForm,
    TokenForm,
    TokenOrder,
)
from app.access.services.profile import Profile
from app.access.visitors import visitor_of
from app.access.wording import DONE
from app.infra.db.transaction import Transaction
from app.infra.http.failures import describe, status_of
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import Choice, FieldProblem
from app.kernel.errors import InvalidInputError, Problem, RejectedError, TooManyRequestsError

PROFILE: Final = "/profile"
DAYS: Final = (7, 30, 90, 365)


class CameBack(Struct, frozen=True):
    """What a form shows that could not be taken: its status, what was typed, and every problem."""

    status: int = 200
    raw: Mapping[str, str] = {}
    problems: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] | None = None

    @property
    def context(self) -> dict[str, object]:
        """What every template with a form asks for."""
        return {
            "problems": self.problems,
            "errors": {one.field: one.text for one in self.problems},
            "has_errors": bool(self.problems),
        }


_NOTHING_WRONG: Final = CameBack()


class ProfilePages(Controller):
    """Everything a person settles about themselves."""

    opt = {"permission": "profile:edit", "personal": True}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get("/profile")
    async def show(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
    ) -> PageResponse:
        """Show the profile."""
        return await _profile_page(request, actor, transaction, profile, page)

    @post("/profile", status_code=200)
    async def change(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Change name and phone."""
        form = await read_form(request, ProfileForm)
        try:
            wish = form.result()
        except InvalidInputError as error:
            return await _profile_page(
                request, actor, transaction, profile, page, came_back=_came_back(form.raw, error, wording, page.locale)
            )
        await profile.change(transaction, actor, ProfileChange(name=wish.name, phone=wish.phone))
        return page.redirect(PROFILE, flash=_done(page, "saved"))

    @post("/me/language", opt={"personal": False})
    async def language(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
    ) -> Response[None]:
        """Speak another language from now on, and stay on the page."""
        form = (await read_form(request, LocaleForm)).result()
        await profile.change(transaction, actor, ProfileChange(locale=form.locale))
        return page.redirect(safe_path(form.next, PROFILE))

    @post("/me/theme", opt={"personal": False})
    async def theme(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
    ) -> Response[None]:
        """Change the theme, and stay on the page."""
        form = (await read_form(request, ThemeForm)).result()
        await profile.change(transaction, actor, ProfileChange(theme=form.theme or "auto"))
        return page.redirect(safe_path(form.next, PROFILE))

    @get("/profile/password", opt=BY_SESSION)
    async def password_form(self, page: Page) -> PageResponse:
        """Ask for the present and the new password."""
        return _password_page(page)

    @post("/profile/password", status_code=200, opt=BY_SESSION)
    async def change_password(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
        jar: SessionCookies,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Set a new password; every other session and every token of the person ends."""
        form = await read_form(request, PasswordForm)
        try:
            wish = _same_twice(form.result())
            session = await profile.change_password(
                transaction, actor, kind_of(request), PasswordChange(wish.current, wish.new), client_of(request)
            )
        except InvalidInputError as error:
            return _password_page(page, _came_back({}, error, wording, page.locale))
        except TooManyRequestsError as error:
            told, text = describe(error), wording.text(page.locale, error.code, error.params)
            return _password_page(page, CameBack(told.status, {}, (FieldProblem("current", text),), told.headers))
        answer = page.redirect(PROFILE, flash=_done(page, "password"))
        answer.set_cookie(jar.write(session.credential))
        return answer

    @post("/profile/sessions/{session_id:uuid}/end", opt=BY_SESSION)
    async def end_session(
        self, session_id: UUID, actor: Actor, transaction: Transaction, profile: Profile, page: Page
    ) -> Response[None]:
        """End one of one's sessions."""
        await profile.end_session(transaction, actor, session_id)
        return page.redirect(PROFILE, flash=_done(page, "session_ended"))

    @get("/profile/sessions/end", opt=BY_SESSION)
    async def ask_end_everywhere(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
    ) -> PageResponse:
        """Ask before every other session and token ends, and say which."""
        sessions = await profile.sessions(transaction, actor, visitor_of(request.scope).credential)
        return page.render(
            "profile/end_sessions.html",
            others=[one for one in sessions if not one.is_current],
            tokens=await profile.tokens(transaction, actor),
            action="/profile/sessions/end",
            back=PROFILE,
        )

    @post("/profile/sessions/end", opt=BY_SESSION)
    async def end_everywhere(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
        jar: SessionCookies,
    ) -> Response[None]:
        """End every session and token of the person but this one."""
        session = await profile.end_everywhere(transaction, actor, kind_of(request), client_of(request))
        answer = page.redirect(PROFILE, flash=_done(page, "sessions_ended"))
        answer.set_cookie(jar.write(session.credential))
        return answer

    @post("/profile/tokens", status_code=200, opt=BY_SESSION)
    async def make_token(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        page: Page,
        wording: Wording,
    ) -> PageResponse:
        """Make a token and show its secret, this once."""
        form = await read_form(request, TokenForm)
        try:
            wish = form.result()
            order = TokenOrder(
                label=wish.label,
                days=int(wish.days),
                read_only=not wish.may_write,
                permissions=wish.permissions or None,
            )
            made = await profile.make_token(transaction, actor, kind_of(request), order)
        except InvalidInputError as error:
            return await _profile_page(
                request, actor, transaction, profile, page, came_back=_came_back(form.raw, error, wording, page.locale)
            )
        return await _profile_page(request, actor, transaction, profile, page, made=made)

    @post("/profile/tokens/{token_id:uuid}/revoke")
    async def revoke_token(
        self, token_id: UUID, actor: Actor, transaction: Transaction, profile: Profile, page: Page
    ) -> Response[None]:
        """Revoke a token; it stops working at once."""
        await profile.revoke_token(transaction, actor, token_id)
        return page.redirect(PROFILE, flash=_done(page, "token_revoked"))


async def _profile_page(
    request: Request[object, object, State],
    actor: Actor,
    transaction: Transaction,
    profile: Profile,
    page: Page,
    *,
    came_back: CameBack = _NOTHING_WRONG,
    made: NewTokenView | None = None,
) -> PageResponse:
    phone = await profile.phone(transaction, actor)
    return page.render(
        "access/profile.html",
        headers=None,
        status_code=came_back.status,
        actor=actor,
        values={"name": actor.name, "phone": phone, "label": "", "days": "90", **came_back.raw},
        sessions=await profile.sessions(transaction, actor, visitor_of(request.scope).credential),
        tokens=await profile.tokens(transaction, actor),
        made=made,
        day_choices=[Choice(str(days), str(days)) for days in DAYS],
        permission_choices=_permission_choices(page.locale, await profile.permissions(transaction, actor)),
        permission_names=permission_names(page.locale),
        **came_back.context,
    )


def _permission_choices(locale: str, permissions: Sequence[str]) -> list[Choice]:
    """Offer permissions."""
    names = permission_names(locale)
    return [Choice(one, names.get(one, one)) for one in permissions]


def _password_page(page: Page, came_back: CameBack = _NOTHING_WRONG) -> PageResponse:
    return page.render(
        "profile/password.html",
        headers=came_back.headers,
        status_code=came_back.status,
        action="/profile/password",
        least=MIN_LENGTH,
        **came_back.context,
    )


def _same_twice(wish: PasswordForm) -> PasswordForm:
    if wish.new != wish.repeat:
        raise RejectedError([Problem("password_repeat", "repeat")])
    return wish


def _came_back(raw: Mapping[str, str], error: InvalidInputError, wording: Wording, locale: str) -> CameBack:
    problems = tuple(FieldProblem(one.field, wording.problem(locale, one)) for one in error.problems)
    return CameBack(status_of(error), raw, problems)


def _done(page: Page, what: str) -> Flash:
    return Flash(gettext(page.locale, DONE[what]))
