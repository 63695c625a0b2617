"""The one way in: from a cookie or a token to the person behind it, in a transaction that is theirs."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final, cast
from uuid import UUID

from litestar.types import HTTPScope, Message, Scope
from msgspec import Struct

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.seeing import BEGIN_SEEING, SeeingEndedError, read_seen
from app.access.sessions import BEGIN_CHANGE, BEGIN_REQUEST, Credential, is_stale, read_actor, read_credential
from app.access.tenants import Tenants
from app.access.visitors import Visitor, remember_visitor, visitor_of
from app.caching.marks import read_moment
from app.caching.shelf import Caches
from app.infra.db.engine import Engines
from app.infra.db.transaction import Transaction
from app.infra.http.csrf import FormTokens
from app.infra.http.unit import Held, Unit
from app.infra.http.visit import DEFAULT_ZONE, visit_of

LOOK_ENDED: Final = "/see-as/ended"
_BEARER: Final = b"Bearer "


class Entered(Struct, frozen=True):
    """Somebody is in: their transaction is open and its context is theirs."""

    actor: Actor
    transaction: Transaction
    is_stale: bool  # the session's last use should be noted again


class Entrance:
    """Lets people in; used by requests, sockets and whoever has just made a session."""

    def __init__(
        self,
        engines: Engines,
        tenants: Tenants,
        cookies: SessionCookies,
        tokens: FormTokens,
        caches: Caches | None = None,
    ) -> None:
        """Know the pools, the tenants, how sessions and form tokens are written, and what requests may read from."""
        self._caches = caches
        self._engines = engines
        self._tenants = tenants
        self._cookies = cookies
        self._tokens = tokens

    async def enter(
        self, credential: Credential | None, held: Held, *, read_only: bool = True, takes_turn: bool = True
    ) -> Entered | None:
        """Begin the transaction of whoever the credential stands for; None, and nothing open, if for nobody.

        One that writes takes its turn: rules and facts cannot change until it ends. Whoever changes the rules does not,
        for they would wait for themselves.
        """
        tenant = None if credential is None else await self._tenants.by_id(credential.tenant_id)
        if credential is None or tenant is None:
            return None
        unit = held.take(Unit(self._engines.of(credential.kind)))
        statement = BEGIN_CHANGE if takes_turn and not read_only else BEGIN_REQUEST
        begun_ms = int(time.time() * 1000)
        row = await unit.begin(read_only=read_only, statement=statement, args=credential.args, tenant_id=tenant.id)
        if row is None or unit.transaction is None:
            await held.close()
            return None
        if self._caches is not None and not read_only:
            unit.follow(await self._caches.teller(unit.transaction))
        elif self._caches is not None:
            # What row-level security goes by, besides the tenant.
            reader = (credential.kind, cast("UUID | None", row["partner_id"]))
            moment = read_moment(str(row["horizon"]), cast("str | None", row["untold"]), begun_ms)
            unit.lay_out(await self._caches.open(unit.transaction, reader, moment))
        actor = read_actor(row, tenant.id, tenant.zone, is_script=credential.is_bearer)
        unit.transaction.admit("person", actor.user_id, actor.person_id, to_write=True)
        return Entered(actor, unit.transaction, is_stale(row) and not credential.is_bearer)

    async def _look(self, own: Actor, credential: Credential, look: Credential, held: Held) -> Entered:
        unit = held.take(Unit(self._engines.of(look.kind)))
        args = (own.tenant_id, credential.secret_hash, look.secret_hash)
        row = await unit.begin(read_only=True, statement=BEGIN_SEEING, args=args, tenant_id=own.tenant_id)
        if row is None or unit.transaction is None:
            await held.close()
            raise SeeingEndedError
        seen = read_seen(row, own)
        unit.transaction.admit("person", seen.user_id)
        return Entered(seen, unit.transaction, is_stale(row))

    async def enter_from(
        self, scope: Scope, held: Held, *, read_only: bool = True, takes_turn: bool = True, as_oneself: bool = False
    ) -> tuple[Credential | None, Entered | None]:
        """Begin the transaction of whoever a browser stands for, as themselves or as the person they look as.

        Raises:
            SeeingEndedError: they looked as somebody, and that is over.
        """
        credential, look = self.cookie_of(scope), None if as_oneself else self._cookies.read_look(scope)
        if credential is None or look is None:
            return credential, await self.enter(credential, held, read_only=read_only, takes_turn=takes_turn)
        # Without a session of one's own there is nothing to look from: that is a matter of signing in.
        stands = await self.enter(credential, held)
        await held.close()
        return credential, None if stands is None else await self._look(stands.actor, credential, look, held)

    async def admit(
        self, scope: HTTPScope, held: Held, *, read_only: bool, takes_turn: bool = True, as_oneself: bool = False
    ) -> Entered | None:
        """Let the person behind a request in; whoever answers it then knows them and speaks their language."""
        credential = _bearer(dict(scope["headers"]))
        if credential is None:
            credential, entered = await self.enter_from(
                scope, held, read_only=read_only, takes_turn=takes_turn, as_oneself=as_oneself
            )
        else:
            entered = await self.enter(credential, held, read_only=read_only, takes_turn=takes_turn)
        if credential is None or entered is None:
            return None
        actor = entered.actor
        remember_visitor(scope, Visitor(actor, credential))
        visit = visit_of(scope)
        visit.locale, visit.zone, visit.theme = actor.locale, actor.zone or DEFAULT_ZONE, actor.theme
        visit.is_signed_in = True
        if not credential.is_bearer:
            visit.make_csrf_token = partial(self._tokens.make, credential.secret)
        return entered

    async def recognise(self, scope: HTTPScope) -> None:
        """Find out who asked for something that no handler answers, so that the refusal is in their words and shell."""
        if visitor_of(scope).actor is not None:
            return
        held = Held()
        try:
            await self.admit(scope, held, read_only=True)
        finally:
            await held.close()

    def away(self) -> list[Message]:
        """Answer a page asked for through a look that is over: the browser forgets it and goes where that is told."""
        cookie = self._cookies.clear_look().to_header(header="").encode("latin-1")
        headers = [(b"location", LOOK_ENDED.encode()), (b"set-cookie", cookie), (b"content-length", b"0")]
        return [
            {"type": "http.response.start", "status": 303, "headers": headers},
            {"type": "http.response.body", "body": b"", "more_body": False},
        ]

    def look_of(self, scope: Scope) -> Credential | None:
        """Read the look a browser brings."""
        return self._cookies.read_look(scope)

    def cookie_of(self, scope: Scope) -> Credential | None:
        """Read the session a browser brings."""
        return self._cookies.read(scope)


def _bearer(headers: Mapping[bytes, bytes]) -> Credential | None:
    sent = headers.get(b"authorization", b"")
    if not sent.startswith(_BEARER):
        return None
    return read_credential(sent[len(_BEARER) :].decode("latin-1").strip(), is_bearer=True)
