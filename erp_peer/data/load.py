"""Filling an empty database: streams in an order that lets each maker know what came before."""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from msgspec import Struct

from erp_peer.data import clients, goods, history, items, papers, people, places, plans, prices, sales, service, stock
from erp_peer.data.figures import BY_IB, PROFILES, Profile
from erp_peer.data.text import copy_text
from erp_peer.data.world import Row, World
from erp_peer.store import schema
from erp_peer.store.db import Connection
from erp_peer.streams import BY_NAME, STREAMS
from erp_peer.streams.spec import Kind, Stream

Maker = Callable[[World], Iterable[Row]]

_CHUNK_BYTES = 256 * 1024


class Plan(Struct, frozen=True):
    """What to seed: one infobase, its profile and seed, and the day the data is built around."""

    ib: str
    profile: str
    seed: int
    today: dt.date


def _orders(world: World) -> Iterator[Row]:
    """Orders come before stock and limits, whose figures contain what open orders hold."""
    stock.place(world)
    yield from history.History(world).rows()


MAKERS: tuple[tuple[str, Maker], ...] = (
    ("regions", places.regions),
    ("plants", places.plants),
    ("warehouses", places.warehouses),
    ("lines", goods.product_lines),
    ("standards", goods.standards),
    ("packages", goods.container_classes),
    ("products", goods.products),
    ("characteristics", items.characteristics),
    ("segments", items.segments),
    ("segment_items", items.segment_items),
    ("price_types", prices.price_types),
    ("prices", prices.prices),
    ("managers", people.managers),
    ("partners", clients.partners),
    ("counterparties", clients.counterparties),
    ("contacts", people.contacts),
    ("users", people.users),
    ("addresses", clients.addresses),
    ("contracts", papers.contracts),
    ("agreements", papers.agreements),
    ("orders", _orders),
    ("stock", stock.rows),
    ("limits", papers.limits),
    ("plans", plans.rows),
    ("transport", service.transport),
    ("batches", sales.batches),
    ("shipments", sales.shipments),
    ("invoices", sales.invoices),
    ("payments", sales.payments),
    ("claims", service.claims),
    ("bonus", service.bonus),
    ("files", service.files),
)


def world_of(plan: Plan) -> World:
    """An empty world for a plan."""
    return World(BY_IB[plan.ib], PROFILES[plan.profile], plan.seed, plan.today)


def expected_rows(profile: Profile) -> dict[str, int]:
    """Row counts known beforehand, for the progress lines."""
    return {
        "products": profile.products,
        "characteristics": profile.items,
        "prices": profile.items * profile.price_lists,
        "stock": profile.stock_rows,
        "orders": profile.orders,
        "claims": profile.claims,
    }


class _Copy:
    """Turns rows into COPY text and numbers their versions on the way."""

    def __init__(self, ib: str, stream: Stream, version: int) -> None:
        self._ib = ib
        self.version = version
        self.rows = 0
        # Only texts can hold what COPY must not see; JSON escapes its own control characters.
        self._escape = [place for place, f in enumerate(stream.stored) if f.kind in {Kind.TEXT, Kind.JSON}]

    def line(self, row: Row) -> str:
        """One COPY line."""
        self.version += 1
        self.rows += 1
        values: list[str] = ["\\N" if value is None else value for value in row.values]
        for place in self._escape:
            if "\\" in values[place] or "\n" in values[place] or "\t" in values[place]:
                values[place] = copy_text(values[place])
        mark = "t" if row.deleted else "f"
        return f"{self._ib}\t{row.ref}\t{self.version}\t{mark}\t" + "\t".join(values) + "\n"


async def _chunks(copy: _Copy, rows: Iterable[Row], say: Callable[[int], None]) -> AsyncIterator[bytes]:
    lines: list[str] = []
    size = 0
    for row in rows:
        line = copy.line(row)
        lines.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            say(copy.rows)
            yield "".join(lines).encode()
            lines, size = [], 0
    yield "".join(lines).encode()


async def load(conn: Connection, plan: Plan, say: Callable[[str], None]) -> None:
    """Seed one infobase; `say` gets lines such as `seeding erp prices 12000/18000`.

    Runs in the caller's transaction: a seeding that breaks leaves nothing.
    """
    world = world_of(plan)
    expected = expected_rows(world.profile)
    maker = world.maker
    version = 0
    rows: dict[str, int] = {}
    for name, make in MAKERS:
        stream = BY_NAME[name]
        copy = _Copy(plan.ib, stream, version)
        whole = f"/{expected[name]}" if name in expected else ""

        def progress(rows: int, name: str = name, whole: str = whole) -> None:
            say(f"seeding {plan.ib} {name} {rows}{whole}")

        await conn.copy_to_table(
            name,
            schema_name="peer",
            columns=["ib", "ref", "ver", "deleted", *(f.column for f in stream.stored)],
            source=_chunks(copy, make(world), progress),
        )
        version = copy.version
        rows[name] = copy.rows
        progress(copy.rows)
    await _reserves(conn, world)
    await conn.execute(
        "INSERT INTO peer.infobases (ib, tenant, profile, seed, seeded_on, version, tick, last_number,"
        " last_paper, last_transport, last_service) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        plan.ib,
        maker.tenant,
        plan.profile,
        plan.seed,
        plan.today,
        schema.VERSION,
        version,
        world.profile.orders,
        max(rows[name] for name in ("shipments", "invoices", "payments")),
        rows["transport"],
        rows["claims"],
    )
    await conn.execute("INSERT INTO peer.nodes (ib, node) VALUES ($1, 'portal')", plan.ib)


async def _reserves(conn: Connection, world: World) -> None:
    """What open orders hold, and since when they wait."""
    rows = "".join(
        f"{world.maker.ib}\t{r.order}\t{r.line}\t{r.item}\t{r.warehouse}\t{r.contract}"
        f"\t{r.quantity / 1000:.3f}\t{r.amount / 100:.2f}\n"
        for r in world.reserves
    )

    async def source() -> AsyncIterator[bytes]:
        yield rows.encode()

    await conn.copy_to_table("reserves", schema_name="peer", source=source())


async def finish(conn: Connection, say: Callable[[str], None]) -> None:
    """Keys, indexes and statistics, once all infobases are in."""
    for stream in STREAMS:
        say(f"indexing {stream.name}")
        for sql in schema.index_sql(stream):
            await conn.execute(sql)
    await conn.execute("ANALYZE")
