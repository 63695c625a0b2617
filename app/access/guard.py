"""The guard before every handler: who is it, may they, and one transaction around what they do.

The answer of a handler is held back until its transaction has committed: what was told to the browser
is true, and a failing commit is an error and not a lie. A read is BEGIN, one statement that finds the
session and sets the context, the handler's own statements, COMMIT.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Final, cast

import structlog
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

from app.access.actors import Actor
from app.access.cookies import SessionCookies
from app.access.policy import Policy
from app.access.sessions import BEGIN_REQUEST, Credential, is_stale, read_actor, read_credential, touch
from app.access.tenants import Tenants
from app.access.visitors import Visitor, remember_visitor, visitor_of
from app.infra.db.engine import Engines
from app.infra.db.transaction import open_tenant_transaction
from app.infra.http import idempotency
from app.infra.http.csrf import FIELD, HEADER, FormTokens
from app.infra.http.failures import EdgeError
from app.infra.http.origins import Origins
from app.infra.http.request import EdgeRequest
from app.infra.http.unit import Unit
from app.infra.http.visit import DEFAULT_ZONE, visit_of
from app.infra.live import take_mark
from app.kernel.errors import NotAllowedError, NotSignedInError

_log: Final = structlog.stdlib.get_logger("karavan.access")
PUBLIC: Final = "public"
_READS: Final = frozenset({"GET", "OPTIONS"})
_DEADLINE_S: Final = 12.0
_REFUSED: Final = 400
_BEARER: Final = b"Bearer "


class Keys(Struct, frozen=True):
    """What the guard needs of the rest of the portal."""

    engines: Engines
    policy: Policy
    tenants: Tenants
    cookies: SessionCookies
    tokens: FormTokens
    origins: Origins
    wake: Callable[[], None]  # something was published: open pages should look


class Rule(Struct, frozen=True):
    """What a route says about itself in ``opt`` and by the arguments of its handler."""

    permission: str
    wants_actor: bool  # a public route that shows more to somebody signed in
    wants_transaction: bool
    is_idempotent: bool
    deadline_s: float


class Guard:
    """Litestar middleware; HTTP only, sockets have a guard of their own."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        """Stand before ``app``."""
        self._app = app
        self._keys = keys
        self._rules: dict[HTTPRouteHandler, Rule | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or raise why not."""
        handler = scope.get("route_handler")
        rule = self._rule(handler) if isinstance(handler, HTTPRouteHandler) else None
        if scope["type"] != "http" or rule is None:
            await self._app(scope, receive, send)
            return
        unit = _Held()
        try:
            async with asyncio.timeout(rule.deadline_s):
                answer = await self._admit(scope, receive, rule, unit)
        except (TimeoutError, asyncio.CancelledError):
            await unit.abort()
            raise
        finally:
            visit_of(scope).transaction = None
            await unit.close()
        for message in answer:
            await send(message)
        await self._touch(scope, unit)

    async def _admit(self, scope: HTTPScope, receive: Receive, rule: Rule, unit: "_Held") -> "list[Message]":
        headers = dict(scope["headers"])
        is_read = scope["method"] in _READS
        if not is_read and not self._keys.origins.may_change(headers):
            raise EdgeError(403, "foreign_origin")
        actor = await self._identify(scope, headers, rule, unit, is_read=is_read)
        if actor is not None:
            if not is_read:
                await self._check_change(scope, receive, headers, actor)
            await self._check_permission(rule, actor, unit)
        elif rule.permission != PUBLIC:
            raise NotSignedInError
        elif rule.wants_transaction:
            await unit.open(Unit(self._keys.engines.client)).begin(read_only=is_read)
        visit = visit_of(scope)
        visit.transaction = unit.unit.transaction if unit.unit else None
        return await self._run(scope, receive, rule, unit)

    async def _identify(
        self, scope: HTTPScope, headers: Mapping[bytes, bytes], rule: Rule, unit: "_Held", *, is_read: bool
    ) -> Actor | None:
        if rule.permission == PUBLIC and not rule.wants_actor:
            return None
        credential = _bearer(headers) or self._keys.cookies.read(scope)
        tenant = None if credential is None else await self._keys.tenants.by_id(credential.tenant_id)
        if credential is None or tenant is None:
            return None
        row = await unit.open(Unit(self._keys.engines.of(credential.kind))).begin(
            read_only=is_read, statement=BEGIN_REQUEST, args=credential.args, tenant_id=tenant.id
        )
        if row is None:
            await unit.close()
            return None
        actor = read_actor(row, tenant.id, tenant.zone)
        unit.is_stale = is_stale(row) and not credential.is_bearer
        remember_visitor(scope, Visitor(actor, credential))
        visit = visit_of(scope)
        visit.locale, visit.zone, visit.theme = actor.locale, tenant.zone or DEFAULT_ZONE, actor.theme
        visit.is_signed_in = True
        if not credential.is_bearer:
            visit.make_csrf_token = partial(self._keys.tokens.make, credential.secret)
        return actor

    async def _check_change(
        self, scope: HTTPScope, receive: Receive, headers: Mapping[bytes, bytes], actor: Actor
    ) -> None:
        credential = visitor_of(scope).credential
        if actor.read_only:
            raise EdgeError(403, "read_only_token")
        if credential is None or credential.is_bearer:
            return  # a page elsewhere cannot make a browser send this header
        token = headers.get(HEADER, b"").decode("latin-1")
        if not token:
            token = str((await EdgeRequest(scope, receive).form()).get(FIELD, ""))
        if not self._keys.tokens.matches(token, credential.secret):
            raise EdgeError(403, "form_expired")

    async def _check_permission(self, rule: Rule, actor: Actor, unit: "_Held") -> None:
        transaction = unit.unit.transaction if unit.unit else None
        if rule.permission == PUBLIC or transaction is None:
            return
        resource, _, action = rule.permission.partition(":")
        if (await self._keys.policy.decision(transaction, actor, resource, action)).is_empty:
            raise NotAllowedError

    async def _run(self, scope: HTTPScope, receive: Receive, rule: Rule, unit: "_Held") -> "list[Message]":
        held = _Buffer()
        if not rule.is_idempotent:
            await self._app(scope, receive, held)
            await self._finish(unit, held)
            return held.messages
        call = await _call(scope, receive)
        transaction = visit_of(scope).transaction
        if call is None or transaction is None:
            await self._app(scope, receive, held)
            await self._finish(unit, held)
            return held.messages
        first = await idempotency.claim(transaction, call)
        if first is not None:
            await unit.finish(commit=False)
            return _again(first)
        await self._app(scope, receive, held)
        if held.status < _REFUSED:
            await idempotency.keep(transaction, call, held.answer())
        await self._finish(unit, held)
        return held.messages

    async def _finish(self, unit: "_Held", held: "_Buffer") -> None:
        transaction = unit.unit.transaction if unit.unit else None
        commits = held.status < _REFUSED
        has_news = commits and transaction is not None and take_mark(transaction)
        await unit.finish(commit=commits)
        if has_news:
            self._keys.wake()

    async def _touch(self, scope: HTTPScope, unit: "_Held") -> None:
        visitor = visitor_of(scope)
        if not unit.is_stale or visitor.actor is None or visitor.credential is None:
            return
        engine = self._keys.engines.of(visitor.credential.kind)
        try:
            async with open_tenant_transaction(engine, visitor.actor.tenant_id, user_id=visitor.actor.user_id) as own:
                await touch(own, visitor.credential)
        except Exception as error:  # noqa: BLE001 - the answer has left; a session noted later is no harm
            _log.warning("session use was not noted", exc_info=error)

    def _rule(self, handler: HTTPRouteHandler) -> Rule | None:
        if handler not in self._rules:
            self._rules[handler] = read_rule(handler)
        return self._rules[handler]


def read_rule(handler: HTTPRouteHandler) -> Rule | None:
    """Read what a route says about itself; None for the answers to OPTIONS that the framework makes."""
    opt = cast("Mapping[str, object]", handler.opt)
    if "permission" not in opt:
        return None
    names = set(handler.parsed_fn_signature.parameters)
    return Rule(
        permission=str(opt["permission"]),
        # Signing in starts from nobody, whatever session the browser still carries.
        wants_actor=bool(names & {"actor", "page"}) and opt.get("anonymous") is not True,
        wants_transaction="transaction" in names,
        is_idempotent=opt.get("idempotent") is True,
        deadline_s=float(str(opt.get("deadline_s", _DEADLINE_S))),
    )


def _bearer(headers: Mapping[bytes, bytes]) -> Credential | None:
    sent = headers.get(b"authorization", b"")
    if not sent.startswith(_BEARER):
        return None
    return read_credential(sent[len(_BEARER) :].decode("latin-1").strip(), is_bearer=True)


async def _call(scope: HTTPScope, receive: Receive) -> idempotency.Call | None:
    """Name the call by its key: a header for scripts, a hidden field for forms, which may leave it out."""
    request = EdgeRequest(scope, receive)
    actor = visitor_of(scope).actor
    if actor is None:
        return None
    body = await request.body()
    key = request.headers.get("idempotency-key", "")
    if not key and request.content_type[0] == "application/x-www-form-urlencoded":
        key = str((await request.form()).get(idempotency.FIELD, ""))
        if not key:
            return None
    if not key or len(key) > idempotency.MAX_LENGTH or not key.isprintable():
        raise EdgeError(400, "idempotency_key_missing")
    visit_of(scope).idempotency_key = key
    route = f"{scope['method']} {scope['path']}"
    return idempotency.Call(actor.user_id, key, route, sha256(body).digest())


def _again(answer: idempotency.Answer) -> "list[Message]":
    size = (b"content-length", str(len(answer.body)).encode())
    return [
        {"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, size]},
        {"type": "http.response.body", "body": answer.body, "more_body": False},
    ]


class _Held:
    """The unit of one request, opened late and given back early."""

    def __init__(self) -> None:
        self.unit: Unit | None = None
        self.is_stale = False

    def open(self, unit: Unit) -> Unit:
        self.unit = unit
        return unit

    async def finish(self, *, commit: bool) -> None:
        if self.unit is not None and commit:
            await self.unit.commit()
        await self.close()

    async def close(self) -> None:
        if self.unit is not None:
            await self.unit.close()

    async def abort(self) -> None:
        if self.unit is not None:
            await self.unit.abort()


class _Buffer:
    """Holds an answer back until it is true."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.messages.append(message)

    def answer(self) -> idempotency.Answer:
        headers: list[tuple[bytes, bytes]] = []
        body = b""
        for message in self.messages:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
        return idempotency.Answer(self.status, headers, body)
