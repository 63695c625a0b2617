"""People who read pages at a steady rate, whatever the portal does meanwhile, and one whose page is open."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from typing import Final, Self

import httpx
import msgspec
from msgspec import Struct
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from app.cli.show import Account

_AGAIN_S: Final = 0.4  # the page's first pause after its socket ended
_PATIENCE_S: Final = 30.0


class Visit(Struct, frozen=True):
    """One page: when it was wanted, how long it took from then, and what came."""

    at: float
    took_s: float
    status: int  # 0: no answer at all
    place: str


def percentile(visits: Sequence[Visit], share: float) -> float:
    """How long the slowest but a few took."""
    ordered = sorted(one.took_s for one in visits)
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]


class Crowd:
    """Browsers of several people; pages come at their times, so that a slow one holds none back."""

    def __init__(self, url: str) -> None:
        """Nobody is signed in yet."""
        self._url = url
        self._browsers: list[tuple[httpx.AsyncClient, Sequence[str]]] = []
        self._chance = random.Random(7)
        self.visits: list[Visit] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for browser, _ in self._browsers:
            await browser.aclose()

    async def admit(self, account: Account, places: Sequence[str]) -> str:
        """Sign somebody in, who then walks through these pages; gives the cookie."""
        browser = httpx.AsyncClient(base_url=self._url, timeout=_PATIENCE_S, trust_env=False)
        answer = await browser.post("/api/v1/session", json={"login": account.login, "password": account.password})
        assert answer.status_code == 200, answer.text
        self._browsers.append((browser, places))
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async def walk(self, rate: float, until: float) -> None:
        """Open so many pages a second until then, by the loop's own clock."""
        walking: set[asyncio.Task[None]] = set()
        at = time.monotonic()
        while at < until:
            await asyncio.sleep(max(at - time.monotonic(), 0))
            browser, places = self._chance.choice(self._browsers)
            visit = asyncio.create_task(self._visit(browser, self._chance.choice(places), at))
            walking.add(visit)
            visit.add_done_callback(walking.discard)
            at += 1 / rate
        await asyncio.gather(*walking)

    async def _visit(self, browser: httpx.AsyncClient, place: str, at: float) -> None:
        status = 0
        with suppress(httpx.TransportError):
            status = (await browser.get(place, headers={"Accept": "text/html"})).status_code
        self.visits.append(Visit(at, time.monotonic() - at, status, place))


class OpenPage:
    """The socket of a tab: it comes back by itself and hears what it missed."""

    def __init__(self, url: str, cookie: str) -> None:
        """Not connected yet."""
        self._url = url
        self._cookie = cookie
        self._since: str | None = None
        self.heard: list[str] = []
        self.ends = 0

    async def listen(self) -> None:
        """Listen for ever, as the page's script does."""
        while True:
            with suppress(WebSocketException, OSError):
                await self._listen()
            self.ends += 1
            await asyncio.sleep(_AGAIN_S)

    async def hears(self, key: str, within_s: float) -> float:
        """Wait for word of an object; gives how long that took."""
        began = time.monotonic()
        async with asyncio.timeout(within_s):
            while True:
                if key in self.heard:
                    return time.monotonic() - began
                await asyncio.sleep(0.02)

    async def _listen(self) -> None:
        headers = {"Cookie": self._cookie, "Origin": self._url}
        async with connect(f"{self._url.replace('http', 'ws')}/ws", additional_headers=headers) as socket:
            await socket.send(msgspec.json.encode({"type": "hello", "since": self._since}).decode())
            async for raw in socket:
                message = msgspec.json.decode(raw, type=dict[str, object])
                if message.get("id"):
                    self._since = str(message["id"])
                self.heard.append(str(message.get("key", "")))
