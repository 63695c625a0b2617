"""From a draft to a submitted order: what is taken, frozen and queued, and what a refusal leaves."""

from decimal import Decimal
from typing import cast
from uuid import UUID

import msgspec
import pytest

from app.access.actors import Actor
from app.kernel.errors import ChangedMeanwhileError, KaravanError, NotAllowedError, NotFoundError, RejectedError
from app.orders.events import OrderPut, PutLine
from app.orders.schemas.inputs import Details, Submission
from app.orders.services.deciding import archive
from app.orders.services.placing import submit
from tests.orders.shop import (
    ADMIN,
    AGREEMENT,
    ALPHA,
    ALPHA_LLP,
    ALPHA_SITE,
    ALPHA_YARD,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    DRUM,
    FAR_MANAGER,
    GRADE,
    HEAD,
    LIMITED,
    LIST,
    LOGISTICIAN,
    MANAGER,
    PAIL,
    RARE,
    SENIOR,
    SOON,
    STRANGER,
    WAREHOUSE,
    Shop,
)
from tests.orders.steps import DETAILS, NO_TRACE, make_draft, place_order, submitted, traces, without


async def test_price_source_and_sums_are_frozen(shop: Shop) -> None:
    order_id = await submitted(shop, {DRUM: "3", PAIL: "8"})
    [order] = await shop.look("SELECT state, version, net, vat, gross, kg, currency, submitted_by FROM orders")
    assert tuple(order) == (
        "submitted", 4, Decimal("316866.64"), Decimal("50698.66"), Decimal("367565.30"), Decimal("561.520"), "KZT",
        BUYER.user_id,
    )  # fmt: skip
    rows = await shop.look(
        "SELECT price, price_list_id, price_version, discount_pct, vat_pct, net, vat, gross, kg, warehouse_id"
        " FROM order_lines WHERE order_id = $1 ORDER BY place",
        order_id,
    )
    assert [tuple(row) for row in rows] == [
        (Decimal(100000), LIST, 7, Decimal(3), Decimal(16), Decimal(291000), Decimal(46560), Decimal(337560),
         Decimal(534), WAREHOUSE),
        (Decimal("3333.33"), LIST, 7, Decimal(3), Decimal(16), Decimal("25866.64"), Decimal("4138.66"),
         Decimal("30005.30"), Decimal("27.52"), WAREHOUSE),
    ]  # fmt: skip


async def test_a_draft_submitted_from_the_archive_comes_back_into_sight(shop: Shop) -> None:
    """An order under way cannot be put into the archive; it must not get there as a draft either."""
    order_id = await make_draft(shop, {PAIL: "4"})
    async with shop.desk(BUYER) as desk:
        await archive(desk, order_id)
    async with shop.desk(BUYER) as desk:
        order = await submit(desk, order_id, Submission())
        assert (order.state, order.archived_at) == ("submitted", None)
    [row] = await shop.look("SELECT state, archived_at FROM orders WHERE id = $1", order_id)
    assert tuple(row) == ("submitted", None)


async def test_credit_and_stock_are_held(shop: Shop) -> None:
    order_id = await submitted(shop, {DRUM: "3", PAIL: "8"})
    holds = await shop.look("SELECT order_id, product_id, quantity, state FROM stock_holds ORDER BY product_id")
    assert [tuple(hold) for hold in holds] == [
        (order_id, DRUM, Decimal(3), "held"),
        (order_id, PAIL, Decimal(8), "held"),
    ]
    [credit] = await shop.look("SELECT order_id, contract_id, amount, state FROM credit_holds")
    assert tuple(credit) == (order_id, CONTRACT, Decimal("367565.30"), "held")
    levels = await shop.look("SELECT product_id, unreflected FROM stock_levels WHERE unreflected > 0 ORDER BY 1")
    assert [tuple(level) for level in levels] == [(DRUM, Decimal(3)), (PAIL, Decimal(8))]
    [account] = await shop.look("SELECT unreflected FROM credit_accounts WHERE unreflected > 0")
    assert account["unreflected"] == Decimal("367565.30")


async def test_the_erp_is_sent_the_whole_order(shop: Shop) -> None:
    order_id = await submitted(shop, {DRUM: "3"})
    [order] = await shop.look("SELECT number FROM orders")
    [row] = await shop.look("SELECT aggregate, kind, body, stage FROM outbox WHERE lane = 'erp'")
    assert (row["aggregate"], row["kind"], row["stage"]) == (f"order:{order_id}", "order.put", "new")
    assert msgspec.json.decode(cast("str", row["body"]), type=OrderPut) == OrderPut(
        order_id=order_id,
        version=4,
        number=cast("str", order["number"]),
        partner_id=ALPHA,
        counterparty_id=ALPHA_LLP,
        contract_id=CONTRACT,
        agreement_id=AGREEMENT,
        warehouse_id=WAREHOUSE,
        currency="KZT",
        consignee_id=ALPHA_SITE,
        address_id=ALPHA_YARD,
        address_text="Yard street 1",
        transport="road",
        ship_on=SOON,
        customer_number="",
        comment="",
        lines=(
            PutLine(
                code=1,
                product_id=DRUM,
                grade_id=GRADE,
                agreement_id=AGREEMENT,
                warehouse_id=WAREHOUSE,
                price_list_id=LIST,
                quantity=Decimal("3.000"),
                price=Decimal("100000.0000"),
                discount_pct=Decimal("3.00"),
                net=Decimal("291000.00"),
                vat_pct=Decimal(16),
                vat=Decimal("46560.00"),
            ),
        ),
    )


async def test_the_deed_is_on_record(shop: Shop) -> None:
    order_id = await submitted(shop)
    [audit] = await shop.look("SELECT actor_id, action, object_id FROM audit_records")
    assert tuple(audit) == (BUYER.user_id, "order.submitted", order_id)
    events = await shop.look("SELECT kind, actor_name FROM order_events ORDER BY id")
    assert [tuple(event) for event in events] == [("created", "Person 1"), ("submitted", "Person 1")]
    [live] = await shop.look("SELECT partner_id, kind, object_id FROM live_events")
    assert tuple(live) == (ALPHA, "order.state", order_id)


async def test_submitting_again_changes_nothing(shop: Shop) -> None:
    order_id = await submitted(shop)
    before = await traces(shop)
    again = await place_order(shop, order_id)
    assert again.state == "submitted"
    assert await traces(shop) == before


@pytest.mark.parametrize(
    ("case", "actor", "goods", "details", "error"),
    [
        ("another company's order", STRANGER, {DRUM: "1"}, DETAILS, NotFoundError),
        ("a colleague's draft", COLLEAGUE, {DRUM: "1"}, DETAILS, NotFoundError),
        ("a manager of another region", FAR_MANAGER, {DRUM: "1"}, DETAILS, NotFoundError),
        ("a manager who only drafts", LIMITED, {DRUM: "1"}, DETAILS, NotAllowedError),
        ("a logistician", LOGISTICIAN, {DRUM: "1"}, DETAILS, NotAllowedError),
        ("an administrator", ADMIN, {DRUM: "1"}, DETAILS, NotAllowedError),
        ("half a pack", BUYER, {PAIL: "6"}, DETAILS, RejectedError),
        ("more than there is", BUYER, {DRUM: "11"}, DETAILS, RejectedError),
        ("no address", BUYER, {DRUM: "1"}, without(DETAILS, address_id=None), RejectedError),
        ("nothing in it", BUYER, {}, DETAILS, RejectedError),
        ("below the minimum", BUYER, {RARE: "1"}, DETAILS, RejectedError),
    ],
)
async def test_refusal_leaves_no_trace(
    shop: Shop, case: str, actor: Actor, goods: dict[UUID, str], details: Details, error: type[KaravanError]
) -> None:
    order_id = await make_draft(shop, goods, details=details)
    with pytest.raises(error):
        await place_order(shop, order_id, actor)
    assert await traces(shop) == NO_TRACE, case


@pytest.mark.parametrize("actor", [BUYER, SENIOR, HEAD, MANAGER])
async def test_whoever_has_the_right_may_submit(shop: Shop, actor: Actor) -> None:
    order = await place_order(shop, await make_draft(shop), actor)
    assert (order.state, order.submitted_by) == ("submitted", actor.user_id)


async def test_over_credit_is_said_and_never_silent(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET erp_debt = 9900000 WHERE contract_id = $1", CONTRACT)
    order_id = await make_draft(shop)
    with pytest.raises(RejectedError) as caught:
        await place_order(shop, order_id, HEAD)
    [problem] = caught.value.problems
    assert (problem.code, problem.field) == ("over_credit", "")
    assert problem.params == {"over": "₸12,520.00", "left": "₸100,000.00", "limit": "₸10,000,000.00", "currency": "KZT"}
    assert await traces(shop) == NO_TRACE


async def test_whoever_may_not_see_limits_is_told_no_figures(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET erp_debt = 9900000 WHERE contract_id = $1", CONTRACT)
    with pytest.raises(RejectedError) as caught:
        await place_order(shop, await make_draft(shop), BUYER)
    assert [(one.code, dict(one.params)) for one in caught.value.problems] == [("over_credit_plain", {})]


async def test_a_manager_may_be_asked_about_credit(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET erp_debt = 9900000 WHERE contract_id = $1", CONTRACT)
    order = await place_order(shop, await make_draft(shop), BUYER, Submission(ask_approval=True))
    assert (order.state, order.decision_code) == ("needs_decision", "over_credit_plain")
    left = await traces(shop)
    assert (left["stock_holds"], left["credit_holds"], left["stock"], left["credit"]) == (0, 0, 0, 0)
    rows = await shop.look("SELECT lane, kind FROM outbox")
    assert [tuple(row) for row in rows] == [("notify", "order.needs_decision")]


async def test_a_manager_is_not_asked_about_anything_else(shop: Shop) -> None:
    await shop.change("UPDATE credit_accounts SET erp_debt = 9900000 WHERE contract_id = $1", CONTRACT)
    order_id = await make_draft(shop, {PAIL: "402"})
    with pytest.raises(RejectedError) as caught:
        await place_order(shop, order_id, BUYER, Submission(ask_approval=True))
    assert [one.code for one in caught.value.problems] == ["not_whole_packs", "over_credit_plain"]


async def test_a_price_that_moved_is_shown_before_it_is_charged(shop: Shop) -> None:
    order_id = await make_draft(shop)
    await shop.change("UPDATE prices SET amount = 110000, src_version = 9 WHERE product_id = $1", DRUM)
    with pytest.raises(RejectedError) as caught:
        await place_order(shop, order_id, BUYER, Submission(expected_gross=Decimal("112520.00")))
    [problem] = caught.value.problems
    assert (problem.code, problem.params["before"], problem.params["after"]) == (
        "price_changed", "₸112,520.00", "₸123,772.00",
    )  # fmt: skip
    assert await traces(shop) == NO_TRACE
    await place_order(shop, order_id, BUYER, Submission(expected_gross=Decimal("123772.00")))
    [line] = await shop.look("SELECT price, price_version FROM order_lines")
    assert tuple(line) == (Decimal(110000), 9)


async def test_an_agreement_that_ended_meanwhile_is_no_longer_ordered_from(shop: Shop) -> None:
    order_id = await make_draft(shop)
    await shop.change("UPDATE agreements SET status = 'closed' WHERE contract_id = $1", CONTRACT)
    with pytest.raises(RejectedError) as caught:
        await place_order(shop, order_id)
    assert [(one.code, one.field) for one in caught.value.problems] == [("agreement_closed", "lines[0].product_id")]


async def test_a_draft_that_someone_changed_is_not_submitted_blindly(shop: Shop) -> None:
    order_id = await make_draft(shop)
    async with shop.desk() as desk:
        with pytest.raises(ChangedMeanwhileError) as caught:
            await submit(desk, order_id, Submission(), version=2)
    assert caught.value.current == 3


async def test_goods_are_ordered_from_the_agreement_that_still_has_them(shop: Shop) -> None:
    order_id = await make_draft(shop)
    await shop.change("UPDATE agreements SET status = 'closed' WHERE id = $1", AGREEMENT)
    await place_order(shop, order_id)
    [line] = await shop.look("SELECT net, discount_pct FROM order_lines")
    assert tuple(line) == (Decimal(200000), Decimal(0))
