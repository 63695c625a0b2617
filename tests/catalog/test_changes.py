"""Bitmaps and words follow every change of the rows; what does not follow, the audit finds."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from app.access.decisions import Conjunction
from app.catalog.schemas import FACETS, Filters
from tests.catalog.conftest import Shelf
from tests.catalog.edits import EDITS, audit, bring_product, make, read_world
from tests.catalog.oracle import Oracle
from tests.catalog.people import may, on_driver
from tests.catalog.test_counts import whole_list

EVERYTHING = may(Conjunction())


@asynccontextmanager
async def applier(shelf: Shelf) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the worker has it."""
    connection = await asyncpg.connect(shelf.database.staff_url)
    try:
        await connection.execute("SET app.tenant = '1'; SET lock_timeout = '20s'")
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def scratch(shelf: Shelf, prepare: str = "SELECT") -> AsyncIterator[asyncpg.Connection]:
    """A transaction of the staff role that leaves nothing behind; ``prepare`` runs before, as the superuser."""
    connection = await asyncpg.connect(shelf.database.superuser_url)
    try:
        await connection.execute("BEGIN")
        await connection.execute(prepare)
        await connection.execute("SET LOCAL ROLE karavan_staff; SET LOCAL app.tenant = '1'")
        yield connection
    finally:
        await connection.close()


async def agrees_with_rows(driver: asyncpg.Connection, shelf: Shelf) -> int:
    """Compare the catalogue with plain Python over the rows this connection sees; give the total."""
    truth = Oracle(await read_world(driver, shelf.world)).ask(EVERYTHING, Filters())
    counts, rows = await whole_list(on_driver(driver), EVERYTHING, Filters(), step=200)
    assert [row.card.id for row in rows] == list(truth.order)
    for name in FACETS:
        assert {value.key: value.count for value in counts.facets[name]} == truth.facets[name], name
    return counts.total


@pytest.mark.parametrize("name", EDITS)
async def test_bitmaps_follow(shelf: Shelf, name: str) -> None:
    async with scratch(shelf) as connection:
        await make(connection, name, random.Random(name))
        assert await audit(connection) == []
        assert await agrees_with_rows(connection, shelf) > 100


async def test_bitmaps_follow_two_hundred_changes_in_any_order(shelf: Shelf) -> None:
    dice = random.Random(5)
    async with scratch(shelf) as connection:
        for _ in range(200):
            await make(connection, dice.choice(sorted(EDITS)), dice)
        assert await audit(connection) == []
        assert await agrees_with_rows(connection, shelf) > 20


async def test_a_product_in_a_new_block_is_found_at_once(shelf: Shelf) -> None:
    product = UUID(int=7)
    async with scratch(shelf) as connection:
        await bring_product(connection, product, "70000")
        assert await audit(connection) == []
        total = await agrees_with_rows(connection, shelf)
        _, rows = await whole_list(on_driver(connection), EVERYTHING, Filters(), step=200)
    assert total == len(rows)
    assert product in {row.card.id for row in rows}


@pytest.mark.parametrize("name", [name for name, edit in EDITS.items() if edit.trigger])
async def test_the_audit_finds_what_a_missing_trigger_missed(shelf: Shelf, name: str) -> None:
    trigger = EDITS[name].trigger
    table = trigger.rsplit("_catalog_", 1)[0]
    async with scratch(shelf, f"ALTER TABLE {table} DISABLE TRIGGER {trigger}") as connection:
        await make(connection, name, random.Random(name))
        assert await audit(connection) != []
        await connection.execute("SELECT catalog_rebuild(1)")
        assert await audit(connection) == []


async def test_a_bulk_load_is_left_to_the_rebuild(shelf: Shelf) -> None:
    async with scratch(shelf) as connection:
        await connection.execute("SET LOCAL karavan.bulk = 'on'")
        await make(connection, "products are renamed", random.Random(1))
        await make(connection, "prices go", random.Random(1))
        assert await audit(connection) != []
        await connection.execute("SELECT catalog_rebuild(1)")
        assert await audit(connection) == []
        assert await agrees_with_rows(connection, shelf) > 100


async def test_counts_and_rows_are_of_one_moment_while_writers_run(own_shelf: Shelf) -> None:
    stop = asyncio.Event()
    made = 0

    async def write(seed: int) -> None:
        nonlocal made
        dice = random.Random(seed)
        calm = [name for name in sorted(EDITS) if "goes" not in name]
        async with applier(own_shelf) as connection:
            while not stop.is_set():
                try:
                    await make(connection, dice.choice(calm), dice)
                    made += 1
                except (asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError):  # both took the same rows
                    continue

    writers = [asyncio.create_task(write(seed)) for seed in (1, 2)]
    try:
        for _ in range(8):
            async with applier(own_shelf) as reader, reader.transaction(isolation="repeatable_read", readonly=True):
                await agrees_with_rows(reader, own_shelf)
    finally:
        stop.set()
        await asyncio.gather(*writers)
    assert made > 20
    async with applier(own_shelf) as connection:
        assert await audit(connection) == []
