"""Orders leave exactly once in effect, whatever the wire does, and the holds end where the ERP's figures begin."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest

from app.erp import feed
from app.erp.channel import Channel
from app.erp.loading import Side
from app.erp.outbound import Outbound
from app.erp.wire.client import ErpClient
from app.erp.wire.failures import UnknownOutcomeError
from app.erp.wire.messages import Command, Results
from app.infra import outbox
from app.infra.db.transaction import open_tenant_transaction
from app.orders.events import ORDER_CANCEL, ORDER_PUT, OrderCancel, aggregate
from tests.erp.look import Look
from tests.erp.orders import Placed, place
from tests.erp.stand_in import StandIn, channel_to
from tests.support.databases import Database


@pytest.fixture
def database(loaded_database: Database) -> Database:
    """Begin with everything loaded."""
    return loaded_database


@pytest.fixture
def outbound(loaded: Side, channel: Channel) -> Outbound:
    """One sender."""
    return Outbound(loaded, channel, "test")


async def take_changes(side: Side, channel: Channel) -> None:
    while await feed.poll(side, channel, 0) != "nothing":
        pass


async def settle(outbound: Outbound, look: Look, within_s: float = 20) -> None:
    """Let the sender work until nothing is open; pauses are cut short."""
    async with asyncio.timeout(within_s):
        while await look.count("SELECT count(*) FROM outbox WHERE lane = 'erp' AND stage IN ('new', 'sent')"):
            await look.execute("UPDATE outbox SET not_before = now() WHERE lane = 'erp' AND stage IN ('new', 'sent')")
            if not await outbound.step():
                await asyncio.sleep(0.05)


async def state_of(look: Look, order: Placed) -> tuple[object, ...]:
    """State and number in the ERP."""
    return await look.row("SELECT state, erp_number FROM orders WHERE id = $1", order.id)


async def assert_holds_equal_the_ledger(look: Look) -> None:
    """What each figure counts is exactly the sum of the holds it does not contain yet."""
    wrong = await look.value("""
        SELECT (SELECT count(*) FROM stock_levels l WHERE l.unreflected <> coalesce((
                    SELECT sum(h.quantity) FROM stock_holds h WHERE h.tenant_id = l.tenant_id AND h.state = 'held'
                    AND h.product_id = l.product_id AND h.warehouse_id = l.warehouse_id), 0))
             + (SELECT count(*) FROM credit_accounts a WHERE a.unreflected <> coalesce((
                    SELECT sum(h.amount) FROM credit_holds h WHERE h.tenant_id = a.tenant_id AND h.state = 'held'
                    AND h.contract_id = a.contract_id), 0))""")
    assert wrong == 0


async def test_an_order_arrives_and_its_holds_become_the_erps_figures(
    side: Side, channel: Channel, outbound: Outbound, stand_in: StandIn, look: Look
) -> None:
    order = await place(side)
    free = "SELECT erp_free - unreflected FROM stock_levels WHERE product_id = $1 AND warehouse_id = $2"
    held_free = await look.value(free, order.product_id, order.warehouse_id)
    await settle(outbound, look)
    [write] = await stand_in.audit(ref=str(order.id))
    assert (write.type, write.command_id) == (ORDER_PUT, str(order.intent_id))
    assert await state_of(look, order) == ("accepted", write.number)
    await assert_holds_equal_the_ledger(look)
    assert await look.count("SELECT count(*) FROM stock_holds WHERE state = 'held'") == 1

    await take_changes(side, channel)
    assert await look.count("SELECT count(*) FROM stock_holds WHERE state = 'held'") == 0
    assert await look.count("SELECT count(*) FROM credit_holds WHERE state = 'held'") == 0
    # The promise is neither counted twice nor forgotten.
    assert await look.value(free, order.product_id, order.warehouse_id) == held_free
    await assert_holds_equal_the_ledger(look)


async def test_steps_of_the_erp_come_back_with_shipped_quantities(
    side: Side, channel: Channel, outbound: Outbound, stand_in: StandIn, look: Look
) -> None:
    order = await place(side)
    await settle(outbound, look)
    seen: list[object] = []
    for _ in range(4):
        await stand_in.advance(str(order.id))
        await take_changes(side, channel)
        seen.append((await state_of(look, order))[0])
    assert seen[0] == "loading"
    assert seen[-1] in {"delivered", "closed"}
    shipped = await look.value("SELECT shipped = quantity FROM order_lines WHERE order_id = $1", order.id)
    assert shipped is True
    live = await look.count("SELECT count(*) FROM live_events WHERE object_id = $1", order.id)
    assert live >= 3
    await assert_holds_equal_the_ledger(look)


async def test_an_answer_lost_after_the_commit_makes_no_second_order(
    side: Side, outbound: Outbound, stand_in: StandIn, look: Look
) -> None:
    await stand_in.fault("drop_after_commit", "/commands", times=3)
    orders = [await place(side, number) for number in range(5)]
    await settle(outbound, look)
    for order in orders:
        writes = await stand_in.audit(ref=str(order.id))
        assert [write.type for write in writes] == [ORDER_PUT]
        assert await state_of(look, order) == ("accepted", writes[0].number)
    await assert_holds_equal_the_ledger(look)


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "drop_before_handle", "path": "/commands"},
        {"fault": "http", "path": "/commands", "status": 502, "body": "html"},
        {"fault": "http", "path": "/commands", "status": 500, "body": "empty"},
        {"fault": "http", "path": "/commands", "status": 503, "body": "atom"},
        {"fault": "maintenance", "mode": "503"},
        {"fault": "maintenance", "mode": "html"},
        {"fault": "maintenance", "mode": "refuse"},
    ],
    ids=["reset", "proxy", "empty", "atom", "window", "page", "refused"],
)
async def test_an_erp_that_is_away_for_a_while_costs_nothing(
    side: Side, outbound: Outbound, stand_in: StandIn, look: Look, fault: dict[str, object]
) -> None:
    fault = dict(fault)
    await stand_in.fault(str(fault.pop("fault")), str(fault.pop("path", "")), **fault)
    orders = [await place(side, number) for number in range(3)]
    for _ in range(30):
        await look.execute("UPDATE outbox SET not_before = now() WHERE lane = 'erp' AND stage IN ('new', 'sent')")
        await outbound.step()
        await asyncio.sleep(0.01)
    assert {(await state_of(look, order))[0] for order in orders} == {"submitted"}
    assert await look.count("SELECT count(*) FROM outbox WHERE stage = 'dead'") == 0
    await assert_holds_equal_the_ledger(look)
    await stand_in.clear_faults()
    await settle(outbound, look)
    for order in orders:
        assert len(await stand_in.audit(ref=str(order.id))) == 1
        assert (await state_of(look, order))[0] == "accepted"
    await assert_holds_equal_the_ledger(look)


async def test_an_answer_outlasts_somebody_who_holds_what_it_touches(
    side: Side, outbound: Outbound, stand_in: StandIn, look: Look, database: Database
) -> None:
    order = await place(side)
    other = await asyncpg.connect(database.superuser_url)
    holding = other.transaction()
    await holding.start()
    await other.execute("SELECT FROM credit_accounts WHERE contract_id = $1 FOR UPDATE", order.contract_id)
    sending = asyncio.create_task(outbound.step())
    await asyncio.sleep(3)  # longer than a lock is waited for
    assert not sending.done()
    await holding.rollback()
    await other.close()
    assert await sending
    assert (await state_of(look, order))[0] == "accepted"
    assert await look.count("SELECT count(*) FROM outbox WHERE locked_by IS NOT NULL") == 0
    assert len(await stand_in.audit(ref=str(order.id))) == 1


async def test_a_refusal_goes_to_a_person_and_gives_the_holds_back_once(
    side: Side, outbound: Outbound, stand_in: StandIn, look: Look
) -> None:
    order = await place(side, wrong_price=True)
    await settle(outbound, look)
    row = await look.row("SELECT state, decision_code, decision_text <> '' FROM orders WHERE id = $1", order.id)
    assert row == ("needs_decision", "price_mismatch", True)
    assert await stand_in.audit(ref=str(order.id)) == []
    assert await look.count("SELECT count(*) FROM stock_holds WHERE state <> 'released'") == 0
    assert await look.count("SELECT count(*) FROM outbox WHERE lane = 'notify'") == 1
    await assert_holds_equal_the_ledger(look)


async def test_an_order_and_its_cancellation_leave_in_order(
    side: Side, channel: Channel, outbound: Outbound, stand_in: StandIn, look: Look
) -> None:
    order = await place(side)
    await cancel(side, order)
    await settle(outbound, look)
    await take_changes(side, channel)
    assert [write.type for write in await stand_in.audit(ref=str(order.id))] == [ORDER_PUT, ORDER_CANCEL]
    assert (await state_of(look, order))[0] == "cancelled"
    assert await look.count("SELECT count(*) FROM stock_holds WHERE state = 'held'") == 0
    await assert_holds_equal_the_ledger(look)


async def cancel(side: Side, order: Placed) -> None:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await transaction.driver.execute("UPDATE orders SET state = 'cancelling' WHERE id = $1", order.id)
        body = OrderCancel(order.id, "Передумали")
        await outbox.enqueue(transaction, "erp", aggregate(order.id), ORDER_CANCEL, body)


async def test_two_senders_share_the_work_and_double_nothing(
    loaded: Side, channel: Channel, stand_in: StandIn, look: Look, database: Database
) -> None:
    orders = [await place(loaded, number) for number in range(12)]
    connection = await asyncpg.connect(database.superuser_url)
    async with channel_to(stand_in.url) as second:
        senders = [(Outbound(loaded, channel, "one"), look), (Outbound(loaded, second, "two"), Look(connection))]
        await asyncio.gather(*(settle(sender, eyes) for sender, eyes in senders))
    await connection.close()
    for order in orders:
        assert len(await stand_in.audit(ref=str(order.id))) == 1
        assert (await state_of(look, order))[0] == "accepted"
    await assert_holds_equal_the_ledger(look)


async def test_a_sender_that_died_after_claiming_is_followed_by_one_that_asks_first(
    side: Side, outbound: Outbound, stand_in: StandIn, look: Look
) -> None:
    order = await place(side)
    await look.execute(
        "UPDATE outbox SET stage = 'sent', locked_by = 'dead', lock_epoch = 7, locked_until = now() - interval '1 s'"
        " WHERE id = $1",
        order.intent_id,
    )
    await settle(outbound, look)
    assert len(await stand_in.audit(ref=str(order.id))) == 1
    assert (await state_of(look, order))[0] == "accepted"


async def test_an_intent_the_erp_chokes_on_is_put_aside_while_others_get_through(
    side: Side, outbound: Outbound, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    choked = await place(side)
    real = ErpClient.command

    async def command(client: ErpClient, commands: Sequence[Command], read_s: float, steps: object) -> Results:
        if any(one.id == choked.intent_id for one in commands):
            message = "no answer"
            raise UnknownOutcomeError(message)
        return await real(client, commands, read_s, steps)

    monkeypatch.setattr(ErpClient, "command", command)
    others = [await place(side, number) for number in range(1, 4)]
    await settle(outbound, look)
    assert {(await state_of(look, order))[0] for order in others} == {"accepted"}
    row = await look.row("SELECT stage, attempt FROM outbox WHERE id = $1", choked.intent_id)
    assert tuple(row) == ("dead", 11)
    assert (await state_of(look, choked))[0] == "submitted"
    await assert_holds_equal_the_ledger(look)


async def test_an_intent_nobody_understands_is_put_aside_and_stops_nobody(
    side: Side, outbound: Outbound, look: Look
) -> None:
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        strange = await outbox.enqueue(transaction, "erp", f"order:{UUID(int=5)}", "order.dance", {"a": 1})
    order = await place(side)
    await settle(outbound, look)
    row = await look.row("SELECT stage, error_class FROM outbox WHERE id = $1", strange)
    assert tuple(row) == ("dead", "schema")
    assert (await state_of(look, order))[0] == "accepted"
