"""Orders over plain OData: created once and posted once, wherever the sender or the line dies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import httpx
import msgspec
import pytest

from app.erp import outbound as sending
from app.erp import outcomes
from app.erp.channel import Channel
from app.erp.loading import Side
from app.erp.outbound import Outbound
from app.erp.wire.odata.commands import Writer
from app.infra import outbox
from app.infra.db.transaction import open_tenant_transaction
from app.orders.events import ORDER_PUT, aggregate
from tests.erp.look import Look
from tests.erp.open_way import open_channel
from tests.erp.orders import Placed, place
from tests.erp.stand_in import StandIn
from tests.erp.test_outbound import assert_holds_equal_the_ledger, cancel
from tests.support.databases import Database

Method = Callable[..., Awaitable[object]]


class CrashError(BaseException):
    """The sender dies here: nothing it knows may save it."""


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.fixture
async def open_way(stand_in: StandIn) -> AsyncIterator[Channel]:
    async with open_channel(stand_in.url) as way:
        yield way


@pytest.fixture
async def ready(loaded: Side) -> Side:
    return loaded


async def settle(side: Side, way: Channel, look: Look) -> None:
    """Send until nothing waits any more; a sender that died before has lost its lease."""
    sender = Outbound(side, way, "second")
    for _ in range(40):
        await look.execute(
            "UPDATE outbox SET not_before = now(), locked_until = NULL WHERE lane = 'erp' AND stage IN ('new', 'sent')"
        )
        await sender.step()
        if not await look.count("SELECT count(*) FROM outbox WHERE lane = 'erp' AND stage IN ('new', 'sent')"):
            return
        await asyncio.sleep(0.02)
    pytest.fail("something still waits")


async def writes_of(stand_in: StandIn, order: Placed) -> list[str]:
    return [write.type for write in await stand_in.audit(ref=str(order.id))]


async def state_of(look: Look, order: Placed) -> str:
    return cast("str", await look.value("SELECT state FROM orders WHERE id = $1", order.id))


async def test_orders_are_created_and_posted(ready: Side, open_way: Channel, stand_in: StandIn, look: Look) -> None:
    orders = [await place(ready, number) for number in range(5)]
    await settle(ready, open_way, look)
    for order in orders:
        assert await writes_of(stand_in, order) == ["odata.create", "odata.post"]
        row = await look.row("SELECT state, erp_number <> '', erp_label <> '' FROM orders WHERE id = $1", order.id)
        assert tuple(row) == ("accepted", True, True)
        steps = await look.row("SELECT stage, step FROM outbox WHERE id = $1", order.intent_id)
        assert tuple(steps) == ("done", "posted")
    await assert_holds_equal_the_ledger(look)


def _crash(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, *, after: bool) -> None:
    real = cast("Method", getattr(owner, name))

    async def dying(*args: object, **more: object) -> object:
        if after:
            await real(*args, **more)
        raise CrashError

    monkeypatch.setattr(owner, name, dying)


@pytest.mark.parametrize(
    "place_of_death",
    ["before create", "after create", "after the mark", "before post", "after post", "after posted", "before the end"],
)
async def test_a_sender_that_dies_anywhere_is_followed_by_one_that_finishes(
    ready: Side,
    open_way: Channel,
    stand_in: StandIn,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
    *,
    place_of_death: str,
) -> None:
    order = await place(ready)
    steps = cast("type", vars(sending)["_Steps"])
    with monkeypatch.context() as patch:
        match place_of_death:
            case "before create":
                _crash(patch, Writer, "_create", after=False)
            case "after create":
                _crash(patch, Writer, "_create", after=True)
            case "after the mark":
                _crash(patch, steps, "reached", after=True)
            case "before post":
                _crash(patch, Writer, "_post", after=False)
            case "after post":
                _crash(patch, Writer, "_post", after=True)
            case "after posted":
                real = cast("Method", getattr(steps, "reached"))  # noqa: B009 - private by name only

                async def reached(self: object, intent: object, step: str) -> None:
                    await real(self, intent, step)
                    if step == "posted":
                        raise CrashError

                patch.setattr(steps, "reached", reached)
            case _:

                async def dying(*_args: object) -> None:
                    raise CrashError

                patch.setattr(outcomes, "record", dying)
        with pytest.raises(CrashError):
            await Outbound(ready, open_way, "first").step()
    await settle(ready, open_way, look)
    assert await writes_of(stand_in, order) == ["odata.create", "odata.post"]
    assert await state_of(look, order) == "accepted"
    await assert_holds_equal_the_ledger(look)


@pytest.mark.parametrize("lost", ["create", "post"])
async def test_an_answer_lost_after_the_commit_makes_no_second_document(
    ready: Side, open_way: Channel, stand_in: StandIn, look: Look, *, lost: str
) -> None:
    path = "/Post" if lost == "post" else "Document_"
    await stand_in.fault("drop_after_commit", path, method="POST", times=2)
    orders = [await place(ready, number) for number in range(3)]
    await settle(ready, open_way, look)
    assert await look.value("SELECT sum(attempt) FROM outbox WHERE lane = 'erp'") == 2
    for order in orders:
        assert await writes_of(stand_in, order) == ["odata.create", "odata.post"]
        assert await state_of(look, order) == "accepted"
    await assert_holds_equal_the_ledger(look)


async def test_what_posting_refuses_goes_to_a_person_and_leaves_a_marked_document(
    ready: Side, open_way: Channel, look: Look
) -> None:
    order = await place(ready, wrong_price=True)
    await settle(ready, open_way, look)
    row = await look.row("SELECT state, decision_code, decision_text FROM orders WHERE id = $1", order.id)
    assert tuple(row[:2]) == ("needs_decision", "erp_refused")
    assert "обработчика" in str(row[2])
    found = await open_way.call(lambda client: client.find_order(order.id))
    assert found is not None
    assert b'"Posted":"false"' in bytes(found.data)
    assert 'Отменен":"true'.encode() in bytes(found.data)
    assert await look.count("SELECT count(*) FROM stock_holds WHERE state <> 'released'") == 0
    await assert_holds_equal_the_ledger(look)


async def test_a_cancellation_marks_the_document_and_gives_its_goods_back(
    ready: Side, open_way: Channel, stand_in: StandIn, look: Look
) -> None:
    order = await place(ready)
    await settle(ready, open_way, look)
    await cancel(ready, order)
    await settle(ready, open_way, look)
    assert await writes_of(stand_in, order) == ["odata.create", "odata.post", "odata.update"]
    found = await open_way.call(lambda client: client.find_order(order.id))
    assert found is not None
    assert 'Отменен":"true'.encode() in bytes(found.data)


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "http", "status": 500, "body": "html"},
        {"fault": "http", "status": 502, "body": "empty"},
        {"fault": "maintenance", "mode": "html"},
        {"fault": "maintenance", "mode": "refuse"},
    ],
    ids=["page", "empty", "maintenance", "refused"],
)
async def test_an_erp_that_is_away_for_a_while_costs_nothing(
    ready: Side, open_way: Channel, stand_in: StandIn, look: Look, *, fault: dict[str, object]
) -> None:
    fault = dict(fault)
    await stand_in.fault(str(fault.pop("fault")), "", **fault)
    order = await place(ready)
    sender = Outbound(ready, open_way, "first")
    for _ in range(5):
        await look.execute("UPDATE outbox SET not_before = now() WHERE lane = 'erp'")
        await sender.step()
    assert await state_of(look, order) == "submitted"
    await stand_in.clear_faults()
    await asyncio.sleep(0.06)
    await settle(ready, open_way, look)
    assert await writes_of(stand_in, order) == ["odata.create", "odata.post"]
    await assert_holds_equal_the_ledger(look)


async def change_in_the_erp(stand_in: StandIn, order: Placed, comment: str) -> None:
    """What an accountant does in the document."""
    path = f"{stand_in.url}/erp/odata/standard.odata/Document_ЗаказКлиента(guid'{order.id}')?$format=json"
    async with httpx.AsyncClient(auth=httpx.BasicAuth("Портал", "karavan-erp"), trust_env=False) as http:
        answer = await http.patch(path, json={"Комментарий": comment})
        assert answer.status_code == 200, answer.text


async def send_again(side: Side, order: Placed, look: Look, label: str, comment: str) -> None:
    """A newer version of an order, made from the version of the ERP with this label."""
    body = await look.value("SELECT body::text FROM outbox WHERE id = $1", order.intent_id)
    wanted = msgspec.json.decode(str(body), type=dict[str, object]) | {"comment": comment, "erp_label": label}
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await outbox.enqueue(transaction, "erp", aggregate(order.id), ORDER_PUT, wanted)


async def comment_of(way: Channel, order: Placed) -> str:
    found = await way.call(lambda client: client.find_order(order.id))
    assert found is not None
    return str(msgspec.json.decode(found.data, type=dict[str, object])["Комментарий"])


async def test_an_order_changed_in_the_erp_meanwhile_is_not_written_over(
    ready: Side, open_way: Channel, stand_in: StandIn, look: Look
) -> None:
    order = await place(ready)
    await settle(ready, open_way, look)
    known = str(await look.value("SELECT erp_label FROM orders WHERE id = $1", order.id))
    await send_again(ready, order, look, known, "Первая правка")
    await settle(ready, open_way, look)
    assert await comment_of(open_way, order) == "Первая правка", "nobody else changed it"

    await change_in_the_erp(stand_in, order, "Правка бухгалтера")
    await send_again(ready, order, look, known, "Вторая правка")
    await settle(ready, open_way, look)
    assert await comment_of(open_way, order) == "Правка бухгалтера"
    theirs = await look.value("SELECT theirs->>'Комментарий' FROM erp_conflicts WHERE ref = $1", order.id)
    assert theirs == "Правка бухгалтера"
    assert await look.value("SELECT error_class FROM outbox WHERE stage = 'dead'") == "conflict"

    label = str(await look.value("SELECT label FROM erp_conflicts WHERE ref = $1", order.id))
    await send_again(ready, order, look, label, "Решение человека")
    await settle(ready, open_way, look)
    assert await comment_of(open_way, order) == "Решение человека"


async def test_an_order_taken_away_in_the_erp_meanwhile_is_not_made_again(
    ready: Side, open_way: Channel, stand_in: StandIn, look: Look
) -> None:
    order = await place(ready)
    await settle(ready, open_way, look)
    known = str(await look.value("SELECT erp_label FROM orders WHERE id = $1", order.id))
    async with httpx.AsyncClient(auth=httpx.BasicAuth("Портал", "karavan-erp"), trust_env=False) as http:
        gone = await http.delete(f"{stand_in.url}/erp/odata/standard.odata/Document_ЗаказКлиента(guid'{order.id}')")
        assert gone.status_code == 204, gone.text
    await send_again(ready, order, look, known, "Правка портала")
    await settle(ready, open_way, look)
    assert await open_way.call(lambda client: client.find_order(order.id)) is None
    assert await look.count("SELECT count(*) FROM erp_conflicts") == 1


async def test_a_change_between_the_look_and_the_write_is_seen_too(
    ready: Side, open_way: Channel, stand_in: StandIn, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await place(ready)
    await settle(ready, open_way, look)
    known = str(await look.value("SELECT erp_label FROM orders WHERE id = $1", order.id))
    await send_again(ready, order, look, known, "Правка портала")
    real = cast("Method", Writer._replace_order)  # pyright: ignore[reportPrivateUsage]

    async def slow(*args: object) -> object:
        await change_in_the_erp(stand_in, order, "В последний миг")
        return await real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_replace_order", slow)
        await settle(ready, open_way, look)
    assert await comment_of(open_way, order) == "В последний миг"
    assert await look.count("SELECT count(*) FROM erp_conflicts") == 1


async def test_a_sender_that_died_after_its_own_change_finds_no_conflict_with_itself(
    ready: Side, open_way: Channel, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await place(ready)
    await settle(ready, open_way, look)
    known = str(await look.value("SELECT erp_label FROM orders WHERE id = $1", order.id))
    await send_again(ready, order, look, known, "Правка портала")
    with monkeypatch.context() as patch:
        _crash(patch, Writer, "_replace_order", after=True)
        with pytest.raises(CrashError):
            await Outbound(ready, open_way, "first").step()
    await settle(ready, open_way, look)
    assert await comment_of(open_way, order) == "Правка портала"
    assert await look.count("SELECT count(*) FROM erp_conflicts") == 0
    assert await look.count("SELECT count(*) FROM outbox WHERE stage = 'dead'") == 0
