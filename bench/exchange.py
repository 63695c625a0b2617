"""The way to the ERP with the real worker and the real stand-in: one order by itself, and a backlog after an outage.

Baseline: the same commands handed straight to the stand-in over one connection, with nothing kept and nothing
written here. ``KARAVAN_BACKLOG`` orders (10,000 by itself) wait when the worker starts; a tenth of them have a second
intent behind the first, which must arrive after it. At the end the stand-in's own audit is asked: each once, in order.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Final, cast
from uuid import UUID

import asyncpg
import httpx
import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from app.admin.tenants import create_tenants
from app.erp.channel import Channel
from app.erp.intents import to_command
from app.erp.loading import Side, load_due
from app.erp.wire.messages import Command
from app.erp.wire.steps import Step
from app.infra import outbox
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from app.infra.outbox_claims import Claimed
from app.infra.waking import Crier, say_afterwards
from app.orders.events import VEHICLE_PUT, VehiclePut, aggregate, vehicle_id
from bench._report import percentile, report, report_goal
from tests.erp.orders import Offer, Placed, offers, place_for
from tests.erp.stand_in import StandIn, channel_to
from tests.support.databases import ROOT, Database, fresh_database, make_template
from tests.support.peer import ErpPeer, erp_peer_server
from tests.support.servers import postgres_server, valkey_server

BACKLOG: Final = int(os.environ.get("KARAVAN_BACKLOG", "10000"))
BARE: Final = 1_000
SINGLE: Final = 100
AT_ONCE: Final = 6
PART: Final = 20  # orders of one request, as the worker sends them
PATIENCE_S: Final = 600
# Goals of ERP-EXCHANGE 8; the first is for 10,000 orders.
DRAINED_S: Final = 300
ACCEPTED: Final = 50
POSTED_S: Final = 5
_WAITING: Final = "SELECT count(*) FROM outbox WHERE lane = 'erp' AND stage IN ('new', 'sent')"
_IS_ACCEPTED: Final = "SELECT erp_number <> '' FROM orders WHERE id = $1"
_DEAD: Final = "SELECT count(*) FROM outbox WHERE lane = 'erp' AND stage = 'dead'"


async def make_room(side: Side, channel: Channel, stand_in: StandIn, database: Database) -> list[Offer]:
    """Let ten products of as many offers be bought without end on both sides."""
    await load_due(side, channel)
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        found = list({one.product_id: one for one in await offers(transaction)}.values())[:10]
    connection = await asyncpg.connect(database.superuser_url)
    for offer in found:
        row = await connection.fetchrow(
            "SELECT p.sku, w.name_ru, c.number FROM products p, warehouses w, contracts c"
            " WHERE p.id = $1 AND w.id = $2 AND c.id = $3 AND p.tenant_id = 1 AND w.tenant_id = 1 AND c.tenant_id = 1",
            *(offer.product_id, offer.warehouse_id, offer.contract_id),
        )
        sku, warehouse, contract = cast("tuple[str, str, str]", tuple(row or ()))
        code = await stand_in.code("warehouses", warehouse)
        await stand_in.edit("stock", sku=sku, warehouse=code, on_hand="90000000")
        await stand_in.edit("credit_limit", contract=contract, amount="900000000000")
    await connection.execute("UPDATE stock_levels SET erp_free = 80000000 WHERE tenant_id = 1")
    await connection.execute("UPDATE credit_accounts SET erp_limit = 800000000000 WHERE tenant_id = 1")
    await connection.close()
    return found


async def put_by(side: Side, found: Sequence[Offer], count: int, *, with_vehicles: bool) -> list[Placed]:
    """Place so many orders; every tenth names a vehicle in an intent of its own."""
    numbers = iter(range(count))
    placed: list[Placed] = []

    async def place_some() -> None:
        for number in numbers:
            has_vehicle = with_vehicles and number % 10 == 0
            one = await place_for(side, found[number % len(found)], transport="pickup" if has_vehicle else "road")
            placed.append(one)
            if has_vehicle:
                await _name_vehicle(side, one.id)

    await asyncio.gather(*(place_some() for _ in range(AT_ONCE)))
    return placed


async def _name_vehicle(side: Side, order_id: UUID) -> None:
    body = VehiclePut(
        id=vehicle_id(order_id),
        order_id=order_id,
        driver_name="Ахметов Дәурен",
        driver_document="AB 123456",
        driver_phone="+7 701 000 00 00",
        plate="123 ABC 02",
        vehicle_model="Тягач",
        trailer="",
        proxy="17 от 20.11.2026",
        arrive_on=date.today() + timedelta(days=7),  # noqa: DTZ011 - any day soon
    )
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await outbox.enqueue(transaction, "erp", aggregate(order_id), VEHICLE_PUT, body)


class _NothingKept:
    """Steps nobody writes down."""

    def begun(self, intent_id: UUID) -> Step:  # noqa: ARG002 - nothing is kept of any
        """Nothing was done before."""
        return "new"

    async def reached(self, intent_id: UUID, step: Step) -> None:
        """Forget it."""


async def hand_over_bare(side: Side, channel: Channel, found: Sequence[Offer]) -> float:
    """Seconds an order takes when the commands of fresh orders are handed straight over."""
    placed = await put_by(side, found, BARE, with_vehicles=False)
    commands = await _take_commands(side, placed)
    began = time.perf_counter()
    for start in range(0, len(commands), PART):
        results = await channel.client.command(commands[start : start + PART], 30, _NothingKept())
        if any(one.status != "ok" for one in results.results):
            raise SystemExit(str(results))
    return (time.perf_counter() - began) / len(commands)


async def _take_commands(side: Side, placed: Sequence[Placed]) -> list[Command]:
    """Take these intents out of the outbox, so that no worker sends them as well."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        rows = await transaction.driver.fetch(
            "UPDATE outbox SET stage = 'done', done_at = now() WHERE tenant_id = 1 AND id = ANY ($1)"
            " RETURNING id, aggregate, kind, body::text AS body",
            [one.intent_id for one in placed],
        )
    return [
        to_command(
            Claimed(
                id=cast("UUID", row["id"]),
                aggregate=cast("str", row["aggregate"]),
                kind=cast("str", row["kind"]),
                body=cast("str", row["body"]).encode(),
                was_sent=False,
                attempt=0,
                epoch=0,
            )
        )
        for row in rows
    ]


@asynccontextmanager
async def working(database: Database, peer: ErpPeer, redis_url: str, folder: Path) -> AsyncGenerator[None]:
    """Run the worker as the starter would."""
    settings = {
        "KARAVAN_DATABASE_URL": database.owner_url,
        "KARAVAN_DATABASE_CLIENT_URL": database.client_url,
        "KARAVAN_DATABASE_STAFF_URL": database.staff_url,
        "KARAVAN_REDIS_URL": redis_url,
        "KARAVAN_ERP_URL": peer.url,
        "KARAVAN_ERP_PASSWORD": "karavan-erp",
        "KARAVAN_SECRET_KEY": "benchmark-" + "k" * 40,
        "KARAVAN_DATA_DIR": str(folder),
    }
    with (folder / "worker.log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.worker", cwd=ROOT, env={**os.environ, **settings}, stdout=out, stderr=out
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def drain(connection: asyncpg.Connection) -> float:
    """Seconds from the first intent that left to the last that was answered."""
    before = cast("int", await connection.fetchval(_WAITING))
    while await connection.fetchval(_WAITING) == before:  # noqa: ASYNC110 - another program works
        await asyncio.sleep(0.02)
    began = time.perf_counter()
    while await connection.fetchval(_WAITING):
        if time.perf_counter() - began > PATIENCE_S:
            message = "the backlog did not drain"
            raise SystemExit(message)
        await asyncio.sleep(0.1)
    return time.perf_counter() - began


async def follow_singles(side: Side, connection: asyncpg.Connection, found: Sequence[Offer]) -> list[float]:
    """Seconds from the commit of an order to the ERP's number standing here, one order after the other."""
    took: list[float] = []
    for number in range(SINGLE):
        placed = await place_for(side, found[number % len(found)])
        began = time.perf_counter()
        while not await connection.fetchval(_IS_ACCEPTED, placed.id):  # noqa: ASYNC110 - another program works
            await asyncio.sleep(0.005)
        took.append(time.perf_counter() - began)
    return took


class _Write(Struct, frozen=True):
    seq: int
    type: str
    ref: str


class _Page(Struct, frozen=True):
    items: list[_Write]


async def read_audit(peer: ErpPeer) -> list[_Write]:
    """Every write the stand-in accepted, oldest first."""
    found: list[_Write] = []
    async with httpx.AsyncClient(headers={"X-Control-Token": peer.control_token}, trust_env=False) as http:
        while True:
            after = found[-1].seq if found else 0
            answer = await http.get(f"{peer.control_url}/audit", params={"after": after, "limit": 1000})
            page = msgspec.json.decode(answer.raise_for_status().content, type=_Page)
            if not page.items:
                return found
            found += page.items


async def check(peer: ErpPeer, placed: Sequence[Placed]) -> None:
    """Ask the stand-in: every order once, and every vehicle after its order."""
    arrived: dict[tuple[str, str], int] = {}
    for write in await read_audit(peer):
        if write.type.endswith(".put") and arrived.setdefault((write.type, write.ref), write.seq) != write.seq:
            message = f"{write.type} {write.ref} arrived twice"
            raise SystemExit(message)
    missing = [one.id for one in placed if ("order.put", str(one.id)) not in arrived]
    vehicles = {one.id: arrived.get((VEHICLE_PUT, str(vehicle_id(one.id))), 0) for one in placed}
    early = [one for one, seq in vehicles.items() if seq and seq < arrived["order.put", str(one)]]
    named = sum(seq > 0 for seq in vehicles.values())
    if missing or early or named != -(-len(placed) // 10):
        message = f"{len(missing)} orders are missing, {named} vehicles arrived, {len(early)} before their order"
        raise SystemExit(message)


async def measure(database: Database, peer: ErpPeer, redis_url: str, folder: Path) -> None:
    """All in one run."""
    owner = make_engine(database.owner_url, 1)
    await create_tenants(owner)
    await owner.dispose()
    engine = make_engine(database.staff_url, AT_ONCE + 2, command_timeout_s=120)
    redis = Redis.from_url(redis_url)
    crier = Crier(redis)
    say_afterwards(engine, crier.say)  # as the portal's pages do
    connection = await asyncpg.connect(database.superuser_url)
    side = Side(engine, 1, "alatau")
    async with StandIn(peer) as stand_in, channel_to(peer.url) as channel:
        found = await make_room(side, channel, stand_in, database)
        bare = await hand_over_bare(side, channel, found)
        placed = await put_by(side, found, BACKLOG, with_vehicles=True)
        async with working(database, peer, redis_url, folder):
            took = await drain(connection)
            report_goal(f"backlog of {BACKLOG}, every tenth with a vehicle behind it, drained", took, DRAINED_S)
            report_goal("backlog: orders accepted", BACKLOG / took, ACCEPTED, "orders/s", is_rate=True)
            singles = await follow_singles(side, connection, found)
        await check(peer, placed)
        if dead := cast("int", await connection.fetchval(_DEAD)):
            message = f"{dead} intents were given up"
            raise SystemExit(message)
    by_hand = f"the same commands handed straight over, {PART} a request"
    report("backlog: an order", took / BACKLOG, by_hand, bare)
    report("submit to posted, p50", median(singles), by_hand, bare)
    report("submit to posted, p99", percentile(singles, 99), by_hand, bare)
    report_goal("submit to posted, p99", percentile(singles, 99), POSTED_S)
    await connection.close()
    await engine.dispose()
    await crier.close()
    await redis.aclose()


def main() -> None:
    """Start servers of its own, measure, stop them."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        postgres_server(folder := Path(name)) as server,
        valkey_server(folder) as redis_url,
        fresh_database(server, make_template(server)) as database,
        erp_peer_server(server, folder) as peer,
    ):
        asyncio.run(measure(database, peer, redis_url, folder))


if __name__ == "__main__":
    main()
