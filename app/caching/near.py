"""The nearest store: a dictionary of this process, for what may be ten milliseconds behind (ERP-EXCHANGE 5.5).

Redis tells one listening connection of every process which keys were written (``CLIENT TRACKING``, broadcast). When
that connection is lost nothing here is believed any more. Two seconds are the end of everything in any case.
"""

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

NEAR_S: Final = 2.0
_MOST: Final = 2_000
_RETRY_S: Final = 0.5
_CHANNEL: Final = "__redis__:invalidate"
_QUIET_S: Final = 5.0


class Near:
    """Values of this process; empty and deaf until somebody listens for it."""

    def __init__(self, most: int = _MOST) -> None:
        """Hold at most so many."""
        self._most = most
        self._entries: OrderedDict[str, tuple[float, object]] = OrderedDict()
        self.is_listening = False

    def get(self, key: str) -> object | None:
        """Give what lies here and may still be believed."""
        entry = self._entries.get(key)
        if entry is None or not self.is_listening or entry[0] <= time.monotonic():
            return None
        return entry[1]

    def put(self, key: str, value: object) -> None:
        """Keep for a moment, and forget the oldest if there are too many; nothing while nobody listens."""
        if not self.is_listening or (key in self._entries and self._entries[key][0] > time.monotonic()):
            return
        self._entries[key] = (time.monotonic() + NEAR_S, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget one value: another was written."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


class Listener:
    """Hears what was written, for as long as the process lives."""

    def __init__(self, url: str, near: Near, prefix: str = "{t") -> None:
        """Listen for keys that begin with ``prefix``."""
        self._url = url
        self._near = near
        self._prefix = prefix

    async def run(self) -> None:
        """Listen for ever; reconnects by itself."""
        while True:
            with suppress(RedisError, OSError, TimeoutError):
                await self._listen()
            self._near.is_listening = False
            self._near.clear()
            await asyncio.sleep(_RETRY_S)

    async def _listen(self) -> None:
        # Tracking is asked for on a connection of its own and told to the one that listens (RESP2).
        async with (
            Redis.from_url(self._url, single_connection_client=True, socket_timeout=_QUIET_S) as asking,
            Redis.from_url(self._url) as hearing,
            hearing.pubsub() as channel,
        ):
            await channel.connect()
            connection = channel.connection
            if connection is None:
                return
            await connection.send_command("CLIENT", "ID")
            number = cast("int", await connection.read_response())
            await asking.execute_command(
                *("CLIENT", "TRACKING", "ON", "REDIRECT", str(number), "BCAST", "PREFIX", self._prefix)
            )
            await channel.subscribe(_CHANNEL)
            self._near.clear()
            self._near.is_listening = True
            while True:
                message = cast("object", await channel.get_message(True, _QUIET_S))  # pyright: ignore[reportUnknownMemberType]  # noqa: FBT003
                if message is None:
                    # A connection that only hears would not notice that it is dead, nor that its partner is.
                    await asking.ping()
                    await channel.ping()
                self._heard(message)

    def _heard(self, message: object) -> None:
        told = cast("dict[str, object]", message) if isinstance(message, dict) else {}
        if told.get("type") != "message":
            return
        keys = told.get("data")
        if not isinstance(keys, list):
            # All of Redis was emptied.
            self._near.clear()
            return
        for key in cast("list[object]", keys):
            if isinstance(key, bytes):
                self._near.drop(key.decode(errors="replace"))
