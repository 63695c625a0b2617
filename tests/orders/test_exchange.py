"""What the ERP says of an order, in any order and as often as the wire likes."""

from decimal import Decimal
from uuid import UUID

from app.orders.queries.access import facts_of
from app.orders.queries.timeline import read_events
from app.orders.services.approving import approve
from app.orders.services.deciding import cancel, return_to_buyer
from app.orders.services.sheet import read_sheet
from app.orders.services.showing import show, show_event
from app.orders.services.sight import hears_erp
from tests.orders.shop import BUYER, CONTRACT, DRUM, HEAD, LIMITED, LOGISTICIAN, MANAGER, Shop
from tests.orders.steps import place_order, submitted
from tests.orders.worker import Worker


async def order_of(shop: Shop, order_id: UUID) -> tuple[str, str, str]:
    """Read state, ERP number and reason."""
    [row] = await shop.look("SELECT state, erp_number, decision_code FROM orders WHERE id = $1", order_id)
    return row["state"], row["erp_number"], row["decision_code"]


async def held(shop: Shop) -> tuple[Decimal, Decimal, list[str]]:
    """Read what counts as held of stock and credit, and the states of all holds."""
    [row] = await shop.look(
        """
        SELECT (SELECT unreflected FROM stock_levels WHERE product_id = $1) AS stock,
               (SELECT unreflected FROM credit_accounts WHERE contract_id = $2) AS credit,
               (SELECT array_agg(state ORDER BY state) FROM (
                   SELECT state FROM stock_holds UNION ALL SELECT state FROM credit_holds) AS h) AS states
    """,
        DRUM,
        CONTRACT,
    )
    return row["stock"], row["credit"], row["states"]


ALL_FREE = (Decimal(0), Decimal(0))


async def test_an_accepted_order_has_its_number_and_keeps_its_holds(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.sent(order_id)
    await worker.accepted(order_id)
    assert await order_of(shop, order_id) == ("accepted", "АЛ00-000124", "")
    assert await held(shop) == (Decimal(1), Decimal("112520.00"), ["held", "held"]), "the figures are as of 100"
    kinds = [row["kind"] for row in await shop.look("SELECT kind FROM order_events ORDER BY id")]
    assert kinds == ["created", "submitted", "sent", "accepted"]
    told = [row["kind"] for row in await shop.look("SELECT kind FROM outbox WHERE lane = 'notify'")]
    assert told == ["order.accepted"]


async def test_figures_that_contain_the_order_count_it_once(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await shop.change("UPDATE stock_levels SET as_of_batch = 120, erp_free = erp_free - 1 WHERE product_id = $1", DRUM)
    await shop.change("UPDATE credit_accounts SET as_of_batch = 119 WHERE contract_id = $1", CONTRACT)
    await worker.accepted(order_id, batch=120)
    assert await held(shop) == (Decimal(0), Decimal("112520.00"), ["held", "reflected"])


async def test_the_same_answer_twice_is_one_answer(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    for _ in range(2):
        await worker.sent(order_id)
        await worker.accepted(order_id)
    await worker.state(order_id, "ГотовКОбеспечению", 5)
    kinds = [row["kind"] for row in await shop.look("SELECT kind FROM order_events ORDER BY id")]
    assert kinds == ["created", "submitted", "sent", "accepted"]
    [told] = await shop.look("SELECT count(*) AS letters FROM outbox WHERE lane = 'notify'")
    assert told["letters"] == 1


async def test_a_refused_order_gives_back_what_it_held_once(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    for _ in range(2):
        await worker.refused(order_id)
    assert await order_of(shop, order_id) == ("needs_decision", "", "no_stock")
    assert (await held(shop))[:2] == ALL_FREE
    other = await submitted(shop, {DRUM: "10"}, HEAD)
    assert await order_of(shop, other) == ("submitted", "", "")


async def test_a_manager_returns_a_refused_order_and_it_is_submitted_anew(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.refused(order_id, "price_mismatch")
    async with shop.desk(MANAGER) as desk:
        await return_to_buyer(desk, order_id, "Prices moved")
    assert (await order_of(shop, order_id))[0] == "draft"
    [line] = await shop.look("SELECT price, net FROM order_lines")
    assert tuple(line) == (None, None)
    await place_order(shop, order_id)
    assert await order_of(shop, order_id) == ("submitted", "", "")
    puts = await shop.look(
        "SELECT body::jsonb ->> 'version' AS version FROM outbox WHERE kind = 'order.put' ORDER BY seq"
    )
    assert len({row["version"] for row in puts}) == 2


async def test_a_manager_approves_and_the_order_goes_again_on_its_old_terms(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.refused(order_id, "limit_exceeded")
    await shop.change("UPDATE prices SET amount = 500000 WHERE product_id = $1", DRUM)
    for _ in range(2):
        async with shop.desk(MANAGER) as desk:
            await approve(desk, order_id)
    assert await order_of(shop, order_id) == ("submitted", "", "")
    assert await held(shop) == (Decimal(1), Decimal("112520.00"), ["held", "held", "released", "released"])
    puts = await shop.look("SELECT body -> 'lines' -> 0 ->> 'price' AS price FROM outbox WHERE kind = 'order.put'")
    assert [row["price"] for row in puts] == ["100000.0000", "100000.0000"]


async def test_a_cancelled_order_is_first_cancelled_in_the_erp(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.accepted(order_id)
    async with shop.desk() as desk:
        await cancel(desk, order_id, "Not needed")
    assert (await order_of(shop, order_id))[0] == "cancelling"
    assert (await held(shop))[0] == 1, "until the ERP says so, the goods are taken"
    await worker.state(order_id, "ГотовКОбеспечению", 5)
    assert (await order_of(shop, order_id))[0] == "cancelling", "older news of the ERP"
    await worker.state(order_id, "Закрыт", 6, cancelled=True)
    assert (await order_of(shop, order_id))[0] == "cancelled"
    assert (await held(shop))[:2] == ALL_FREE
    [line] = await shop.look("SELECT cancelled FROM order_lines")
    assert line["cancelled"] is True


async def test_a_cancelled_order_the_erp_never_had_is_simply_over(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    async with shop.desk() as desk:
        await cancel(desk, order_id, "")
    await worker.refused(order_id)
    await worker.refused(order_id, "unknown_reference")
    assert (await order_of(shop, order_id))[0] == "cancelled"
    assert (await held(shop))[:2] == ALL_FREE


async def test_a_cancellation_that_came_too_late_leaves_the_order_at_work(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.state(order_id, "ОжидаетсяОбеспечение", 5)
    async with shop.desk() as desk:
        await cancel(desk, order_id, "")
    await worker.refused(order_id, "wrong_state")
    assert (await order_of(shop, order_id))[0] == "in_work"


async def test_shipped_quantities_come_back(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.accepted(order_id)
    await worker.state(order_id, "ВПроцессеОтгрузки", 7, shipped="0.500")
    await worker.state(order_id, "ГотовКОтгрузке", 6)
    [line] = await shop.look("SELECT shipped FROM order_lines")
    assert line["shipped"] == Decimal("0.500"), "older news change nothing"
    assert (await order_of(shop, order_id))[0] == "shipped"


async def test_an_order_cancelled_after_a_part_left_waits_for_the_figures(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.state(order_id, "Закрыт", 7, cancelled=True, shipped="0.500")
    assert (await held(shop))[0] == 1, "the figure of batch 100 does not know that something left"


async def test_the_feed_may_be_faster_than_the_answer(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.state(order_id, "ГотовКОтгрузке", 5)
    await worker.accepted(order_id)
    assert await order_of(shop, order_id) == ("loading", "АЛ00-000124", "")
    kinds = [row["kind"] for row in await shop.look("SELECT kind FROM order_events ORDER BY id")]
    assert kinds == ["created", "submitted", "accepted", "state"]


async def test_a_draft_given_back_is_the_buyers_whatever_the_erp_says(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.refused(order_id)
    async with shop.desk(MANAGER) as desk:
        await return_to_buyer(desk, order_id, "")
    await worker.state(order_id, "ГотовКОбеспечению", 5)
    assert (await order_of(shop, order_id))[0] == "draft"


async def test_a_refused_vehicle_does_not_stop_the_order(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.accepted(order_id)
    await worker.refused(order_id, "wrong_mode")
    assert (await order_of(shop, order_id))[0] == "accepted"


async def test_the_erps_own_words_are_for_whoever_may_see_the_sums_they_may_name(shop: Shop, worker: Worker) -> None:
    order_id = await submitted(shop)
    await worker.refused(order_id, "limit_exceeded")
    seen: dict[str, tuple[str, list[str | None]]] = {}
    for actor in (BUYER, HEAD, MANAGER, LIMITED, LOGISTICIAN):
        async with shop.desk(actor) as desk:
            order = await show(desk, await read_sheet(desk, await desk.read(order_id)))
            hears = await hears_erp(desk, facts_of(await desk.read(order_id)))
            rows = await read_events(desk.transaction, order_id)
            events = [show_event(row, with_erp_words=hears) for row in rows]
            seen[actor.role] = order.decision_text, [one.data.get("text") for one in events if one.kind == "refused"]
    assert seen == {
        "distributor_manager": ("", [None]),
        "distributor_head": ("", [None]),
        "manager_full": ("Недостаточно", ["Недостаточно"]),
        "manager_limited": ("", [None]),
        "logistician": ("", [None]),
    }
    rows = await shop.look("SELECT body #>> '{params}' AS params FROM outbox WHERE lane = 'notify'")
    [order] = await shop.look("SELECT number FROM orders")
    assert [row["params"] for row in rows] == [f'{{"number": "{order["number"]}"}}']
