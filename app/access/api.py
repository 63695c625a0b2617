"""Session, person, tokens as JSON (CONTRACT, section 3)."""

from collections.abc import Sequence
from typing import Final, TypeVar
from uuid import UUID

from litestar import Request, Response, delete, get, patch, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.edge import BY_SESSION, client_of, kind_of, origin_of
from app.access.schemas import (
    KeyAnswered,
    KeyQuestion,
    MembershipChoice,
    MeView,
    NewTokenView,
    PasswordChange,
    ProfileChange,
    SessionView,
    SignIn,
    TenantView,
    TokenOrder,
    TokenView,
)
from app.access.services.profile import Profile
from app.access.services.signing import Signing
from app.access.sessions import NewSession
from app.access.tenants import Tenants
from app.access.visitors import visitor_of
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection
from app.infra.http.csrf import FormTokens
from app.infra.http.visit import visit_of
from app.kernel.errors import NotFoundError

V = TypeVar("V", SessionView, TokenView)
PROFILE: Final = {"permission": "profile:edit"}
SHARED: Final = {"personal": False}  # also for who stands in for a colleague, or looks as somebody
PUBLIC: Final = {"permission": "public"}
SIGN_OUT: Final = {**PUBLIC, "oneself": True}  # also from a look, which ends with the session
SIGN_IN: Final = {**PUBLIC, "attempt": True}


class SessionApi(Controller):
    """Signing in and out."""

    path = "/api/v1/session"
    tags = ("session",)

    @post(opt=SIGN_IN, status_code=200)
    async def sign_in(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        data: SignIn,
        signing: Signing,
        profile: Profile,
        tenants: Tenants,
        jar: SessionCookies,
        form_tokens: FormTokens,
    ) -> Response[MeView]:
        """Sign in; the answer brings the session cookie and the form token for unsafe calls."""
        session = await signing.sign_in(data.login, data.password, origin_of(request, jar), data.otp)
        me = await _me(session, signing, profile, tenants, form_tokens)
        return Response(me, cookies=[jar.write(session.credential), jar.clear_look()])

    @post("/passkey/options", opt=PUBLIC, status_code=200)
    async def ask_passkey(self, signing: Signing) -> KeyQuestion:
        """Ask for the answer of a passkey; what is asked lasts five minutes and is answered once."""
        asked = signing.passkeys.ask()
        return KeyQuestion(asked.options, asked.ticket)

    @post("/passkey", opt=SIGN_IN, status_code=200)
    async def sign_in_by_key(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        data: KeyAnswered,
        signing: Signing,
        profile: Profile,
        tenants: Tenants,
        jar: SessionCookies,
        form_tokens: FormTokens,
    ) -> Response[MeView]:
        """Sign in by a passkey; nothing else is asked."""
        session = await signing.sign_in_by_key(data.ticket, data.credential, origin_of(request, jar))
        me = await _me(session, signing, profile, tenants, form_tokens)
        return Response(me, cookies=[jar.write(session.credential), jar.clear_look()])

    @delete(opt=SIGN_OUT)
    async def sign_out(
        self, request: Request[object, object, State], actor: Actor | None, signing: Signing, jar: SessionCookies
    ) -> Response[None]:
        """Sign out; the session is over before the answer leaves. Without a session nothing happens."""
        credential = visitor_of(request.scope).credential
        if actor is not None and credential is not None and not credential.is_bearer:
            await signing.sign_out(credential)
        return Response(None, status_code=204, cookies=[jar.clear(), jar.clear_look()])


class MeApi(Controller):
    """The person signed in."""

    path = "/api/v1/me"
    tags = ("me",)
    opt = {**PROFILE, "personal": True}  # noqa: RUF012 - the framework reads a class attribute

    @get(opt=SHARED)
    async def me(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        tenants: Tenants,
    ) -> MeView:
        """Tell who is signed in, where they work and what they may do there."""
        token = visit_of(request.scope).csrf_token
        return await profile.me(transaction, actor, await _tenant_view(tenants, actor), token)

    @patch(status_code=204)
    async def change(self, actor: Actor, transaction: Transaction, profile: Profile, data: ProfileChange) -> None:
        """Change language, theme, name or phone."""
        await profile.change(transaction, actor, data)

    @post("/membership", opt=SHARED, status_code=200)
    async def change_place(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        data: MembershipChoice,
        signing: Signing,
        profile: Profile,
        tenants: Tenants,
        jar: SessionCookies,
        form_tokens: FormTokens,
    ) -> Response[MeView]:
        """Work in another of one's places from now on; the session id and the form token change."""
        session = await signing.change_place(actor, data.membership, origin_of(request, jar))
        me = await _me(session, signing, profile, tenants, form_tokens)
        return Response(me, cookies=[jar.write(session.credential)])

    @post("/password", opt=BY_SESSION, status_code=204)
    async def change_password(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        data: PasswordChange,
        jar: SessionCookies,
    ) -> Response[None]:
        """Set a new password; every other session and every token of the person ends."""
        session = await profile.change_password(transaction, actor, kind_of(request), data, client_of(request))
        return _moved_on(session, request, jar)

    @get("/sessions", opt=BY_SESSION)
    async def sessions(
        self, request: Request[object, object, State], actor: Actor, transaction: Transaction, profile: Profile
    ) -> Collection[SessionView]:
        """List one's open sessions."""
        items = await profile.sessions(transaction, actor, visitor_of(request.scope).credential)
        return Collection(items=items, next=None, total=len(items))

    @delete("/sessions", opt=BY_SESSION)
    async def end_everywhere(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        jar: SessionCookies,
    ) -> Response[None]:
        """End every session and token of the person but this one, whose id changes."""
        session = await profile.end_everywhere(transaction, actor, kind_of(request), client_of(request))
        return _moved_on(session, request, jar)

    @get("/sessions/{session_id:uuid}", opt=BY_SESSION)
    async def session(
        self,
        request: Request[object, object, State],
        session_id: UUID,
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
    ) -> SessionView:
        """Show one of one's sessions."""
        items = await profile.sessions(transaction, actor, visitor_of(request.scope).credential)
        return _one(items, session_id)

    @delete("/sessions/{session_id:uuid}", opt=BY_SESSION)
    async def end_session(self, session_id: UUID, actor: Actor, transaction: Transaction, profile: Profile) -> None:
        """End one of one's sessions."""
        await profile.end_session(transaction, actor, session_id)

    @get("/tokens")
    async def tokens(self, actor: Actor, transaction: Transaction, profile: Profile) -> Collection[TokenView]:
        """List the tokens for scripts that work in this place."""
        items = await profile.tokens(transaction, actor)
        return Collection(items=items, next=None, total=len(items))

    @get("/tokens/{token_id:uuid}")
    async def token(self, token_id: UUID, actor: Actor, transaction: Transaction, profile: Profile) -> TokenView:
        """Show one token, without its secret."""
        return _one(await profile.tokens(transaction, actor), token_id)

    @post("/tokens", opt=BY_SESSION, status_code=201)
    async def make_token(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        profile: Profile,
        data: TokenOrder,
    ) -> NewTokenView:
        """Make a token for scripts; its secret is in this answer and nowhere else."""
        return await profile.make_token(transaction, actor, kind_of(request), data)

    @delete("/tokens/{token_id:uuid}")
    async def revoke_token(self, token_id: UUID, actor: Actor, transaction: Transaction, profile: Profile) -> None:
        """Revoke a token."""
        await profile.revoke_token(transaction, actor, token_id)


async def _me(
    session: NewSession, signing: Signing, profile: Profile, tenants: Tenants, form_tokens: FormTokens
) -> MeView:
    async with signing.entered(session) as entered:
        tenant = await _tenant_view(tenants, entered.actor)
        return await profile.me(entered.transaction, entered.actor, tenant, form_tokens.make(session.secret))


async def _tenant_view(tenants: Tenants, actor: Actor) -> TenantView:
    """Name the manufacturer."""
    tenant = await tenants.by_id(actor.tenant_id)
    return TenantView("" if tenant is None else tenant.code, "" if tenant is None else tenant.names[actor.locale])


def _moved_on(session: NewSession, request: Request[object, object, State], jar: SessionCookies) -> Response[None]:
    credential = visitor_of(request.scope).credential
    is_browser = credential is not None and not credential.is_bearer
    return Response(None, status_code=204, cookies=[jar.write(session.credential)] if is_browser else [])


def _one(items: Sequence[V], wanted: UUID) -> V:
    for item in items:
        if item.id == wanted:
            return item
    raise NotFoundError


API: Final = [SessionApi, MeApi]
