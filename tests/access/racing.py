"""Web processes to race against, and readers that hold one connection to one of them."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx
from msgspec import Struct

from app.infra.processes.health import http_get
from tests.access.people import PASSWORD
from tests.support.databases import Database
from tests.support.ports import free_port
from tests.support.waiting import eventually, run_apart

_STARTS_WITHIN_S: Final = 180


class Answer(Struct, frozen=True):
    """What came back, and when it was asked for."""

    status: int
    body: bytes
    asked_at: float  # of the event loop's clock


class Reader:
    """A signed-in browser on a connection that stays open, so that it always meets the same process."""

    def __init__(self, url: str, cookie: str) -> None:
        self._url = httpx.URL(url)
        self._cookie = cookie
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """Read one address; answers carry their length, because none leaves before its transaction ended."""
        async with self._turn:
            reader, writer = self._streams or await asyncio.open_connection(self._url.host, self._url.port)
            self._streams = reader, writer
            asked_at = asyncio.get_running_loop().time()
            words = f"GET {path} HTTP/1.1", f"Host: {self._url.netloc.decode()}", f"Cookie: {self._cookie}"
            writer.write(("\r\n".join(words) + "\r\n\r\n").encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.split("content-length: ")[1].split("\r\n")[0])
            return Answer(int(head.split(" ")[1]), await reader.readexactly(length), asked_at)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


@contextmanager
def web_processes(database: Database, redis_url: str, folder: Path, count: int) -> Iterator[Sequence[str]]:
    """Processes of their own, each with its address; nothing joins them but PostgreSQL and, while it lives, Valkey."""
    with ExitStack() as stack:
        urls = [stack.enter_context(_web_process(database, redis_url, folder / str(place))) for place in range(count)]
        for url in urls:
            assert eventually(lambda url=url: run_apart(http_get(f"{url}/health/live")).status == 200, _STARTS_WITHIN_S)
        yield urls


@contextmanager
def _web_process(database: Database, redis_url: str, folder: Path) -> Iterator[str]:
    folder.mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "KARAVAN_DATABASE_URL": database.owner_url,
        "KARAVAN_DATABASE_CLIENT_URL": database.client_url,
        "KARAVAN_DATABASE_STAFF_URL": database.staff_url,
        "KARAVAN_REDIS_URL": redis_url,
        "KARAVAN_ERP_URL": "http://127.0.0.1:9",
        "KARAVAN_SECRET_KEY": "tests-only-" + "k" * 40,
        "KARAVAN_PORT": str(port),
        "KARAVAN_PUBLIC_URL": url,
        "KARAVAN_DATA_DIR": str(folder),
        "KARAVAN_WEB_WORKERS": "1",
    }
    with (folder / "web.log").open("wb") as log:
        web = subprocess.Popen([sys.executable, "-m", "app.asgi"], env=environment, stdout=log, stderr=log)
    try:
        yield url
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(30)


async def sign_in(url: str, login: str) -> str:
    """Sign somebody in at one process; the cookie is good at all of them."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30) as client:
        answer = await client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return f"karavan_session={client.cookies['karavan_session']}"
