"""The real application on a real database, and browsers that talk to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, cast

import httpx
import msgspec
from litestar.types import ASGIApp

from app.asgi import Portal, make_front
from app.config import Settings
from tests.access.people import PASSWORD
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


@asynccontextmanager
async def open_portal(settings: Settings) -> AsyncIterator[tuple[Portal, ASGIApp]]:
    """Start the application inside this process, and close its pools afterwards."""
    portal = Portal(settings)
    async with portal.litestar.lifespan():
        yield portal, make_front(portal)


class Browser(httpx.AsyncClient):
    """A browser: keeps cookies, says its origin, sends the form token once it has one."""

    def __init__(self, app: ASGIApp, *, origin: str = ORIGIN) -> None:
        """Open an empty profile."""
        transport = httpx.ASGITransport(app=cast("httpx._transports.asgi._ASGIApp", app), raise_app_exceptions=True)  # pyright: ignore[reportPrivateUsage]
        super().__init__(transport=transport, base_url=origin, headers={"Origin": origin})

    async def sign_in(self, login: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in through the API and remember the form token."""
        answer = await self.post("/api/v1/session", json={"login": login, "password": password})
        if answer.is_success:
            self.headers["X-CSRF-Token"] = str(read(answer)["csrf_token"])
        return answer


def read(answer: httpx.Response) -> dict[str, object]:
    """The JSON object of an answer."""
    return msgspec.json.decode(answer.content, type=dict[str, object])
