"""A page that comes back to its socket: nothing lost, nothing doubled, and no position that could do harm."""

import asyncio
import time
from typing import cast

import asyncpg
import pytest
from websockets.exceptions import ConnectionClosed

from app.infra.live import Position, read_token, write_token
from app.kernel.errors import InvalidInputError
from tests.access.town import EVENT, HEAD, MANAGER, Town, hear, hear_nothing, hear_ready, make_order, publish


async def test_a_page_that_comes_back_gets_what_it_missed_once_and_in_order(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    browser = await town.browser(MANAGER)
    async with town.socket(browser) as socket:
        await hear_ready(socket)
        await publish(town, MANAGER, order_id, {"n": 0})
        last = str((await hear(socket))["id"])
    for n in range(1, 6):
        await publish(town, MANAGER, order_id, {"n": n})
    async with town.socket(browser, since=last) as socket:
        missed = [await hear(socket) for _ in range(6)]
        assert [one["type"] for one in missed] == ["order"] * 5 + ["ready"]
        assert [cast("dict[str, int]", one["data"])["n"] for one in missed[:5]] == [1, 2, 3, 4, 5]
        assert await hear_nothing(socket)


async def test_a_page_cut_off_in_the_middle_of_a_batch_goes_on_from_there(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    browser = await town.browser(MANAGER)
    person = town.people[MANAGER]
    async with town.socket(browser) as socket:
        await hear_ready(socket)
        connection = await town.connection()
        async with connection.transaction():
            for n in range(8):
                await connection.execute(EVENT, 1, person.partner_id, order_id, f'{{"n": {n}}}')
        await connection.close()
        first = [await hear(socket) for _ in range(3)]
    async with town.socket(browser, since=str(first[2]["id"])) as socket:
        rest = [await hear(socket) for _ in range(6)]
    assert [cast("dict[str, int]", one["data"])["n"] for one in [*first, *rest[:5]]] == list(range(8))
    assert rest[5]["type"] == "ready"


async def test_a_transaction_that_commits_late_is_not_lost(town: Town) -> None:
    """Its number is lower than those already told; a reader that keeps the last number would skip it."""
    order_id = await make_order(town, MANAGER)
    person, browser = town.people[MANAGER], await town.browser(MANAGER)
    slow = await town.connection()
    await slow.execute("BEGIN")
    await slow.execute(EVENT, 1, person.partner_id, order_id, '{"n": "slow"}')
    async with town.socket(browser) as socket:
        await hear_ready(socket)
        await publish(town, MANAGER, order_id, {"n": "quick"})
        quick = await hear(socket)
        assert quick["data"] == {"n": "quick"}
        # The page goes away and comes back, also across the late commit.
        last = str(quick["id"])
    async with town.socket(browser, since=last) as socket:
        assert (await hear(socket))["type"] == "ready"
        await slow.execute("COMMIT")
        late = await hear(socket)
        assert late["data"] == {"n": "slow"}
    async with town.socket(browser, since=last) as socket:
        assert (await hear(socket))["data"] == {"n": "slow"}
        assert (await hear(socket))["type"] == "ready"
    await slow.close()


async def test_writers_at_once_are_all_heard_once(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    browser = await town.browser(MANAGER)
    heard: list[int] = []
    last: str | None = None

    pool = await asyncpg.create_pool(town.database.superuser_url, min_size=6, max_size=6)
    partner = town.people[MANAGER].partner_id

    async def write(n: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(EVENT, 1, partner, order_id, f'{{"n": {n}}}')
            await asyncio.sleep(0.013 * (n % 17))  # commits in another order than it wrote

    async with town.socket(browser) as socket:
        last = await hear_ready(socket)
    writers = asyncio.gather(*(write(n) for n in range(60)))
    while len(heard) < 60:  # reconnects all the time
        async with town.socket(browser, since=last) as socket:
            for _ in range(7):
                if len(heard) == 60:
                    break
                message = await hear(socket, 20)
                last = str(message["id"])
                if message["type"] == "order":
                    heard.append(cast("dict[str, int]", message["data"])["n"])
    await writers
    await pool.close()
    assert sorted(heard) == list(range(60))


async def test_a_page_away_too_long_asks_for_everything_anew(town: Town) -> None:
    old = f"{int(time.time()) - 7200};" + write_token(Position("1:1:")).partition(";")[2]
    async with town.socket(await town.browser(MANAGER), since=old) as socket:
        assert (await hear(socket))["type"] == "resync"


@pytest.mark.parametrize("since", ["x", "1;2;3", "1;1:1:;;0;0;0", ";;;;", "1;1:1:';--;;0;0", "9" * 11_000])
async def test_an_invented_position_closes_the_socket(town: Town, since: str) -> None:
    async with town.socket(await town.browser(MANAGER), since=since) as socket:
        with pytest.raises(ConnectionClosed):
            await hear(socket)
        assert socket.close_code == 1008


@pytest.mark.parametrize(
    "place",
    [
        *("3:2:;;0;0", "0:5:;;0;0", "5:9:8,7;;0;0", "5:9:4;;0;0", "5:9:9;;0;0"),
        *("1:1:;3:2:;0;0", "1:1:;;0;9223372036854775808"),
    ],
)
async def test_a_position_no_database_would_take_is_nobody_else_s_trouble(town: Town, place: str) -> None:
    """One look serves every open page of a tenant: a snapshot it could not read would silence all of them."""
    async with town.socket(await town.browser(HEAD)) as other:
        await hear_ready(other)
        async with town.socket(await town.browser(MANAGER), since=f"{int(time.time())};{place}") as socket:
            with pytest.raises(ConnectionClosed):
                await hear(socket)
            assert socket.close_code == 1008
            order_id = await make_order(town, HEAD)
            await publish(town, HEAD, order_id)
            assert (await hear(other))["key"] == str(order_id)


def test_a_token_keeps_its_position() -> None:
    for position in (Position("10:12:"), Position("10:12:11", "14:14:", 13, 7)):
        assert read_token(write_token(position)) == position
    with pytest.raises(InvalidInputError):
        read_token("1;10:12:;drop table;0;0")
