"""Who writes and who takes rights away wait for each other: nothing is committed on a right that is gone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from app.access.sessions import BEGIN_CHANGE, read_credential
from tests.access.town import HEAD, MANAGER, Town, open_town
from tests.support.databases import Database

END_RULES = "UPDATE access_rules SET superseded_by = gen_random_uuid() WHERE subject = 'r:buyer'"
END_CONTRACTS = "UPDATE contracts SET status = 'closed' WHERE partner_id = $1"


@pytest.fixture
async def town(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(database, redis_url, tmp_path) as made:
        yield made


@asynccontextmanager
async def writing(town: Town, key: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A writing request of somebody, held open after its first statement."""
    browser = await town.browser(key)
    credential = read_credential(browser.cookies["karavan_session"], is_bearer=False)
    assert credential is not None
    connection = await asyncpg.connect(town.database.client_url)
    try:
        async with connection.transaction():
            assert await connection.fetchrow(BEGIN_CHANGE, *credential.args) is not None
            yield connection
    finally:
        await connection.close()


async def test_rules_are_not_changed_under_somebody_who_writes(town: Town) -> None:
    async with writing(town, MANAGER):
        ending = asyncio.create_task(town.execute(END_RULES))
        await asyncio.sleep(0.4)
        assert not ending.done()
    await asyncio.wait_for(ending, 2)


async def test_a_clients_contracts_are_not_ended_under_somebody_who_writes_there(town: Town) -> None:
    partner = town.people[MANAGER].partner_id
    await town.execute(
        "INSERT INTO contracts (tenant_id, id, partner_id, counterparty_id, number, currency, status, credit_limited,"
        " vat_country, src_version, src_label) VALUES (1, gen_random_uuid(), $1, $1, '1', 'KZT', 'live', false, 'KZ',"
        " 1, 'a')",
        partner,
    )
    async with writing(town, MANAGER):
        ending = asyncio.create_task(town.execute(END_CONTRACTS, partner))
        await asyncio.sleep(0.4)
        assert not ending.done()
    await asyncio.wait_for(ending, 2)


async def test_who_begins_to_write_while_rights_end_waits_and_sees_them_ended(town: Town) -> None:
    browser = await town.browser(MANAGER)
    connection = await town.connection()
    async with connection.transaction():
        await connection.execute(END_RULES)
        posting = asyncio.create_task(browser.post("/api/v1/orders", json={}))
        await asyncio.sleep(0.4)
        assert not posting.done()
    await connection.close()
    assert (await asyncio.wait_for(posting, 2)).status_code == 403


async def test_many_who_write_do_not_keep_out_whoever_takes_rights_away(town: Town) -> None:
    browsers = [await town.browser(key) for key in (MANAGER, HEAD)]
    over = False

    async def write(place: int) -> None:
        browser = browsers[place % len(browsers)]
        credential = read_credential(browser.cookies["karavan_session"], is_bearer=False)
        assert credential is not None
        connection = await asyncpg.connect(town.database.client_url)
        while not over:
            async with connection.transaction():
                await connection.fetchrow(BEGIN_CHANGE, *credential.args)
                await asyncio.sleep(0.05)
        await connection.close()

    writers = [asyncio.create_task(write(place)) for place in range(12)]
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await asyncio.wait_for(town.execute(END_RULES), 10)
    took = time.monotonic() - began
    over = True
    await asyncio.gather(*writers)
    assert took < 1


async def test_nobody_waits_for_a_session_that_is_none(town: Town) -> None:
    connection = await asyncpg.connect(town.database.client_url)
    async with connection.transaction():
        assert await connection.fetchrow(BEGIN_CHANGE, 1, b"\0" * 32, False) is None
        await asyncio.wait_for(town.execute(END_RULES), 2)
    await connection.close()
