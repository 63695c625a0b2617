"""A paused direction stands still at once; attempts are kept masked; a conflict has three sides; trouble is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import cast
from uuid import UUID

import msgspec
import pytest

from app.erp import feed
from app.erp.channel import Channel
from app.erp.checking import CheckingClient
from app.erp.inbound import Inbound
from app.erp.loading import Side
from app.erp.outbound import Outbound
from app.erp.queries.channels import Direction
from app.erp.watching import Watch
from app.erp.wire.calling import Address
from app.erp.wire.client import NODE
from app.infra import outbox
from app.infra.db.transaction import open_tenant_transaction
from app.orders.events import ORDER_PUT, VEHICLE_PUT, VehiclePut, aggregate, vehicle_id
from tests.erp.look import Look
from tests.erp.orders import place
from tests.erp.stand_in import INFOBASES, StandIn
from tests.erp.test_outbound import settle
from tests.support.databases import Database


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
def outbound(loaded: Side, channel: Channel) -> Outbound:
    """One sender."""
    return Outbound(loaded, channel, "test")


@pytest.fixture
async def watch(loaded: Side, channel: Channel, stand_in: StandIn) -> AsyncIterator[Watch]:
    """A watcher of both ways; only the way out is used."""
    address = Address(stand_in.url, INFOBASES["alatau"], "alatau", "Портал", "karavan-erp")
    async with CheckingClient(address) as client:
        yield Watch(loaded, {"in": Channel(channel.client, "alatau"), "out": channel}, client)


async def pause(look: Look, direction: Direction, *, is_paused: bool = True) -> None:
    await look.execute(
        "INSERT INTO erp_channels (tenant_id, node, direction, paused_at) VALUES (1, $1, $2, $3::text::timestamptz)"
        " ON CONFLICT (tenant_id, node, direction) DO UPDATE SET paused_at = excluded.paused_at",
        *(NODE, direction, "2026-11-22" if is_paused else None),
    )


async def test_nothing_leaves_while_the_way_out_is_paused(outbound: Outbound, side: Side, look: Look) -> None:
    order = await place(side)
    await pause(look, "out")
    assert await outbound.step() is False
    assert await look.value("SELECT stage FROM outbox WHERE id = $1", order.intent_id) == "new"
    await pause(look, "out", is_paused=False)
    await settle(outbound, look)
    assert await look.value("SELECT stage FROM outbox WHERE id = $1", order.intent_id) == "done"


async def test_a_batch_that_arrives_after_a_pause_is_neither_applied_nor_acknowledged(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    batch = await look.value("SELECT batch FROM erp_streams WHERE tenant_id = 1 AND stream = 'changes'")
    waiting = asyncio.create_task(feed.poll(loaded, channel, 10))
    await asyncio.sleep(0.3)
    await pause(look, "in")
    await stand_in.edit("credit_limit", contract=await contract_number(look), amount="7000000.00")
    assert await waiting == "paused"
    assert await look.value("SELECT batch FROM erp_streams WHERE tenant_id = 1 AND stream = 'changes'") == batch
    assert await Inbound(loaded, channel).step(0) is False
    await pause(look, "in", is_paused=False)
    while await feed.poll(loaded, channel, 0) != "nothing":
        pass
    now = await look.value("SELECT batch FROM erp_streams WHERE tenant_id = 1 AND stream = 'changes'")
    assert cast("int", now) > cast("int", batch)


async def contract_number(look: Look) -> str:
    """A contract in force."""
    return str(
        await look.value("SELECT number FROM contracts WHERE tenant_id = 1 AND status = 'live' ORDER BY id LIMIT 1")
    )


async def test_a_message_that_is_not_understood_is_kept_masked_with_its_answer(
    outbound: Outbound, side: Side, look: Look
) -> None:
    order = await place(side)
    await settle(outbound, look)
    vehicle = VehiclePut(
        id=vehicle_id(order.id),
        order_id=order.id,
        driver_name="",  # required there
        driver_document="KZ 012345678",
        driver_phone="+7 701 555 12 34",
        plate="",
        vehicle_model="",
        trailer="",
        proxy="",
        arrive_on=date(2030, 3, 7),
    )
    async with open_tenant_transaction(side.engine, 1) as transaction:
        intent = await outbox.enqueue(transaction, "erp", aggregate(order.id), VEHICLE_PUT, vehicle)
    await settle(outbound, look)
    assert await look.value("SELECT stage FROM outbox WHERE id = $1", intent) == "dead"
    [letter] = await look.rows("SELECT request, response, failure FROM erp_letters WHERE intent_id = $1", intent)
    request, response, _ = letter
    assert "012345678" not in str(request)
    assert "555" not in str(request)
    assert "ВодительФИО" in str(request)
    assert str(response)


async def test_an_order_changed_there_meanwhile_becomes_a_conflict_with_three_sides(
    outbound: Outbound, side: Side, look: Look
) -> None:
    order = await place(side)
    await settle(outbound, look)
    body = await look.value("SELECT body::text FROM outbox WHERE id = $1", order.intent_id)
    wanted = msgspec.json.decode(str(body), type=dict[str, object]) | {"comment": "Позже", "erp_label": "AAAAAAAAAAE="}
    async with open_tenant_transaction(side.engine, 1) as transaction:
        intent = await outbox.enqueue(transaction, "erp", aggregate(order.id), ORDER_PUT, wanted)
    await settle(outbound, look)
    assert await look.row("SELECT stage, error_class FROM outbox WHERE id = $1", intent) == ("dead", "conflict")
    base, ours, theirs, label = await look.row(
        "SELECT base->>'Комментарий', ours->>'Комментарий', theirs->>'Комментарий', label FROM erp_conflicts"
        " WHERE intent_id = $1",
        intent,
    )
    assert (base, ours, theirs) == ("", "Позже", "")
    assert label
    assert await look.value("SELECT state FROM orders WHERE id = $1", order.id) == "accepted"


async def test_the_watcher_writes_what_passed_and_who_answered(
    watch: Watch, outbound: Outbound, side: Side, look: Look
) -> None:
    await place(side)
    await settle(outbound, look)
    await watch.step()
    assert await look.value("SELECT sum(sent) FROM erp_throughput WHERE tenant_id = 1 AND stream = 'order.put'") == 1
    answered, skew, broken = await look.row(
        "SELECT answered_at IS NOT NULL, skew_s, broken_since FROM erp_channels WHERE direction = 'out'"
    )
    assert answered is True
    assert abs(cast("float", skew)) < 5
    assert broken is None


async def test_trouble_begins_once_is_told_and_ends_by_itself(watch: Watch, look: Look) -> None:
    intent = UUID(int=0x77)
    await look.execute(
        "INSERT INTO outbox (tenant_id, id, lane, aggregate, kind, body, stage, done_at)"
        " VALUES (1, $1, 'erp', 'order:x', 'order.put', '{}', 'dead', now())",
        intent,
    )
    for _ in range(2):
        watch.look_again()
        await watch.step()
    assert await look.rows("SELECT kind, detail FROM erp_alerts WHERE ended_at IS NULL") == [("dead", "1")]
    assert await look.value("SELECT count(*) FROM outbox WHERE lane = 'notify' AND kind = 'erp.alert'") == 1
    await look.execute("UPDATE outbox SET stage = 'done' WHERE id = $1", intent)
    watch.look_again()
    await watch.step()
    assert await look.count("SELECT count(*) FROM erp_alerts WHERE ended_at IS NULL") == 0


async def test_a_stopped_stream_leaves_its_age_where_pages_read_it(loaded: Side, look: Look) -> None:
    await look.execute("UPDATE erp_streams SET state = 'stopped' WHERE tenant_id = 1 AND stream = 'prices'")
    behind = "SELECT behind ? 'prices', behind ? 'stock' FROM erp_freshness WHERE tenant_id = $1"
    assert await look.row(behind, loaded.tenant_id) == (True, False)
    await look.execute("UPDATE erp_streams SET state = 'live' WHERE tenant_id = 1 AND stream = 'prices'")
    assert await look.row(behind, loaded.tenant_id) == (False, False)


async def test_where_the_erps_version_was_chosen_the_worker_hands_the_order_to_its_manager(
    watch: Watch, loaded: Side, look: Look
) -> None:
    order = await place(loaded)
    await look.execute(
        "INSERT INTO erp_conflicts (tenant_id, id, intent_id, kind, ref, name, ours, theirs, label, resolved_at,"
        " choice, reason)"
        " VALUES (1, gen_random_uuid(), $1, 'order.put', $2, 'P-1', '{}', '{}', '', now(), 'theirs', 'Agreed')",
        order.intent_id,
        order.id,
    )
    for _ in range(2):
        await watch.step()
    state = "SELECT state, decision_code, decision_text FROM orders WHERE id = $1"
    assert await look.row(state, order.id) == ("needs_decision", "changed_in_erp", "Agreed")
    kinds = [row[0] for row in await look.rows("SELECT kind FROM order_events WHERE order_id = $1", order.id)]
    assert kinds == ["refused"], "once"
    assert await look.count("SELECT count(*) FROM erp_conflicts WHERE settled_at IS NULL") == 0


async def test_the_answer_of_the_erp_is_kept_masked_beside_what_was_sent(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look
) -> None:
    await place(loaded)
    await stand_in.fault("http", "/commands", status=400)
    await Outbound(loaded, channel, "test").step()
    failure, request, response = await look.row("SELECT failure, request, response FROM erp_letters")
    assert failure == "transient"
    assert "Товары" in str(request)
    assert "error" in str(response)
    assert not str(response).startswith("HTTP 400"), "what came back, not what we say of it"
