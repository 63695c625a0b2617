"""The one WebSocket: exact origin (F7), only what one may see, closed when rights end, no patience with nonsense."""

import asyncio
import time
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.access.sockets import SocketDoor
from app.infra import live
from app.infra.db.transaction import open_tenant_transaction
from tests.access.town import (
    COLLEAGUE,
    EVENT,
    HEAD,
    MANAGER,
    REGION,
    Town,
    hear,
    hear_nothing,
    hear_ready,
    make_order,
    publish,
)

# --- F7: the origin


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://127.0.0.1:1", "null", "http://127.0.0.1", "https://127.0.0.1"],
)
async def test_a_page_of_another_origin_gets_no_socket(town: Town, origin: str) -> None:
    browser = await town.browser(MANAGER)
    with pytest.raises(InvalidStatus) as refused:
        async with town.raw(browser, origin):
            pass
    assert refused.value.response.status_code == 403


async def test_it_would_get_one_and_the_victims_data_without_the_check(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: the origin is not looked at."""
    monkeypatch.setattr(SocketDoor, "_is_ours", lambda *_: True)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    order_id = await make_order(town, MANAGER)
    async with town.socket(await town.browser(MANAGER), origin="https://evil.example") as socket:
        await hear_ready(socket)
        await publish(town, MANAGER, order_id)
        assert (await hear(socket))["key"] == str(order_id)


async def test_nobody_is_sent_away_with_the_code_for_nobody(town: Town) -> None:
    async with town.raw(None) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4401


# --- what is heard


async def test_an_order_is_heard_by_those_who_may_see_it_and_by_nobody_else(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    keys = [MANAGER, HEAD, COLLEAGUE, "alatau/direct_buyer_head", "alatau/forwarder", "alatau/admin", "hantengri/admin"]
    async with (
        town.socket(await town.browser(keys[0])) as author,
        town.socket(await town.browser(keys[1])) as head,
        town.socket(await town.browser(keys[2])) as colleague,
        town.socket(await town.browser(keys[3])) as other_client,
        town.socket(await town.browser(keys[4])) as forwarder,
        town.socket(await town.browser(keys[5])) as admin,
        town.socket(await town.browser(keys[6])) as other_tenant,
    ):
        for socket in (author, head, colleague, other_client, forwarder, admin, other_tenant):
            await hear_ready(socket)
        await publish(town, MANAGER, order_id, {"state": "accepted"})
        for socket in (author, head, admin):
            message = await hear(socket)
            assert (message["type"], message["kind"], message["key"]) == ("order", "order.state", str(order_id))
            assert message["data"] == {"state": "accepted"}
        silence = await asyncio.gather(
            *(hear_nothing(socket) for socket in (colleague, other_client, forwarder, other_tenant))
        )
        assert silence == [True] * 4


async def test_a_managers_regions_bound_what_they_hear(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    inside, outside = "alatau/manager_full", "alatau/manager_full/2"
    await town.execute("UPDATE memberships SET regions = $1 WHERE id = $2", [REGION], town.people[inside].membership_id)
    async with (
        town.socket(await town.browser(inside)) as near,
        town.socket(await town.browser(outside)) as far,
    ):
        await hear_ready(near)
        await hear_ready(far)
        await publish(town, MANAGER, order_id)
        assert (await hear(near))["key"] == str(order_id)
        assert await hear_nothing(far)


async def test_news_for_one_person_is_for_one_person(town: Town) -> None:
    person = town.people[MANAGER]
    async with (
        town.socket(await town.browser(MANAGER)) as mine,
        town.socket(await town.browser(HEAD)) as boss,
    ):
        await hear_ready(mine)
        await hear_ready(boss)
        await town.execute(
            "INSERT INTO live_events (tenant_id, partner_id, user_id, kind, object_kind, object_id, data)"
            " VALUES (1, $1, $2, 'x', 'notification', $2, '{\"unread\": 3, \"toast\": \"Hello\"}')",
            person.partner_id,
            person.user_id,
        )
        message = await hear(mine)
        assert (message["unread"], message["toast"]) == (3, "Hello")
        assert await hear_nothing(boss)


async def test_a_commit_is_heard_at_once(town: Town) -> None:
    """A wake-up, not the quarter-second look: over many tries the median is far below the interval."""
    order_id, person = await make_order(town, MANAGER), town.people[MANAGER]
    waits: list[float] = []
    async with town.socket(await town.browser(MANAGER)) as socket:
        await hear_ready(socket)
        for _ in range(7):
            await asyncio.sleep(0.05)
            async with open_tenant_transaction(town.portal.engines.staff, 1) as transaction:
                await live.publish(transaction, person.partner_id, "order.moved", "order", order_id, {})
            began = time.perf_counter()
            await hear(socket)
            waits.append(time.perf_counter() - began)
    assert sorted(waits)[3] < 0.2


# --- rights that end

_DENY_BELL = (
    "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect)"
    " VALUES (1, gen_random_uuid(), 'u:' || $1::uuid::text, 'notification', 'view', 'deny')"
)
_DEMAND_FACTOR = (
    "INSERT INTO factor_roles (tenant_id, role) SELECT tenant_id, role FROM memberships WHERE user_id = $1::uuid"
)


@pytest.mark.parametrize(
    ("case", "change", "code"),
    [
        ("signed out elsewhere", "DELETE FROM sessions WHERE user_id = $1", 4401),
        ("ended everywhere", "UPDATE users SET epoch = epoch + 1 WHERE id = $1", 4401),
        ("disabled", "UPDATE users SET disabled_at = now() WHERE id = $1", 4401),
        ("left the organisation", "UPDATE memberships SET ended_at = now() WHERE user_id = $1", 4401),
        ("may not read news any more", _DENY_BELL, 4403),
        ("a second factor is demanded", _DEMAND_FACTOR, 4403),
    ],
)
async def test_a_socket_closes_within_a_second_of_its_right(town: Town, case: str, change: str, code: int) -> None:
    key = "alatau/direct_buyer_senior"
    person = town.people[key]
    async with town.socket(await town.browser(key)) as socket:
        await hear_ready(socket)
        await town.execute(change, person.user_id)
        began = time.perf_counter()
        with pytest.raises(ConnectionClosed):
            await hear(socket, 5)
        assert socket.close_code == code, case
        assert time.perf_counter() - began < 1.5  # one second, and some for a busy machine
    await town.execute("UPDATE users SET disabled_at = NULL")
    await town.execute("UPDATE memberships SET ended_at = NULL")
    await town.execute("DELETE FROM access_rules WHERE subject LIKE 'u:%'")
    await town.execute("DELETE FROM factor_roles")


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE delegations SET ended_at = now()",
        "UPDATE delegations SET starts_on = starts_on - 9, ends_on = ends_on - 9",
        "UPDATE users SET disabled_at = now() WHERE id = (SELECT user_id FROM delegations)",
        "UPDATE users SET disabled_at = now() WHERE id = (SELECT deputy_id FROM delegations)",
    ],
)
async def test_who_stands_in_hears_the_place_s_news_until_that_ends(town: Town, ending: str) -> None:
    absent, deputy = town.people[HEAD], await town.browser(MANAGER)
    await town.execute(
        "INSERT INTO delegations (tenant_id, id, user_id, membership_id, partner_id, deputy_id, starts_on, ends_on,"
        " created_by) VALUES (1, gen_random_uuid(), $1, $2, $3, $4, current_date - 1, current_date + 1, $1)",
        *(absent.user_id, absent.membership_id, absent.partner_id, town.people[MANAGER].user_id),
    )
    moved = await deputy.post("/api/v1/me/membership", json={"membership": str(absent.membership_id)})
    assert moved.status_code == 200, moved.text
    order_id = await make_order(town, "alatau/distributor_senior")
    async with town.socket(deputy) as socket:
        await hear_ready(socket)
        await publish(town, "alatau/distributor_senior", order_id)
        assert (await hear(socket))["key"] == str(order_id)
        await town.execute(ending)
        began = time.perf_counter()
        with pytest.raises(ConnectionClosed):
            await hear(socket, 5)
        assert socket.close_code == 4401
        assert time.perf_counter() - began < 1.5  # one second, and some for a busy machine
    await town.execute("UPDATE users SET disabled_at = NULL")
    await town.execute("UPDATE sessions SET delegation_id = NULL")
    await town.execute("DELETE FROM delegations")


async def test_nothing_is_told_on_rights_that_ended_a_moment_ago(town: Town) -> None:
    """Revoke and secret in one breath: the look that would tell the secret sees the revocation first."""
    order_id = await make_order(town, MANAGER)
    person = town.people[MANAGER]
    for _ in range(5):
        async with town.socket(await town.browser(MANAGER)) as socket:
            await hear_ready(socket)
            connection = await town.connection()
            async with connection.transaction():
                await connection.execute("UPDATE users SET epoch = epoch + 1 WHERE id = $1", person.user_id)
                await connection.execute(EVENT, 1, person.partner_id, order_id, '{"secret": true}')
            await connection.close()
            with pytest.raises(ConnectionClosed):
                await hear(socket)


async def test_a_colleague_hears_of_a_draft_as_soon_as_it_is_shared(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    # Both work for the same client.
    await town.execute(
        "UPDATE memberships SET partner_id = $1 WHERE id = $2",
        town.people[MANAGER].partner_id,
        town.people[COLLEAGUE].membership_id,
    )
    async with town.socket(await town.browser(COLLEAGUE)) as socket:
        await hear_ready(socket)
        await publish(town, MANAGER, order_id)
        assert await hear_nothing(socket)
        await town.execute("UPDATE orders SET shared = true WHERE id = $1", order_id)
        await publish(town, MANAGER, order_id, {"shared": True})
        assert (await hear(socket))["data"] == {"shared": True}


# --- unfriendly clients


async def test_who_says_no_hello_or_nonsense_is_closed(town: Town) -> None:
    browser = await town.browser(MANAGER)
    for message in ("{", '{"type": "subscribe"}', "[]", "x" * 20_000):
        async with town.raw(browser) as socket:
            await socket.send(message)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code in {1008, 1009}


async def test_who_talks_too_much_is_closed(town: Town) -> None:
    async with town.socket(await town.browser(MANAGER)) as socket:
        await hear_ready(socket)
        with suppress(ConnectionClosed):
            for _ in range(200):
                await socket.send("x")
        await socket.wait_closed()
        assert socket.close_code == 1008


async def test_a_page_that_does_not_read_is_told_to_begin_anew_and_holds_nobody_up(town: Town) -> None:
    order_id = await make_order(town, MANAGER)
    person = town.people[MANAGER]
    async with (
        town.socket(await town.browser(MANAGER)) as sleeper,
        town.socket(await town.browser(HEAD)) as awake,
    ):
        await hear_ready(awake)
        connection = await town.connection()
        async with connection.transaction():
            await connection.executemany(EVENT, [(1, person.partner_id, order_id, '{"n": 1}')] * 450)
        await connection.close()
        kinds = {str((await hear(awake))["type"]) for _ in range(3)}
        assert kinds <= {"order", "resync"}
        types = [str((await hear(sleeper))["type"]) for _ in range(2)]
        assert set(types) <= {"ready", "order", "resync"}
