"""A first load of 30,000 items and 300,000 prices, and one that changes nothing, against a bare COPY of the same rows.

Everything is fetched from the stand-in beforehand, over both surfaces: COPY text over H, pages of JSON over O. Karavan
makes text of the pages, stages, converts, compares and writes. The baseline is handed the rows that came out of it,
ready made, and copies them into the same tables of an equally empty database, past row-level security. Rounds take
turns. ``KARAVAN_PROFILE`` picks the data (``full`` by itself), ``KARAVAN_STREAMS=all`` loads every stream of H.
"""

import asyncio
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, cast

import asyncpg
from msgspec import Raw, Struct

from app.admin.tenants import create_tenants
from app.erp.applying import apply_stage
from app.erp.families.reading import read_family
from app.erp.followups import follow_up
from app.erp.loading import prepare_load
from app.erp.mappings import STREAMS
from app.erp.mappings.spec import StreamMap
from app.erp.rules import source_version
from app.erp.staging import stage_bytes
from app.erp.wire.calling import Address
from app.erp.wire.client import ErpClient
from app.erp.wire.odata.pages import PAGE
from app.erp.wire.odata.snapshots import write_stream
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import Decoder, split_page
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from tests.support.databases import Database, fresh_database, make_template
from tests.support.peer import erp_peer_server
from tests.support.servers import postgres_server

ROUNDS: Final = 3
PART: Final = 256 * 1024
PATIENCE_S: Final = 600
LARGE: Final = 10_000  # rows of one answer: the further a page lies, the longer it takes to find
GOODS: Final = frozenset(
    {"regions", "plants", "lines", "standards", "packages", "products", "characteristics", "price_types", "prices"}
)


class Round(Struct, frozen=True):
    """Seconds of one round by one surface, and how many rows it was about."""

    copy: float
    first: float
    unchanged: float
    bitmaps: float
    rows: int


class Stream(Struct, frozen=True):
    """One stream; ``read`` gives it as COPY text, with the number of that reading."""

    mapping: StreamMap
    columns: Sequence[str]
    read: Callable[[int], Awaitable[bytes]]


class Rows(Struct, frozen=True):
    """Rows of one table as COPY writes them."""

    table: str
    columns: Sequence[str]
    data: bytes


async def parts_of(data: bytes) -> AsyncIterator[bytes]:
    """Give bytes as the network would."""
    for start in range(0, len(data), PART):
        yield data[start : start + PART]


class Kept(Transport):
    """Answers over OData, asked for once and then given from memory; pages are cut from larger ones."""

    def __init__(self, address: Address) -> None:
        """Keep nothing yet."""
        super().__init__(address)
        self._kept: dict[tuple[str, str], bytes] = {}
        self._rows: dict[tuple[str, str], list[Raw]] = {}

    async def read(self, path: str, query: Mapping[str, str] | None = None, read_s: float = PATIENCE_S) -> bytes:
        """Give what the ERP said the first time."""
        key = (path, repr(query))
        if key not in self._kept:
            whole = dict(query or {})
            skip, top = int(whole.get("$skip", "0")), int(whole.get("$top", "0"))
            if top == PAGE:
                rows = await self._read_rows(path, {**whole, "$top": str(LARGE), "$skip": str(skip // LARGE * LARGE)})
                first = skip % LARGE
                self._kept[key] = b'{"value":[' + b",".join(rows[first : first + top]) + b"]}"
            else:
                self._kept[key] = await super().read(path, query, max(read_s, PATIENCE_S))
        return self._kept[key]

    async def _read_rows(self, path: str, query: Mapping[str, str]) -> list[Raw]:
        key = (path, repr(query))
        if key not in self._rows:
            self._rows = {key: split_page(await super().read(path, query, PATIENCE_S))}
        return self._rows[key]


def address_of(url: str) -> Address:
    """The first demo tenant's infobase."""
    return Address(url, "erp", "alatau", "Портал", "karavan-erp")


async def fetch_texts(url: str, wanted: Sequence[StreamMap] = STREAMS) -> list[Stream]:
    """Fetch streams as surface H gives them."""
    found: list[Stream] = []
    async with ErpClient(address_of(url)) as client:
        for mapping in wanted:
            async with client.snapshot(mapping.name, "") as snapshot:
                data = b"".join([part async for part in snapshot.chunks])
                found.append(Stream(mapping, snapshot.head.columns, partial(_as_it_is, data)))
    return found


async def _as_it_is(data: bytes, _batch: int) -> bytes:
    return data


async def fetch_pages(url: str, wanted: Sequence[StreamMap]) -> list[Stream]:
    """Fetch streams as plain OData gives them; each reading makes text of the pages anew."""
    family = read_family()
    found: list[Stream] = []
    async with Kept(address_of(url)) as kept:
        for mapping in wanted:
            decoder = Decoder(mapping, family.streams[mapping.name], family.zone)

            async def read(batch: int, decoder: Decoder = decoder, name: str = mapping.name) -> bytes:
                file = io.BytesIO()
                await write_stream(kept, family.streams[name], decoder, batch, file)
                return file.getvalue()

            await read(0)
            found.append(Stream(mapping, decoder.columns, read))
    return found


async def dump(database: Database, tables: Sequence[str]) -> list[Rows]:
    """Take the loaded rows out, without the columns PostgreSQL makes itself."""
    connection = await asyncpg.connect(database.superuser_url, command_timeout=PATIENCE_S)
    found: list[Rows] = []
    for table in tables:
        names = cast(
            "list[str]",
            await connection.fetchval(
                "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1::text::regclass"
                " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                table,
            ),
        )
        parts: list[bytes] = []

        async def take(part: bytes, parts: list[bytes] = parts) -> None:
            parts.append(part)

        await connection.copy_from_table(table, columns=names, output=take, format="text")
        found.append(Rows(table, names, b"".join(parts)))
    await connection.close()
    return found


async def copy_plainly(database: Database, rows: Sequence[Rows]) -> float:
    """Time the baseline in seconds."""
    await make_tenants(database)
    connection = await asyncpg.connect(database.superuser_url, command_timeout=PATIENCE_S)
    await connection.execute("SET karavan.bulk = 'on'")
    began = time.perf_counter()
    for one in rows:
        await connection.copy_to_table(one.table, source=parts_of(one.data), columns=list(one.columns), format="text")
    took = time.perf_counter() - began
    await connection.close()
    return took


async def load(database: Database, streams: Sequence[Stream], batch: int) -> float:
    """Time a full load in seconds: staging, conversion, differences, follow-ups, commits."""
    engine = make_engine(database.staff_url, 1, command_timeout_s=PATIENCE_S)
    began = time.perf_counter()
    for stream in streams:
        async with open_tenant_transaction(engine, 1) as transaction:
            await prepare_load(transaction)
            data = parts_of(await stream.read(batch))
            await stage_bytes(transaction, stream.mapping, stream.columns, data, batch)
            version = source_version(batch, 0)
            await apply_stage(transaction, stream.mapping, snapshot_version=version)
            await follow_up(transaction, stream.mapping)
    took = time.perf_counter() - began
    await engine.dispose()
    return took


async def build_bitmaps(database: Database) -> float:
    """Time what follows a first load once: the catalogue's bitmaps and words."""
    engine = make_engine(database.staff_url, 1, command_timeout_s=PATIENCE_S)
    began = time.perf_counter()
    async with open_tenant_transaction(engine, 1) as transaction:
        await transaction.driver.execute("SET LOCAL statement_timeout = '10min'")
        await transaction.driver.execute("SELECT catalog_rebuild(1)")
    took = time.perf_counter() - began
    await engine.dispose()
    return took


async def make_tenants(database: Database) -> None:
    """Rows belong to somebody."""
    owner = make_engine(database.owner_url, 1)
    await create_tenants(owner)
    await owner.dispose()


async def measure(loaded: Database, copied: Database, streams: Sequence[Stream]) -> Round:
    """One round on two fresh databases."""
    await make_tenants(loaded)
    first = await load(loaded, streams, 1_000_000)
    # Each table once, in an order in which rows find what they refer to.
    rows = await dump(loaded, list(dict.fromkeys(t.table for stream in streams for t in stream.mapping.targets)))
    return Round(
        copy=await copy_plainly(copied, rows),
        first=first,
        unchanged=await load(loaded, streams, 2_000_000),
        bitmaps=await build_bitmaps(loaded),
        rows=sum(one.data.count(b"\n") for one in rows),
    )


def report(name: str, seconds: Sequence[float], rounds: Sequence[Round]) -> None:
    """Print one line as the contract asks: the middle of the rounds' own ratios."""
    copies = [one.copy for one in rounds]
    line = {
        "bench": f"load.{name}",
        "value": round(statistics.median(seconds), 3),
        "unit": "s",
        "against": f"COPY of the same {rounds[0].rows} rows into the same tables, {statistics.median(copies):.3f} s",
        "ratio": round(statistics.median([one / copy for one, copy in zip(seconds, copies, strict=True)]), 2),
    }
    print(json.dumps(line), flush=True)


def take_turns(server: str, template: str, ways: Mapping[str, Sequence[Stream]]) -> dict[str, list[Round]]:
    """Let each surface load in turn, several times."""
    rounds: dict[str, list[Round]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, streams in ways.items():
            with fresh_database(server, template) as loaded, fresh_database(server, template) as copied:
                rounds[way].append(asyncio.run(measure(loaded, copied, streams)))
    return rounds


def main() -> None:
    """Start real servers, take turns, print medians."""
    profile = os.environ.get("KARAVAN_PROFILE", "full")
    is_all = os.environ.get("KARAVAN_STREAMS") == "all"
    wanted = [stream for stream in STREAMS if is_all or stream.name in GOODS]
    with tempfile.TemporaryDirectory(prefix="karavan-bench-") as name, postgres_server(Path(name)) as server:
        template = make_template(server)
        with erp_peer_server(server, Path(name), profile) as peer:
            ways = {"h": asyncio.run(fetch_texts(peer.url, wanted))}
            if not is_all:
                ways["o"] = asyncio.run(fetch_pages(peer.url, wanted))
        for way, rounds in take_turns(server, template, ways).items():
            report(f"{way}.first", [one.first for one in rounds], rounds)
            report(f"{way}.unchanged", [one.unchanged for one in rounds], rounds)
            if way == "h":
                report("bitmaps", [one.bitmaps for one in rounds], rounds)


if __name__ == "__main__":
    main()
