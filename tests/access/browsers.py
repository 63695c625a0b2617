"""The real application on a real database, and browsers that talk to it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

import asyncpg
import httpx
import msgspec
from litestar.types import ASGIApp, ControllerRouterHandler
from msgspec import Struct

from app.asgi import Portal, make_front
from app.config import Settings
from app.infra.logs import set_up_logs
from tests.access.people import PASSWORD, Person, seed
from tests.support.databases import Database

ORIGIN: Final = "http://127.0.0.1:8000"


def settings_for(database: Database, redis_url: str, folder: Path, *, public_url: str = ORIGIN) -> Settings:
    """Settings of a portal on this database."""
    return Settings(
        database_url=database.owner_url,
        database_client_url=database.client_url,
        database_staff_url=database.staff_url,
        redis_url=redis_url,
        erp_url="http://127.0.0.1:9",
        erp_password="",
        host="127.0.0.1",
        port=8000,
        web_workers=1,
        secret_key="tests-only-" + "k" * 40,
        public_url=public_url,
        data_dir=folder,
        smtp_url="",
        profile="tiny",
    )


class World(Struct, frozen=True):
    """A running application, the people it knows and the database behind it."""

    portal: Portal
    app: ASGIApp
    people: dict[str, Person]
    database: Database

    def browser(self) -> "Browser":
        """Open a browser nobody has used."""
        return Browser(self.app)

    async def signed_in(self, key: str) -> "Browser":
        """Open a browser and sign a person in, e.g. ``alatau/admin``."""
        browser = self.browser()
        answer = await browser.sign_in(self.people[key].login)
        assert answer.status_code == 200, answer.text
        return browser

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Look into the database past every wall."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return await connection.fetch(query, *args)
        finally:
            await connection.close()

    async def execute(self, query: str, *args: object) -> None:
        """Change the database past every wall; what watches over a tenant's rules works for the first tenant."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            await connection.execute("SELECT set_config('app.tenant', '1', false)")
            await connection.execute(query, *args)
        finally:
            await connection.close()


@asynccontextmanager
async def open_portal(
    settings: Settings, more: Sequence[ControllerRouterHandler] = ()
) -> AsyncIterator[tuple[Portal, ASGIApp]]:
    """Start the application inside this process, and close its pools afterwards."""
    set_up_logs()
    portal = Portal(settings, more)
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with portal.litestar.lifespan():
            ready.set()
            await stop.wait()

    # A task of its own: pytest enters and leaves a fixture in different ones.
    life = asyncio.create_task(live())
    await asyncio.wait((life, asyncio.create_task(ready.wait())), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield portal, make_front(portal)
    finally:
        stop.set()
        await life


@asynccontextmanager
async def open_world(
    database: Database, redis_url: str, folder: Path, more: Sequence[ControllerRouterHandler] = ()
) -> AsyncIterator[World]:
    """Fill a fresh database and start the application on it."""
    people = await seed(database.superuser_url)
    async with open_portal(settings_for(database, redis_url, folder), more) as (portal, app):
        yield World(portal, app, people, database)


class Browser(httpx.AsyncClient):
    """A browser: keeps cookies, says its origin, sends the form token once it has one."""

    def __init__(self, app: ASGIApp, *, origin: str = ORIGIN, address: str = "127.0.0.1") -> None:
        """Open an empty profile at this address of the network."""
        super().__init__(transport=_transport(app, address), base_url=origin, headers={"Origin": origin})

    def watch(self, app: ASGIApp) -> None:
        """Talk through something that listens in from now on."""
        self._transport = _transport(app)

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in through the API and remember the form token."""
        answer = await self.post("/api/v1/session", json={"login": login, "password": password})
        if answer.is_success:
            self.headers["X-CSRF-Token"] = str(read(answer)["csrf_token"])
        return answer


def _transport(app: ASGIApp, address: str = "127.0.0.1") -> httpx.ASGITransport:
    inner = cast("httpx._transports.asgi._ASGIApp", app)  # pyright: ignore[reportPrivateUsage]
    return httpx.ASGITransport(app=inner, client=(address, 123))


def read(answer: httpx.Response) -> dict[str, object]:
    """The JSON object of an answer."""
    return msgspec.json.decode(answer.content, type=dict[str, object])
