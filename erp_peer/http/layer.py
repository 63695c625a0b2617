"""The outermost layer: request ids, dates, sessions, and the faults that strike before or after the work is done."""

import asyncio
import datetime as dt
from email.utils import format_datetime
from http.cookies import SimpleCookie
from random import Random

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec import Struct

from erp_peer.faults import shapes
from erp_peer.faults.ailments import Ailments, Drift, Hidden, suffer
from erp_peer.faults.book import Asked, RuleState
from erp_peer.http import refusals, tricks
from erp_peer.http.refusals import Refusal
from erp_peer.http.sessions import NoLicenceError, Session, Sessions, UnknownSessionError
from erp_peer.peer import Peer
from erp_peer.staff.mishaps import befall

_CONTROL, _HEALTH = "/_control", "/healthz"
_ACKED = b',"acked":true}'


class _Call(Struct, frozen=True):
    """One request with what has been found about it."""

    scope: HTTPScope
    receive: Receive
    send: Send
    body: bytes | None
    struck: list[RuleState]

    @property
    def path(self) -> str:
        """The decoded path."""
        return self.scope["path"]

    def header(self, name: bytes) -> str:
        """A header of the request; empty when it has none."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    def rule(self, kind: type[shapes.AnyRule]) -> RuleState | None:
        """The first rule of a kind that struck."""
        return next((state for state in self.struck if isinstance(state.rule, kind)), None)


class FaultLayer:
    """Wraps the application. The control surface is never hit."""

    def __init__(self, app: ASGIApp, peer: Peer) -> None:
        self._app = app
        self._peer = peer
        settings = peer.settings
        self._sessions = {ib: Sessions(settings.sessions, settings.session_wait_s) for ib in peer.infobases}
        self._pace = Random(settings.seed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, with what the rules do to it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        suffer(Ailments())
        path = scope["path"]
        if path.startswith((_CONTROL, _HEALTH)):
            await self._app(scope, receive, self._dated(send))
            return
        faults = self._peer.faults
        body = await tricks.read_whole(receive) if faults.look_inside() else None
        struck = faults.strike(Asked(scope["method"], path, body or b""))
        suffer(self._ailments(struck))
        echoed = [(key, value) for key, value in scope["headers"] if key == b"x-request-id"]
        await self._serve(_Call(scope, receive, tricks.with_headers(self._dated(send), *echoed), body, struck))

    def _dated(self, send: Send) -> Send:
        """The Date header follows the peer's clock, not the server's."""
        now = format_datetime(self._peer.clock.now(), usegmt=True)
        return tricks.with_headers(send, (b"date", now.encode()))

    def _ailments(self, struck: list[RuleState]) -> Ailments:
        seed = self._peer.settings.seed
        rules = [state.rule for state in struck]
        return Ailments(
            sum(rule.s for rule in rules if isinstance(rule, shapes.ClockSkew)),
            tuple(
                Hidden(state.rule.set, state.rule.pct, f"{seed}/{state.number}")
                for state in struck
                if isinstance(state.rule, shapes.RlsHide)
            ),
            tuple(Drift(rule.set, rule.field, rule.change) for rule in rules if isinstance(rule, shapes.SchemaDrift)),
        )

    async def _serve(self, call: _Call) -> None:
        """Let the faults act that come before the work, in the order of their rules."""
        for state in call.struck:
            rule = state.rule
            if isinstance(rule, shapes.Latency):
                await asyncio.sleep(_delay_s(rule, state.rng))
            elif isinstance(rule, shapes.Mishap):
                await self._befall(call, state)
            elif isinstance(rule, shapes.DropBeforeHandle) or (
                isinstance(rule, shapes.Maintenance) and rule.mode == "refuse"
            ):
                tricks.reset(call.scope)
                return
            elif (refusal := await self._refusal(call, rule)) is not None:
                await refusal.send(call.send)
                return
        sessions = self._sessions.get(call.path.split("/")[1])
        if sessions is None:
            await self._work(call)
            return
        await self._in_session(call, sessions)

    async def _befall(self, call: _Call, state: RuleState) -> None:
        base = self._peer.infobases.get(call.path.split("/")[1])
        if base is not None and isinstance(state.rule, shapes.Mishap):
            await befall(self._peer.pool, base.ib, self._peer.clock.now(), state.rule, state.rng)

    async def _refusal(self, call: _Call, rule: shapes.AnyRule) -> Refusal | None:
        """The answer of a fault that is one."""
        accept = call.header(b"accept") + call.scope["query_string"].decode("latin-1")
        match rule:
            case shapes.Http():
                return refusals.injected(call.path, rule.status, rule.body)
            case shapes.HtmlLoginPage():
                return refusals.login_page()
            case shapes.LockConflict():
                await asyncio.sleep(rule.ms / 1000)
                return refusals.lock_failed(call.path, accept, refusals.LOCKED)
            case shapes.Deadlock():
                return refusals.lock_failed(call.path, accept, refusals.DEADLOCKED)
            case shapes.Maintenance():
                return refusals.maintenance(call.path, rule.mode, self._left(call.path))
            case _:
                return None

    def _left(self, path: str) -> dt.timedelta | None:
        window = self._peer.faults.maintenance(path)
        return None if window is None or window[1] is None else window[1] - self._peer.clock.now()

    async def _in_session(self, call: _Call, sessions: Sessions) -> None:
        """Take a session, wake it when it is cold, and work."""
        cookie = SimpleCookie(call.header(b"cookie")).get("ibsession")
        found = call.rule(shapes.SessionLimit)
        limit = found.rule if found else None
        size, wait_s = (limit.limit, limit.wait_ms / 1000) if isinstance(limit, shapes.SessionLimit) else (None, None)
        try:
            async with sessions.take(cookie.value if cookie else "", size, wait_s) as session:
                await self._wake(call, session)
                match call.header(b"ibsession"):
                    case "start":
                        kept = f"ibsession={sessions.keep(session)}; path=/{call.path.split('/')[1]}"
                        send = tricks.with_headers(call.send, (b"set-cookie", kept.encode("latin-1")))
                        await self._work(_Call(call.scope, call.receive, send, call.body, call.struck))
                    case "finish":
                        await self._work(call)
                        sessions.release(session)
                    case _:
                        await self._work(call)
        except NoLicenceError:
            await refusals.no_licence().send(call.send)
        except UnknownSessionError:
            await refusals.no_session().send(call.send)

    async def _wake(self, call: _Call, session: Session) -> None:
        """A cold session is slow when a rule says so, and always when the peer plays a real one."""
        cold = call.rule(shapes.ColdStart)
        if cold is not None and isinstance(cold.rule, shapes.ColdStart) and session.is_cold(cold.since):
            await asyncio.sleep(cold.rule.ms / 1000)
        elif self._peer.settings.realistic and session.is_cold(float("-inf")):
            await asyncio.sleep(shapes.ColdStart().ms / 1000)
        if self._peer.settings.realistic:
            await asyncio.sleep(self._pace.uniform(*_usual_s(call.path)))

    async def _work(self, call: _Call) -> None:
        """Do the work, once or twice, and let the faults act that come after it."""
        scope, receive, send = call.scope, call.receive, call.send
        if call.body is not None:
            receive = tricks.repeating(call.body, receive)
        for state in call.struck:
            if isinstance(state.rule, shapes.DropAfterCommit):
                send = tricks.cutting(scope)
            elif isinstance(state.rule, shapes.TruncateBody):
                send = tricks.truncating(scope, send, state.rule)
            elif isinstance(state.rule, shapes.GarbleBody):
                send = tricks.garbling(send, state.rule.at)
            elif isinstance(state.rule, shapes.SlowDrip):
                send = tricks.dripping(send, state.rule.bps)
        if call.rule(shapes.DuplicateDelivery) is None:
            await self._app(scope, receive, send)
            return
        body = await tricks.read_whole(receive)
        if scope["path"].endswith("/changes/ack"):
            # The acknowledgement is lost behind a polite answer: the same batch comes again.
            said = body.rstrip().removesuffix(b"}") + _ACKED
            await Refusal(200, refusals.JSON, said.decode()).send(send)
            return
        await self._app(dict(scope), tricks.repeating(body, receive), tricks.nowhere)  # type: ignore[arg-type]
        await self._app(scope, tricks.repeating(body, receive), send)


def _delay_s(rule: shapes.Latency, rng: Random) -> float:
    """Latency of one request: base plus the jitter's share."""
    share = rng.random() if rule.dist == "even" else rng.expovariate(3)
    return (rule.ms + share * rule.jitter_ms) / 1000


def _usual_s(path: str) -> tuple[float, float]:
    """How long a real base takes at least and at most."""
    if path.endswith(("/Post", "/Unpost", "/commands")):
        return 1.0, 3.0
    return (0.3, 0.8) if refusals.INTERFACE in path else (0.0, 0.0)
