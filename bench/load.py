"""The first load from the ERP, and one that changes nothing, against a bare COPY of the same rows.

All bytes are fetched from the stand-in beforehand. Karavan stages, converts, compares and writes them. The baseline
is handed the rows that came out of it, ready made, and copies them into the same tables of an equally empty
database, past row-level security. Rounds take turns. ``KARAVAN_PROFILE`` picks the data (``demo`` by itself).
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, cast

import asyncpg
from msgspec import Struct

from app.admin.tenants import create_tenants
from app.erp.applying import apply_stage
from app.erp.followups import follow_up
from app.erp.loading import prepare_load
from app.erp.mappings import STREAMS
from app.erp.mappings.spec import StreamMap
from app.erp.rules import source_version
from app.erp.staging import stage_bytes
from app.erp.wire.calling import Address
from app.erp.wire.client import ErpClient
from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from tests.support.databases import Database, fresh_database, make_template
from tests.support.peer import erp_peer_server
from tests.support.servers import postgres_server

ROUNDS: Final = 3
PART: Final = 256 * 1024
PATIENCE_S: Final = 600
# Each table once, in an order in which rows find what they refer to.
TABLES: Final = tuple(dict.fromkeys(target.table for stream in STREAMS for target in stream.targets))


class Round(Struct, frozen=True):
    """Seconds of one round, and how many rows it was about."""

    copy: float
    first: float
    unchanged: float
    bitmaps: float
    rows: int


class Stream(Struct, frozen=True):
    """One stream as it came."""

    mapping: StreamMap
    columns: Sequence[str]
    rows: int
    data: bytes


class Rows(Struct, frozen=True):
    """Rows of one table as COPY writes them."""

    table: str
    columns: Sequence[str]
    data: bytes


async def parts_of(data: bytes) -> AsyncIterator[bytes]:
    """Give bytes as the network would."""
    for start in range(0, len(data), PART):
        yield data[start : start + PART]


async def fetch(url: str) -> list[Stream]:
    """Fetch every stream once."""
    found: list[Stream] = []
    async with ErpClient(Address(url, "erp", "alatau", "Портал", "karavan-erp")) as client:
        for mapping in STREAMS:
            async with client.snapshot(mapping.name, "") as snapshot:
                data = b"".join([part async for part in snapshot.chunks])
                found.append(Stream(mapping, snapshot.head.columns, snapshot.head.rows, data))
    return found


async def dump(database: Database) -> list[Rows]:
    """Take the loaded rows out, without the columns PostgreSQL makes itself."""
    connection = await asyncpg.connect(database.superuser_url, command_timeout=PATIENCE_S)
    found: list[Rows] = []
    for table in TABLES:
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
            await stage_bytes(transaction, stream.mapping, stream.columns, parts_of(stream.data), batch)
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
    rows = await dump(loaded)
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


def main() -> None:
    """Start real servers, take turns, print medians."""
    profile = os.environ.get("KARAVAN_PROFILE", "demo")
    with tempfile.TemporaryDirectory(prefix="karavan-bench-") as name, postgres_server(Path(name)) as server:
        template = make_template(server)
        with erp_peer_server(server, Path(name), profile) as peer:
            streams = asyncio.run(fetch(peer.url))
        rounds: list[Round] = []
        for _ in range(ROUNDS):
            with fresh_database(server, template) as loaded, fresh_database(server, template) as copied:
                rounds.append(asyncio.run(measure(loaded, copied, streams)))
    report("first", [one.first for one in rounds], rounds)
    report("unchanged", [one.unchanged for one in rounds], rounds)
    report("bitmaps", [one.bitmaps for one in rounds], rounds)


if __name__ == "__main__":
    main()
