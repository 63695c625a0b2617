"""The socket of somebody who looks as another person: it hears what both may hear, and ends when the look does."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.access.browsers import Browser
from tests.access.town import COLLEAGUE, MANAGER, Town, hear, hear_ready, make_order, open_town, publish
from tests.support.databases import Database

ADMIN = "alatau/admin"


@pytest.fixture
async def town(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(database, redis_url, tmp_path) as opened:
        yield opened


async def looking(town: Town, key: str) -> Browser:
    """Sign the administrator in and let them look as somebody."""
    browser = await town.browser(ADMIN)
    form = {"person": str(town.people[key].membership_id), "reason": "To see what they hear"}
    assert (await browser.post("/access/see-as", data=form)).status_code == 303
    assert "karavan_look" in browser.cookies
    return browser


async def test_what_is_heard_is_what_the_person_hears(town: Town) -> None:
    mine, theirs = await make_order(town, MANAGER), await make_order(town, COLLEAGUE)
    async with (
        town.socket(await looking(town, MANAGER)) as seen,
        town.socket(await town.browser(ADMIN)) as admin,
    ):
        for socket in (seen, admin):
            await hear_ready(socket)
        await publish(town, COLLEAGUE, theirs)
        assert (await hear(admin))["key"] == str(theirs)
        await publish(town, MANAGER, mine)
        # The first thing heard is the person's own order: the colleague's was not told.
        assert (await hear(seen))["key"] == str(mine)


async def test_opening_a_socket_is_written_down(town: Town) -> None:
    async with town.socket(await looking(town, MANAGER)) as seen:
        await hear_ready(seen)
    connection = await town.connection()
    rows = await connection.fetch("SELECT actor_id, on_behalf_id FROM audit_records WHERE detail->>'path' = '/ws'")
    await connection.close()
    assert [tuple(row) for row in rows] == [(town.people[ADMIN].user_id, town.people[MANAGER].user_id)]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE seeings SET ended_at = now()", 4401),
        ("UPDATE seeings SET ends_at = now()", 4401),
        ("DELETE FROM sessions WHERE id_hash IN (SELECT session_hash FROM seeings)", 4401),
        ("UPDATE users SET epoch = epoch + 1 WHERE id IN (SELECT watcher_id FROM seeings)", 4401),
        ("UPDATE users SET disabled_at = now() WHERE id IN (SELECT user_id FROM seeings)", 4401),
        ("UPDATE memberships SET ended_at = now() WHERE id IN (SELECT membership_id FROM seeings)", 4401),
        ("UPDATE access_rules SET valid_to = now() WHERE action = 'see_as'", 4403),
    ],
)
async def test_the_socket_ends_with_the_look_within_a_second(town: Town, statement: str, code: int) -> None:
    async with town.socket(await looking(town, MANAGER)) as seen:
        await hear_ready(seen)
        connection = await town.connection()
        began = time.monotonic()
        await connection.execute(statement)
        await connection.close()
        async with asyncio.timeout(5):
            await seen.wait_closed()
        assert seen.close_code == code
        assert time.monotonic() - began < 1.5


async def test_a_look_that_is_over_opens_no_socket(town: Town) -> None:
    browser = await looking(town, MANAGER)
    connection = await town.connection()
    await connection.execute("UPDATE seeings SET ended_at = now()")
    await connection.close()
    async with town.raw(browser) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4401
