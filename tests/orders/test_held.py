"""An order whose figures are others in 1C is held with the difference shown until they agree or somebody settles it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import cast
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from app.access.actors import Actor
from app.kernel.errors import ChangedMeanwhileError, NotAllowedError, NotFoundError, RejectedError
from app.orders.rules.differing import Version
from app.orders.schemas.inputs import Choice, Settlement
from app.orders.services.deciding import archive
from app.orders.services.settling import read_held, settle
from tests.orders.forms import value_of
from tests.orders.shop import (
    ADMIN,
    BUYER,
    DRUM,
    FAR_MANAGER,
    HEAD,
    LIMITED,
    LOGISTICIAN,
    MANAGER,
    PAIL,
    STRANGER,
    TANK,
    WAREHOUSE,
    Shop,
)
from tests.orders.site import API, Site, body_of, codes_of, texts
from tests.orders.steps import submitted
from tests.orders.worker import Worker, summed

STAGE = "ГотовКОбеспечению"


def dearer(version: Version) -> Version:
    """1C has the drum one tiyn dearer, and the sums that follow."""
    line = version.lines[0]
    changed = replace(line, price=line.price + Decimal("0.01"), net=line.net + Decimal("0.01"))
    return summed(version, changed, *version.lines[1:])


async def placed(shop: Shop, worker: Worker, goods: Mapping[UUID, str] | None = None) -> UUID:
    """An order 1C has as it was submitted."""
    order_id = await submitted(shop, goods or {DRUM: "2"})
    await worker.accepted(order_id)
    await worker.state(order_id, STAGE, 1)
    return order_id


async def held(shop: Shop, worker: Worker) -> UUID:
    """An order that is held."""
    order_id = await placed(shop, worker)
    await worker.state(order_id, STAGE, 2, terms=dearer(await worker.terms(order_id)), label="newer")
    return order_id


async def standing_of(shop: Shop, order_id: UUID) -> tuple[bool, int, list[str]]:
    """Whether it is held, how many rows tell why, and its course."""
    [row] = await shop.look(
        """SELECT held_at IS NOT NULL AS is_held,
               (SELECT count(*) FROM order_differences WHERE order_id = o.id) AS rows,
               (SELECT array_agg(kind ORDER BY id) FROM order_events WHERE order_id = o.id) AS kinds
           FROM orders o WHERE id = $1""",
        order_id,
    )
    kinds = cast("list[str]", row["kinds"])
    return row["is_held"], row["rows"], [kind for kind in kinds if kind not in {"created", "submitted", "accepted"}]


async def told(shop: Shop) -> list[str]:
    return [row["kind"] for row in await shop.look("SELECT kind FROM outbox WHERE lane = 'notify' ORDER BY seq")]


async def test_equal_figures_hold_nothing(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker)
    assert await standing_of(shop, order_id) == (False, 0, [])
    async with shop.desk(MANAGER) as desk:
        found = await read_held(desk, await desk.read(order_id))
    assert (found.held_at, list(found.figures)) == (None, [])


async def test_one_tiyn_holds_the_order_and_says_where(shop: Shop, worker: Worker) -> None:
    order_id = await held(shop, worker)
    assert await standing_of(shop, order_id) == (True, 1, ["held"])
    assert await told(shop) == ["order.accepted", "order.held"]
    async with shop.desk(BUYER) as desk:
        found = await read_held(desk, await desk.read(order_id))
    assert [(one.place, one.sku, one.figure, one.ours, one.theirs, one.difference) for one in found.figures] == [
        (0, "", "gross", "225040", "225040.01", "0.01"),
        (1, "AL-5W30-205", "price", "100000", "100000.01", "0.01"),
        (1, "AL-5W30-205", "net", "194000", "194000.01", "0.01"),
    ]
    assert not found.may_settle


async def test_the_same_news_again_and_a_further_change_are_one_hold(shop: Shop, worker: Worker) -> None:
    order_id = await held(shop, worker)
    [since] = await shop.look("SELECT held_at FROM orders WHERE id = $1", order_id)
    terms = dearer(await worker.terms(order_id))
    await worker.state(order_id, STAGE, 3, terms=terms, label="touched")
    assert await standing_of(shop, order_id) == (True, 1, ["held"])
    await worker.state(order_id, "ГотовКОтгрузке", 4, terms=dearer(terms), label="newest")
    assert await standing_of(shop, order_id) == (True, 1, ["held", "state", "held_anew"])
    assert [since] == await shop.look("SELECT held_at FROM orders WHERE id = $1", order_id)
    assert (await told(shop)).count("order.held") == 1
    assert [row["label"] for row in await shop.look("SELECT label FROM order_differences")] == ["newest"]


async def test_the_hold_ends_by_itself_when_both_sides_agree(shop: Shop, worker: Worker) -> None:
    order_id = await held(shop, worker)
    await worker.state(order_id, STAGE, 3)
    assert await standing_of(shop, order_id) == (False, 0, ["held", "agreed"])
    assert (await told(shop))[-1] == "order.agreed"


async def test_older_news_hold_nothing(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker)
    await worker.state(order_id, STAGE, 1, terms=dearer(await worker.terms(order_id)))
    assert await standing_of(shop, order_id) == (False, 0, [])


async def test_a_partial_shipment_is_no_difference(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker)
    await worker.state(order_id, "ВПроцессеОтгрузки", 2, shipped="1")
    assert (await standing_of(shop, order_id))[0] is False


async def test_a_line_cancelled_in_1c_is_no_difference_and_leaves_the_total(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker, {DRUM: "2", PAIL: "4"})
    ours = await worker.terms(order_id)
    theirs = summed(ours, ours.lines[0], replace(ours.lines[1], is_cancelled=True))
    await worker.state(order_id, STAGE, 2, terms=theirs)
    assert (await standing_of(shop, order_id))[0] is False
    [row] = await shop.look("SELECT net, vat, gross, kg FROM orders WHERE id = $1", order_id)
    assert tuple(row) == (Decimal("194000.00"), Decimal("31040.00"), Decimal("225040.00"), Decimal("356.000"))
    await worker.state(order_id, STAGE, 3, terms=replace(theirs, gross=theirs.gross + Decimal("0.01")))
    assert (await standing_of(shop, order_id))[0] is True


async def test_measured_mass_becomes_the_quantity_with_the_sums_that_follow(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker, {TANK: "5.22"})
    ours = await worker.terms(order_id)
    measured = replace(
        ours.lines[0],
        quantity=Decimal("5.216"),
        shipped=Decimal("5.216"),
        net=Decimal("2529760.00"),
        vat=Decimal("404761.60"),
    )
    wrong = replace(measured, vat=Decimal("404761.61"))
    await worker.state(order_id, "ВПроцессеОтгрузки", 2, terms=summed(ours, wrong))
    assert (await standing_of(shop, order_id))[0] is True, "sums that do not follow from the mass are a difference"
    await worker.state(order_id, "ВПроцессеОтгрузки", 3, terms=summed(ours, measured))
    assert (await standing_of(shop, order_id))[0] is False
    [row] = await shop.look("SELECT gross, kg FROM orders WHERE id = $1", order_id)
    assert tuple(row) == (Decimal("2934521.60"), Decimal("5216.000"))


async def test_a_cancelled_order_is_not_held_any_more(shop: Shop, worker: Worker) -> None:
    order_id = await held(shop, worker)
    await worker.state(order_id, "Закрыт", 3, cancelled=True)
    held_now, rows, _ = await standing_of(shop, order_id)
    assert (held_now, rows) == (False, 0)


async def wished(
    shop: Shop,
    order_id: UUID,
    choice: Choice,
    actor: Actor = MANAGER,
    *,
    reason: str = "Agreed by telephone",
    label: str = "newer",
) -> None:
    async with shop.desk(actor) as desk:
        await settle(desk, order_id, Settlement(choice, reason, label))


async def test_the_figures_of_1c_are_accepted_with_a_reason(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker, {DRUM: "2", PAIL: "4"})
    ours = await worker.terms(order_id)
    first = ours.lines[0]
    third = replace(
        first, place=7, product_id=TANK, unit="t", quantity=Decimal(1), agreement_id=None, warehouse_id=None
    )
    theirs = dearer(summed(ours, first, third))
    await worker.state(order_id, STAGE, 2, terms=theirs, label="newer")
    await wished(shop, order_id, "theirs")
    assert await standing_of(shop, order_id) == (False, 0, ["held", "taken_over"])
    [row] = await shop.look("SELECT gross, net, vat, kg FROM orders WHERE id = $1", order_id)
    assert tuple(row) == (theirs.gross, theirs.gross - theirs.vat, theirs.vat, Decimal("1356.000"))
    lines = await shop.look(
        "SELECT place, product_id, price, price_version, cancelled, warehouse_id FROM order_lines"
        " WHERE order_id = $1 ORDER BY place",
        order_id,
    )
    assert [tuple(line) for line in lines] == [
        (1, DRUM, Decimal("100000.0100"), 2, False, WAREHOUSE),
        (2, PAIL, Decimal("3333.3300"), 7, True, WAREHOUSE),
        (7, TANK, Decimal("100000.0000"), 2, False, WAREHOUSE),
    ]
    assert (await told(shop))[-1] == "order.taken_over"
    [record] = await shop.look("SELECT action, before, after, detail FROM audit_records ORDER BY id DESC LIMIT 1")
    assert record["action"] == "order.taken_over"
    before, after, detail = (
        msgspec.json.decode(cast("str", record[name]), type=dict[str, object]) for name in ("before", "after", "detail")
    )
    assert (before["gross"], after["gross"]) == (str(ours.gross), str(theirs.gross))
    assert detail["reason"] == "Agreed by telephone"
    await worker.state(order_id, STAGE, 3, terms=theirs)
    assert (await standing_of(shop, order_id))[0] is False, "both have the same now"


async def test_ours_is_sent_once_more_over_the_version_that_was_seen_and_stays_held(shop: Shop, worker: Worker) -> None:
    order_id = await placed(shop, worker, {DRUM: "2", PAIL: "4"})
    ours = await worker.terms(order_id)
    gone = replace(ours.lines[1], is_cancelled=True)
    await worker.state(order_id, STAGE, 2, terms=dearer(summed(ours, ours.lines[0], gone)), label="newer")
    await wished(shop, order_id, "ours")
    assert await standing_of(shop, order_id) == (True, 1, ["held", "sent_again"])
    [first, again] = await shop.look("SELECT body FROM outbox WHERE kind = 'order.put' ORDER BY seq")
    sent, anew = (msgspec.json.decode(cast("str", one["body"]), type=dict[str, object]) for one in (first, again))
    assert anew["erp_label"] == "newer"
    [line] = msgspec.convert(anew["lines"], list[dict[str, object]])
    old = msgspec.convert(sent["lines"], list[dict[str, object]])[0]
    assert {**line, "vat_pct": "16"} == old, "what 1C cancelled is not brought back"
    await worker.state(order_id, STAGE, 3, terms=await worker.terms(order_id))
    assert await standing_of(shop, order_id) == (False, 0, ["held", "sent_again", "agreed"])


@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (BUYER, NotAllowedError),
        (HEAD, NotAllowedError),
        (LIMITED, NotAllowedError),
        (LOGISTICIAN, NotAllowedError),
        (ADMIN, NotAllowedError),
        (FAR_MANAGER, NotFoundError),
        (STRANGER, NotFoundError),
    ],
    ids=["buyer", "head", "limited", "logistician", "admin", "of another region", "of another client"],
)
async def test_only_whoever_approves_the_clients_orders_settles(
    shop: Shop, worker: Worker, actor: Actor, error: type[Exception]
) -> None:
    order_id = await held(shop, worker)
    before = await standing_of(shop, order_id)
    with pytest.raises(error):
        await wished(shop, order_id, "theirs", actor)
    assert await standing_of(shop, order_id) == before


async def problem(shop: Shop, order_id: UUID, choice: Choice, reason: str = "Agreed") -> str:
    before = await standing_of(shop, order_id)
    with pytest.raises(RejectedError) as refused:
        await wished(shop, order_id, choice, reason=reason)
    assert await standing_of(shop, order_id) == before
    return refused.value.problems[0].code


async def test_what_cannot_be_settled_is_refused_and_leaves_no_trace(shop: Shop, worker: Worker) -> None:
    order_id = await held(shop, worker)
    assert await problem(shop, order_id, "theirs", reason="  ") == "reason_missing"
    with pytest.raises(ChangedMeanwhileError):
        await wished(shop, order_id, "theirs", label="label")
    theirs = dearer(await worker.terms(order_id))
    await worker.state(order_id, "ГотовКОтгрузке", 3, terms=replace(theirs, gross=theirs.gross + 1), label="newer")
    assert await problem(shop, order_id, "ours") == "too_late_to_send_again"
    assert await problem(shop, order_id, "theirs") == "erp_does_not_add_up"
    strange = summed(theirs, replace(theirs.lines[0], product_id=UUID(int=0xDEAD)))
    await worker.state(order_id, "ГотовКОтгрузке", 4, terms=strange, label="newer")
    assert await problem(shop, order_id, "theirs") == "erp_product_unknown"
    await worker.state(order_id, "ГотовКОтгрузке", 5, label="newer")
    assert await problem(shop, order_id, "theirs") == "not_held"


async def test_a_held_order_is_not_put_out_of_sight(shop: Shop, worker: Worker) -> None:
    order_id = await held(shop, worker)
    await worker.state(order_id, "Закрыт", 3, terms=dearer(await worker.terms(order_id)))
    async with shop.desk(HEAD) as desk:
        with pytest.raises(RejectedError) as refused:
            await archive(desk, order_id)
    assert refused.value.problems[0].code == "still_held"


async def test_the_page_the_list_and_the_api_show_it(site: Site, worker: Worker) -> None:
    order_id = await held(site.shop, worker)
    manager = await site.enter(MANAGER)
    page = await manager.get(f"/orders/{order_id}")
    words = texts(page)
    assert "1C:ERP has other figures" in words
    assert "₸225,040.00" in words
    assert "₸225,040.01" in words
    assert "+₸0.01" in words
    assert value_of(page, "label") == "newer"
    assert "Your turn: settle the difference" in words
    buyer = await site.enter(BUYER)
    assert "Your manager settles a difference with 1C:ERP" in texts(await buyer.get("/orders?view=held"))
    assert f'action="/orders/{order_id}/settle"' not in (await buyer.get(f"/orders/{order_id}")).text
    listed = body_of(await manager.get(f"{API}?view=held"))
    assert listed["total"] == 1
    told_held = body_of(await manager.get(f"{API}/{order_id}/held"))
    assert (told_held["may_settle"], told_held["may_send_again"]) == (True, True)
    refused = await manager.post(f"{API}/{order_id}/held", json={"choice": "theirs", "reason": "", "label": "newer"})
    assert codes_of(refused) == [("reason", "reason_missing")]
    form = {"choice": "theirs", "reason": "Agreed", "label": "newer"}
    assert (await manager.post(f"{API}/{order_id}/held", json=form)).status_code == 200
    assert body_of(await manager.get(f"{API}/{order_id}"))["held_at"] is None
    assert "The figures of 1C:ERP accepted" in texts(await manager.get(f"/orders/{order_id}"))


async def test_a_form_that_comes_back_keeps_the_reason_and_says_what_is_wrong(site: Site, worker: Worker) -> None:
    order_id = await held(site.shop, worker)
    manager = await site.enter(MANAGER)
    for label, status in (("older", 412), ("newer", 303)):
        form = {"choice": "theirs", "reason": "Agreed & signed", "label": label}
        answer = await manager.post(f"/orders/{order_id}/settle", data=form)
        assert answer.status_code == status, answer.text
        if status == 412:
            assert "Agreed &amp; signed</textarea>" in answer.text
            assert "The difference could not be settled" in texts(answer)


async def test_who_sees_no_sums_sees_what_is_to_be_moved_and_nothing_else(site: Site, worker: Worker) -> None:
    order_id = await held(site.shop, worker)
    logistician = await site.enter(LOGISTICIAN)
    assert body_of(await logistician.get(f"{API}/{order_id}/held"))["figures"] == []
    words = texts(await logistician.get(f"/orders/{order_id}"))
    assert "Only sums differ; they are not shown to you." in words
    assert "225,040" not in words
    ours = await worker.terms(order_id)
    more = replace(ours.lines[0], quantity=Decimal(3), net=Decimal("291000.00"), vat=Decimal("46560.00"))
    await worker.state(order_id, STAGE, 3, terms=summed(ours, more))
    answer = await logistician.get(f"{API}/{order_id}/held")
    figures = msgspec.convert(body_of(answer)["figures"], list[dict[str, object]])
    assert [(one["figure"], one["ours"], one["theirs"]) for one in figures] == [("quantity", "2", "3")]
    for text in ("337560", "337,560", "291000", "291,000"):
        assert text not in answer.text + (await logistician.get(f"/orders/{order_id}")).text
