"""The guard before every handler: who is it, may they, and one transaction around what they do.

The answer of a handler is held back until its transaction has committed: what was told to the browser
is true, and a failing commit is an error and not a lie. A read is BEGIN, one statement that finds the
session and sets the context, the handler's own statements, COMMIT.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Final, cast

import structlog
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from msgspec import Struct

from app.access.actors import Actor
from app.access.downloads import Pouring, offered
from app.access.entrance import Entered, Entrance
from app.access.looks import Looks
from app.access.policy import Policy
from app.access.seeing import SeeingEndedError
from app.access.sessions import touch
from app.access.visitors import visitor_of
from app.infra.db.engine import Engines
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import open_tenant_transaction
from app.infra.http import idempotency
from app.infra.http.csrf import FIELD, HEADER, FormTokens
from app.infra.http.failures import EdgeError
from app.infra.http.origins import Origins
from app.infra.http.query import Query, check_query, query_of
from app.infra.http.request import EdgeRequest
from app.infra.http.routes import is_for_scripts
from app.infra.http.unit import Held, Unit
from app.infra.http.visit import visit_of
from app.kernel.errors import NotAllowedError, NotSignedInError

_log: Final = structlog.stdlib.get_logger("karavan.access")
PUBLIC: Final = "public"
_DEADLINE_S: Final = 12.0
_REFUSED: Final = 400


class Keys(Struct, frozen=True):
    """What the guard needs of the rest of the portal."""

    engines: Engines
    policy: Policy
    entrance: Entrance
    tokens: FormTokens
    origins: Origins
    looks: Looks
    count_attempt: Callable[[str], Awaitable[None]]  # by address; raises when there were too many


class Rule(Struct, frozen=True):
    """What a route says about itself in ``opt`` and by the arguments of its handler."""

    permission: str
    wants_actor: bool  # a public route that shows more to somebody signed in
    wants_transaction: bool
    is_idempotent: bool
    is_personal: bool  # only for the person themselves, never for who stands in or looks as them
    by_session: bool  # never by a token, which is worth less than its owner
    as_oneself: bool  # also while looking as somebody else: the way back
    is_attempt: bool  # somebody may be guessing: counted whatever was sent
    writes_rules: bool  # publishes rights: locks the rules itself, when it knows what it will write
    deadline_s: float
    query: Query


class Guard:
    """Litestar middleware; HTTP only, sockets have a guard of their own."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        """Stand before ``app``."""
        self._app = app
        self._keys = keys
        self._pouring = Pouring(keys.entrance, keys.policy)
        self._rules: dict[HTTPRouteHandler, Rule] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or raise why not."""
        handler = scope.get("route_handler")
        if scope["type"] != "http" or not isinstance(handler, HTTPRouteHandler):
            await self._app(scope, receive, send)
            return
        rule = self._rule(handler)
        held = Held()
        try:
            async with asyncio.timeout(rule.deadline_s):
                answer, is_stale = await self._admit(scope, receive, rule, held)
        except SeeingEndedError:
            if scope["method"] != "GET" or is_for_scripts(scope["path"]):
                raise
            answer, is_stale = self._keys.entrance.away(), False
        except (TimeoutError, asyncio.CancelledError):
            await held.abort()
            raise
        finally:
            visit_of(scope).transaction = None
            await held.close()
        download = offered(scope)
        if download is None:
            for message in answer:
                await send(message)
        else:
            await self._pouring.pour(scope, download, answer, send)
        if is_stale:
            await self._touch(scope)

    async def _admit(self, scope: HTTPScope, receive: Receive, rule: Rule, held: Held) -> "tuple[list[Message], bool]":
        """Check everything and run the handler; gives its answer, and whether the session's use should be noted."""
        headers = dict(scope["headers"])
        is_read = scope["method"] == "GET"
        if not is_read and not self._keys.origins.may_change(headers):
            raise EdgeError(403, "foreign_origin")
        if rule.is_attempt:
            await self._keys.count_attempt(visit_of(scope).address)
        asks = rule.permission != PUBLIC or rule.wants_actor
        entered = await self._enter(scope, held, rule, is_read=is_read) if asks else None
        if entered is not None:
            if not is_read:
                await self._check_change(scope, receive, headers, entered.actor)
            if rule.is_personal and entered.actor.deputy_id is not None:
                raise NotAllowedError("not_while_standing_in")
            if rule.by_session and entered.actor.is_script:
                raise NotAllowedError
            await self._check_permission(rule, entered)
        elif rule.permission != PUBLIC:
            raise NotSignedInError
        elif rule.wants_transaction:
            await held.take(Unit(self._keys.engines.client)).begin(read_only=is_read)
        check_query(rule.query, scope)
        visit_of(scope).transaction = held.transaction
        answer = await self._run(scope, receive, rule, held)
        return answer, entered is not None and entered.is_stale

    async def _enter(self, scope: HTTPScope, held: Held, rule: Rule, *, is_read: bool) -> Entered | None:
        """Let the person in; whoever looks as somebody else only reads, and every look is written down beforehand."""
        entrance = self._keys.entrance
        entered = await entrance.admit(
            scope, held, read_only=is_read, takes_turn=not rule.writes_rules, as_oneself=rule.as_oneself
        )
        if entered is None or entered.actor.watcher is None:
            return entered
        await self._keys.looks.check(entered.transaction, entered.actor)
        await self._keys.looks.note(entered.actor, scope["method"], scope["path"])
        if not is_read:
            raise EdgeError(403, "seeing_read_only")
        if rule.is_personal:
            raise NotAllowedError("seeing_personal")
        return entered

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

    async def _check_permission(self, rule: Rule, entered: Entered) -> None:
        if rule.permission == PUBLIC:
            return
        resource, _, action = rule.permission.partition(":")
        decision = await self._keys.policy.decision(entered.transaction, entered.actor, resource, action)
        if decision.is_empty:
            raise NotAllowedError("factor_demanded" if entered.actor.needs_factor else "")

    async def _run(self, scope: HTTPScope, receive: Receive, rule: Rule, held: Held) -> "list[Message]":
        out, transaction = _Buffer(), held.transaction
        call = await _call(scope, receive) if rule.is_idempotent else None
        if call is None or transaction is None:
            await self._app(scope, receive, out)
            await self._finish(held, out)
            return out.messages
        first = await idempotency.claim(transaction, call)
        if first is not None:
            await held.finish(commit=False)
            return _again(first)
        await self._app(scope, receive, out)
        if out.status < _REFUSED:
            await idempotency.keep(transaction, call, out.answer())
        await self._finish(held, out)
        return out.messages

    async def _finish(self, held: Held, out: "_Buffer") -> None:
        await held.finish(commit=out.status < _REFUSED)

    async def _touch(self, scope: HTTPScope) -> None:
        visitor = visitor_of(scope)
        if visitor.actor is None or visitor.credential is None:
            return
        engine = self._keys.engines.of(visitor.credential.kind)
        person = visitor.actor.watcher or visitor.actor
        try:
            async with open_tenant_transaction(
                engine, person.tenant_id, user_id=person.person_id, grounds=Grounds()
            ) as own:
                await touch(own, visitor.credential)
        except Exception as error:  # noqa: BLE001 - the answer has left; a session noted later is no harm
            _log.warning("session use was not noted", exc_info=error)

    def _rule(self, handler: HTTPRouteHandler) -> Rule:
        if handler not in self._rules:
            self._rules[handler] = read_rule(handler)
        return self._rules[handler]


def read_rule(handler: HTTPRouteHandler) -> Rule:
    """Read what a route says about itself."""
    opt = cast("Mapping[str, object]", handler.opt)
    names = set(handler.parsed_fn_signature.parameters)
    return Rule(
        permission=str(opt["permission"]),
        # Signing in starts from nobody, whatever session the browser still carries.
        wants_actor=bool(names & {"actor", "page"}) and opt.get("anonymous") is not True,
        wants_transaction="transaction" in names,
        is_idempotent=opt.get("idempotent") is True,
        is_personal=opt.get("personal") is True,
        by_session=opt.get("by_session") is True,
        as_oneself=opt.get("oneself") is True,
        is_attempt=opt.get("attempt") is True,
        writes_rules=opt.get("writes_rules") is True,
        deadline_s=float(str(opt.get("deadline_s", _DEADLINE_S))),
        query=query_of(opt),
    )


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
    return idempotency.Call(actor.person_id, actor.membership_id, key, route, sha256(body).digest())


def _again(answer: idempotency.Answer) -> "list[Message]":
    size = (b"content-length", str(len(answer.body)).encode())
    return [
        {"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, size]},
        {"type": "http.response.body", "body": answer.body, "more_body": False},
    ]


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
