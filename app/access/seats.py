"""One open socket as the hub sees it: whose it is, how far it is, what waits to be sent."""

import asyncio
from typing import Final

import msgspec

from app.access.actors import Actor
from app.infra.live import Event, Position, write_token

QUEUE: Final = 200
_ASIDE: Final = ("unread", "toast", "tone")
SESSION_ENDED: Final = 4401
RIGHTS_ENDED: Final = 4403
TRY_AGAIN: Final = 1013


class Seat:
    """A bounded queue with a person behind it."""

    def __init__(
        self,
        actor: Actor,
        session_hash: bytes,
        position: Position | None,
        *,
        is_lost: bool,
        look_hash: bytes | None = None,
    ) -> None:
        """``position`` is where the page left off, None for a fresh one; ``is_lost``: nobody knows where it was.

        ``look_hash``: of the look through which somebody sees what the actor sees; the session is then their own.
        """
        self.actor = actor
        self.session_hash = session_hash
        self.look_hash = look_hash
        self.position = position
        self.is_lost = is_lost
        self.mark = ""  # changes when session, membership or person change
        self.close_code = 0
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)

    async def next(self) -> bytes:
        """Wait for the next message; empty when the seat was closed."""
        if self.close_code and self._waiting.empty():
            return b""
        return await self._waiting.get()

    def tell(self, event: Event, position: Position) -> None:
        """Queue an event; ``position`` is where the page is once it has it, and what it says as ``since``."""
        fields: dict[str, object] = {
            "type": event.object_kind,
            "id": write_token(position),
            "key": event.object_id,
            "kind": event.kind,
            "at": event.at,
            "data": event.data,
        }
        # What the bell needs stands beside the rest, where every page looks for it.
        loose = msgspec.json.decode(event.data, type=dict[str, object])
        fields |= {name: loose[name] for name in _ASIDE if name in loose}
        self._put(fields, position)

    def stand_at(self, position: Position, kind: str = "pulse") -> None:
        """Tell the page where it is although nothing happened, so that it can come back from there."""
        self._put({"type": kind, "id": write_token(position)}, position)

    def resync(self, position: Position) -> None:
        """Tell the page to ask for everything anew: too much was missed to be told piece by piece."""
        if self.close_code:
            return
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(msgspec.json.encode({"type": "resync", "id": write_token(position)}))

    def close(self, code: int) -> None:
        """End the seat; what waits is dropped, since the person may not have it any more."""
        if not self.close_code:
            self.close_code = code
            while not self._waiting.empty():
                self._waiting.get_nowait()
            self._waiting.put_nowait(b"")

    def _put(self, fields: dict[str, object], position: Position) -> None:
        if self.close_code:
            return
        if self._waiting.full():
            self.resync(position)
            return
        self._waiting.put_nowait(msgspec.json.encode(fields))
