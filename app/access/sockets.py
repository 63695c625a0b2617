"""The one WebSocket of a browser tab (CONTRACT, section 3)."""

import asyncio
import time
from typing import Final

import msgspec
from litestar import WebSocket, websocket
from litestar.datastructures import State
from litestar.exceptions import WebSocketDisconnect
from msgspec import Struct

from app.access.actors import Actor
from app.access.entrance import Entrance
from app.access.hub import Hub
from app.access.looks import Looks
from app.access.seats import SESSION_ENDED, Seat
from app.access.seeing import SeeingEndedError
from app.access.sessions import Credential
from app.infra.http.origins import Origins
from app.infra.http.unit import Held
from app.infra.live import Position, TooFarBackError, read_token
from app.kernel.errors import InvalidInputError

_POLICY: Final = 1008
_HELLO_WITHIN_S: Final = 10.0
_SEND_WITHIN_S: Final = 20.0
_MOST_SEATS: Final = 20  # tabs of one person in one process
_MESSAGES_A_SECOND: Final = 10
_LONGEST: Final = 12_000
_Socket = WebSocket[object, object, State]


class Hello(Struct):
    """What a page says first; ``since`` is the last id it saw, nothing or 0 for a fresh page."""

    type: str
    since: str | int | None = None


class SocketDoor:
    """Lets pages in."""

    def __init__(self, entrance: Entrance, origins: Origins, hub: Hub, looks: Looks) -> None:
        """Know the parts."""
        self._looks = looks
        self._entrance = entrance
        self._origins = origins
        self._hub = hub

    async def serve(self, socket: _Socket) -> None:
        """Serve one page until it goes away or has to."""
        if not self._is_ours(socket):
            # Before accepting: a page elsewhere learns nothing, not even that there is a session.
            await socket.close(code=_POLICY)
            return
        credential, actor = await self._identify(socket)
        await socket.accept()
        if actor is None or credential is None:
            await socket.close(code=SESSION_ENDED)
            return
        if self._hub.count(actor.user_id) >= _MOST_SEATS:
            await socket.close(code=_POLICY)
            return
        look = None if actor.watcher is None else self._entrance.look_of(socket.scope)
        seat = await self._greet(socket, actor, credential, look)
        if seat is not None:
            await self._stay(socket, seat)

    def _is_ours(self, socket: _Socket) -> bool:
        origin, host = socket.headers.get("origin"), socket.headers.get("host", "")
        return origin is not None and self._origins.is_our_origin(origin, host)

    async def _identify(self, socket: _Socket) -> tuple[Credential | None, Actor | None]:
        held = Held()
        try:
            credential, entered = await self._entrance.enter_from(socket.scope, held)
            if entered is None:
                return credential, None
            await self._looks.check(entered.transaction, entered.actor)
            await self._looks.note(entered.actor, "WS", socket.scope["path"])
        except SeeingEndedError:
            return None, None
        else:
            return credential, entered.actor
        finally:
            await held.close()

    async def _greet(
        self, socket: _Socket, actor: Actor, credential: Credential, look: Credential | None
    ) -> Seat | None:
        try:
            async with asyncio.timeout(_HELLO_WITHIN_S):
                text = await socket.receive_text()
            hello = msgspec.json.decode(text if len(text) <= _LONGEST else "", type=Hello)
            position, is_lost = _position(hello), False
        except TooFarBackError:
            position, is_lost = None, True
        except WebSocketDisconnect:
            return None
        except (TimeoutError, msgspec.MsgspecError, InvalidInputError):
            await socket.close(code=_POLICY)
            return None
        look_hash = None if look is None else look.secret_hash
        return Seat(actor, credential.secret_hash, position, is_lost=is_lost, look_hash=look_hash)

    async def _stay(self, socket: _Socket, seat: Seat) -> None:
        self._hub.join(seat)
        listening = asyncio.create_task(_listen(socket))
        telling = asyncio.create_task(_tell(socket, seat))
        try:
            await asyncio.wait((listening, telling), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(seat)
            for task in (listening, telling):
                task.cancel()
            results = await asyncio.gather(listening, telling, return_exceptions=True)
        if seat.close_code:
            await socket.close(code=seat.close_code)
        elif results[0] is False:
            await socket.close(code=_POLICY)


async def _listen(socket: _Socket) -> bool:
    """Read what a page says, which after its hello is nothing that matters; False if it talks too much."""
    second, heard = time.monotonic(), 0
    while True:
        try:
            await socket.receive_text()
        except WebSocketDisconnect:
            return True
        if time.monotonic() - second > 1:
            second, heard = time.monotonic(), 0
        heard += 1
        if heard > _MESSAGES_A_SECOND:
            return False


async def _tell(socket: _Socket, seat: Seat) -> None:
    """Send what waits; ends when the seat was closed or the page does not read."""
    while True:
        message = await seat.next()
        if not message:
            return
        async with asyncio.timeout(_SEND_WITHIN_S):
            await socket.send_text(message.decode())


def _position(hello: Hello) -> Position | None:
    if hello.type != "hello":
        raise InvalidInputError([])
    return read_token(hello.since) if isinstance(hello.since, str) and hello.since else None


@websocket("/ws", opt={"permission": "notification:view"})
async def live_socket(socket: WebSocket[object, object, State], door: SocketDoor) -> None:
    """Tell an open page what happens, as far as its person may see it."""
    await door.serve(socket)
