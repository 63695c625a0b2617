"""Orders as JSON: the whole way, repeats, versions, rights."""

from decimal import Decimal
from uuid import UUID

import httpx
import msgspec
import pytest

from app.access.actors import Actor
from app.infra.http.collections import Collection
from app.orders.schemas.outputs import DifferenceView, OrderItem, OrderView, RepeatedView
from tests.access.browsers import Browser
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    ALPHA_LLP,
    ALPHA_YARD,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    DRUM,
    FAR_MANAGER,
    FORWARDER,
    HEAD,
    LIMITED,
    LOGISTICIAN,
    MANAGER,
    PAIL,
    SENIOR,
    SOON,
    STRANGER,
    Shop,
)
from tests.orders.site import API, Site, body_of, codes_of, id_of
from tests.orders.steps import make_draft, submitted

DETAILS = {
    "contract_id": str(CONTRACT),
    "counterparty_id": str(ALPHA_LLP),
    "address_id": str(ALPHA_YARD),
    "ship_on": SOON.isoformat(),
}


async def test_the_whole_way(site: Site) -> None:
    buyer = await site.enter(BUYER)
    started = await buyer.post(API, json={"contract_id": str(CONTRACT)})
    assert started.status_code == 201
    place = f"{API}/{id_of(started)}"
    edited = await buyer.put(place, json=DETAILS, headers={"If-Match": started.headers["etag"]})
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    added = await buyer.post(f"{place}/lines", json={"lines": [{"product_id": str(DRUM), "quantity": "3"}]})
    assert added.status_code == 201
    pasted = body_of(await buyer.post(f"{place}/lines/import", json={"text": "AL-5W40-020\t8\nAL-NO 5"}))
    assert (pasted["added"], pasted["bad"]) == (1, 1)
    check = body_of(await buyer.post(f"{place}/validate"))
    told = "Pasted lines that need attention: 1. Correct or remove them."
    assert check["may_submit"] is False
    assert check["problems"] == [{"field": "lines", "code": "unread_lines", "message": told}]
    await site.shop.change("DELETE FROM order_bad_lines")
    check = body_of(await buyer.post(f"{place}/validate"))
    assert check["may_submit"] is True
    assert check["totals"] == {
        "listed": "326666.64", "discount": "9800.00", "net": "316866.64", "vat": "50698.66", "gross": "367565.30",
        "currency": "KZT",
    }  # fmt: skip
    done = await buyer.post(f"{place}/submit", json={}, headers={"Idempotency-Key": "one"})
    assert done.status_code == 200
    shown = body_of(done)
    assert (shown["state"], shown["gross"], shown["kg"]) == ("submitted", "367565.30", "561.520")
    found = listed(await buyer.get(API, params={"view": "in_erp"}))
    assert (found.total, found.next) == (1, None)


async def test_a_repeat_gives_the_first_answer(site: Site) -> None:
    buyer = await site.enter(BUYER)
    place = f"{API}/{await make_draft(site.shop)}/submit"
    first = await buyer.post(place, json={}, headers={"Idempotency-Key": "one"})
    again = await buyer.post(place, json={}, headers={"Idempotency-Key": "one"})
    other = await buyer.post(place, json={}, headers={"Idempotency-Key": "two"})
    assert [first.status_code, again.status_code, other.status_code] == [200, 200, 200]
    assert first.content == again.content
    assert body_of(other)["state"] == "submitted"
    assert (await buyer.post(place, json={"ask_approval": True}, headers={"Idempotency-Key": "one"})).status_code == 422
    assert (await buyer.post(place, json={})).status_code == 400
    [row] = await site.shop.look("SELECT count(*) AS puts FROM outbox WHERE kind = 'order.put'")
    assert row["puts"] == 1


async def test_a_refusal_can_be_put_right_under_the_same_key(site: Site) -> None:
    buyer = await site.enter(BUYER)
    order_id = await make_draft(site.shop, {PAIL: "3"})
    place, key = f"{API}/{order_id}", {"Idempotency-Key": "one"}
    refused = await buyer.post(f"{place}/submit", json={}, headers=key)
    assert (refused.status_code, codes_of(refused)) == (422, [("lines[0].quantity", "not_whole_packs")])
    [line] = await site.shop.look("SELECT id FROM order_lines")
    assert (await buyer.put(f"{place}/lines/{line['id']}", json={"quantity": "4"})).status_code == 200
    assert (await buyer.post(f"{place}/submit", json={}, headers=key)).status_code == 200


async def test_a_lost_update_is_noticed(site: Site) -> None:
    buyer = await site.enter(BUYER)
    place = f"{API}/{await make_draft(site.shop)}"
    assert (await buyer.put(place, json=DETAILS)).status_code == 428
    stale = await buyer.put(place, json=DETAILS, headers={"If-Match": '"1"'})
    assert (stale.status_code, body_of(stale)["code"]) == (412, "changed_meanwhile")
    fresh = (await buyer.get(place)).headers["etag"]
    assert (await buyer.put(place, json=DETAILS, headers={"If-Match": fresh})).status_code == 200
    assert (
        await buyer.post(f"{place}/submit", json={}, headers={"Idempotency-Key": "k", "If-Match": fresh})
    ).status_code == 412


async def test_a_draft_goes_round_the_company_only_when_shared(site: Site) -> None:
    place = f"{API}/{await make_draft(site.shop)}"
    colleague, buyer = await site.enter(COLLEAGUE), await site.enter(BUYER)
    assert (await colleague.get(place)).status_code == 404
    assert body_of(await colleague.get(API))["total"] == 0
    assert (await buyer.post(f"{place}/share", json={"shared": True})).status_code == 200
    assert (await colleague.get(place)).status_code == 200
    assert body_of(await colleague.get(API))["total"] == 1
    await buyer.post(f"{place}/share", json={"shared": False})
    assert (await colleague.get(place)).status_code == 404


async def test_repeat_tells_what_prices_became(site: Site) -> None:
    order_id = await submitted(site.shop, {DRUM: "2", PAIL: "4"})
    await site.shop.change("UPDATE prices SET amount = 110000 WHERE product_id = $1", DRUM)
    buyer = await site.enter(BUYER)
    made = await buyer.post(f"{API}/{order_id}/repeat")
    assert made.status_code == 201
    body = msgspec.json.decode(made.content, type=RepeatedView)
    assert body.differences == [DifferenceView(DRUM, "AL-5W30-205", Decimal(97000), Decimal(106700))]
    assert (body.order.state, body.order.source_id, len(body.order.lines)) == ("draft", order_id, 2)


async def test_archive_hides_and_brings_back(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    assert (await buyer.post(f"{API}/{order_id}/archive")).status_code == 200
    assert body_of(await buyer.get(API))["total"] == 0
    assert body_of(await buyer.get(API, params={"view": "archive"}))["total"] == 1
    assert (await buyer.post(f"{API}/{order_id}/restore")).status_code == 200
    assert body_of(await buyer.get(API, params={"view": "drafts"}))["total"] == 1
    sent = await submitted(site.shop)
    under_way = await buyer.post(f"{API}/{sent}/archive")
    assert (under_way.status_code, codes_of(under_way)) == (422, [("", "still_under_way")])


@pytest.mark.parametrize("text", ["1", "P-2026-0000001", "0000001", "AL-5W30", "alpha site", "yard"])
async def test_an_order_is_found_by_what_one_knows_of_it(shop: Shop, site: Site, text: str) -> None:
    await submitted(shop)
    await make_draft(shop, {PAIL: "4"})
    await shop.change("UPDATE orders SET address_id = NULL, number = 'P-2026-0000002' WHERE state = 'draft'")
    await shop.change("UPDATE orders SET number = 'P-2026-0000001' WHERE state <> 'draft'")
    buyer = await site.enter(BUYER)
    found = listed(await buyer.get(API, params={"q": text}))
    assert [one.state for one in found.items] == ["submitted"], text
    assert found.total == 1


async def test_pages_of_a_list_are_whole(site: Site) -> None:
    orders = {await make_draft(site.shop) for _ in range(5)}
    buyer = await site.enter(BUYER)
    seen: list[UUID] = []
    cursor: str | None = None
    for _ in range(3):
        page = listed(await buyer.get(API, params={"limit": 2, **({"cursor": cursor} if cursor else {})}))
        assert page.total == 5
        seen += [one.id for one in page.items]
        cursor = page.next
    assert (cursor, sorted(seen)) == (None, sorted(orders))


def listed(answer: httpx.Response) -> Collection[OrderItem]:
    """Read a page of orders."""
    return msgspec.json.decode(answer.content, type=Collection[OrderItem])


async def _try(browser: Browser, verb: str, place: str) -> int:
    method, _, path = verb.partition(" ")
    bodies = {
        "PUT ": DETAILS, "POST /lines": {"lines": [{"product_id": str(PAIL), "quantity": "4"}]},
        "POST /lines/import": {"text": "AL-5W40-020 4"}, "PUT /pickup": {"plate": "123 ABC 02"}, "POST /submit": {},
        "POST /cancel": {}, "POST /share": {"shared": True}, "POST /return": {},
    }  # fmt: skip
    version = (await browser.get(place)).headers.get("etag") or '"1"'
    answer = await browser.request(
        method, place + path, json=bodies.get(verb), headers={"If-Match": version, "Idempotency-Key": "a key"}
    )
    return answer.status_code


# Hand-written from the roles of PRODUCT 1 and R19: what each role may do to a draft of BUYER.
DRAFT_VERBS = (
    "GET ", "PUT ", "POST /lines", "POST /lines/import", "PUT /pickup", "POST /validate", "POST /repeat",
    "POST /share", "POST /archive", "POST /submit", "POST /cancel", "POST /approve", "POST /return",
)  # fmt: skip
# These change what the others would find.
NEEDS_ITS_OWN = {"POST /share", "POST /submit", "POST /cancel"}
ALL_BUT_DECIDING = [200, 200, 201, 200, 200, 200, 201, 200, 200, 200, 200, 403, 403]
NOTHING = [404] * 13
FORBIDDEN = [403] * 13
RIGHTS: list[tuple[Actor, list[int]]] = [
    (BUYER, ALL_BUT_DECIDING),
    (SENIOR, ALL_BUT_DECIDING),
    (HEAD, ALL_BUT_DECIDING),
    (MANAGER, [200, 200, 201, 200, 200, 200, 201, 200, 200, 200, 200, 422, 422]),
    (LIMITED, [200, 200, 201, 200, 403, 200, 201, 200, 403, 403, 403, 403, 403]),
    (LOGISTICIAN, [200, 403, 403, 403, 200, 200, 403, 403, 403, 403, 403, 403, 403]),
    (ADMIN, [200, 403, 403, 403, 403, 200, 403, 403, 403, 403, 403, 403, 403]),
    (COLLEAGUE, [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 403, 403]),
    (STRANGER, [404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 404, 403, 403]),
    (FAR_MANAGER, NOTHING),
    (FORWARDER, FORBIDDEN),
]


@pytest.mark.parametrize(("actor", "expected"), RIGHTS, ids=[f"{one.role}-{one.name}" for one, _ in RIGHTS])
async def test_every_role_may_do_exactly_what_it_may(site: Site, actor: Actor, expected: list[int]) -> None:
    browser = await site.enter(actor)
    common = await make_draft(site.shop)
    answers: list[int] = []
    for verb in DRAFT_VERBS:
        order_id = await make_draft(site.shop) if verb in NEEDS_ITS_OWN else common
        answers.append(await _try(browser, verb, f"{API}/{order_id}"))
    assert dict(zip(DRAFT_VERBS, answers, strict=True)) == dict(zip(DRAFT_VERBS, expected, strict=True))


async def test_whoever_sees_no_prices_sees_no_sums(site: Site) -> None:
    order_id = await submitted(site.shop)
    browser = await site.enter(LOGISTICIAN)
    shown = msgspec.json.decode((await browser.get(f"{API}/{order_id}")).content, type=OrderView)
    [line] = shown.lines
    assert shown.totals is None
    assert (line.price, line.price_list_id, line.price_version, line.discount_pct) == (None, None, None, None)
    assert (line.net, line.vat, line.gross) == (None, None, None)
    assert [one.gross for one in listed(await browser.get(API)).items] == [None]


async def test_limits_and_plans_are_for_those_who_count_against_them(site: Site) -> None:
    await submitted(site.shop)
    await site.shop.change(
        "INSERT INTO sales_plans (tenant_id, id, partner_id, line_id, month, planned_kg, fact_kg, src_version,"
        " src_label)"
        " SELECT 1, gen_random_uuid(), $1, gen_random_uuid(), date_trunc('month', now())::date, 1000, 250, 1, 'a'",
        ALPHA,
    )
    head = await site.enter(HEAD)
    limits = body_of(await head.get("/api/v1/limits"))
    assert limits["total"] == 2
    one = body_of(await head.get(f"/api/v1/limits/{CONTRACT}"))
    assert (one["limit"], one["debt"], one["not_in_erp"], one["left"]) == (
        "10000000.00", "1000000.00", "112520.00", str(Decimal("8887480.00")),
    )  # fmt: skip
    plans = body_of(await head.get("/api/v1/plans"))
    assert plans["total"] == 1
    buyer, stranger = await site.enter(BUYER), await site.enter(STRANGER)
    assert (await buyer.get("/api/v1/limits")).status_code == 403
    assert (await stranger.get(f"/api/v1/limits/{CONTRACT}")).status_code == 404
    assert body_of(await stranger.get("/api/v1/plans"))["total"] == 0
