"""A portal behind a real server, with sockets to listen at."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec
import uvicorn
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect

from app.asgi import Portal, make_front
from tests.access.browsers import Browser, settings_for
from tests.access.people import Person, known_id, seed
from tests.support.databases import Database
from tests.support.ports import free_port

MANAGER, COLLEAGUE, HEAD = "alatau/distributor_manager", "alatau/distributor_manager/2", "alatau/distributor_head"
REGION = known_id("region")


class Town(Struct, frozen=True):
    """A portal behind a real server, and who lives there."""

    portal: Portal
    origin: str
    people: dict[str, Person]
    database: Database

    async def browser(self, key: str) -> Browser:
        browser = Browser(make_front(self.portal), origin=self.origin)
        assert (await browser.sign_in(self.people[key].login)).status_code == 200
        return browser

    @asynccontextmanager
    async def socket(
        self, browser: Browser | None, since: str | None = None, origin: str | None = None
    ) -> AsyncIterator[ClientConnection]:
        """Open the tab's socket, say hello and wait until it stands."""
        async with self.raw(browser, origin) as socket:
            await socket.send(msgspec.json.encode({"type": "hello", "since": since}).decode())
            yield socket

    @asynccontextmanager
    async def raw(self, browser: Browser | None, origin: str | None = None) -> AsyncIterator[ClientConnection]:
        cookies = "" if browser is None else "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        async with connect(
            self.origin.replace("http", "ws") + "/ws",
            additional_headers={"Cookie": cookies, "Origin": origin or self.origin},
            max_size=2**20,
            ping_interval=None,
        ) as socket:
            yield socket

    async def connection(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Connect past every wall, with the context of tenant one."""
        connection = await asyncpg.connect(self.database.superuser_url)
        await connection.execute("SELECT set_config('app.tenant', '1', false)")
        return connection

    async def execute(self, query: str, *args: object) -> None:
        connection = await self.connection()
        await connection.execute(query, *args)
        await connection.close()


@asynccontextmanager
async def open_town(database: Database, redis_url: str, folder: Path) -> AsyncIterator[Town]:
    """Fill a fresh database and serve the portal on a port of its own."""
    people = await seed(database.superuser_url)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    portal = Portal(settings_for(database, redis_url, folder, public_url=origin))
    config = uvicorn.Config(make_front(portal), port=port, ws="websockets-sansio", log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server offers nothing to wait for
        await asyncio.sleep(0.02)
    yield Town(portal, origin, people, database)
    server.should_exit = True
    await serving


async def hear(socket: ClientConnection, within_s: float = 3.0) -> dict[str, object]:
    """The next message that is not the pulse."""
    while True:
        async with asyncio.timeout(within_s):
            message = msgspec.json.decode(await socket.recv(), type=dict[str, object])
        if message["type"] != "pulse":
            return message


async def hear_ready(socket: ClientConnection) -> str:
    message = await hear(socket)
    assert message["type"] == "ready"
    return str(message["id"])


async def hear_nothing(socket: ClientConnection, for_s: float = 0.8) -> bool:
    try:
        await hear(socket, for_s)
    except TimeoutError:
        return True
    return False


async def make_order(town: Town, key: str, *, shared: bool = False) -> UUID:
    """Write an order of somebody, as another room would."""
    person, order_id = town.people[key], uuid4()
    await town.execute(
        "INSERT INTO orders (tenant_id, id, number, partner_id, author_id, shared, region_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(person.tenant_id, order_id, f"P-{order_id}", person.partner_id, person.user_id, shared, REGION),
    )
    return order_id


EVENT = (
    "INSERT INTO live_events (tenant_id, partner_id, kind, object_kind, object_id, data)"
    " VALUES ($1, $2, 'order.state', 'order', $3, $4::text::jsonb)"
)


async def publish(town: Town, key: str, order_id: UUID, data: Mapping[str, object] | None = None) -> None:
    person = town.people[key]
    text = msgspec.json.encode(data or {"n": 1}).decode()
    await town.execute(EVENT, person.tenant_id, person.partner_id, order_id, text)
