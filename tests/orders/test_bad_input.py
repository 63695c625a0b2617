"""Every field with everything that does not belong there: told, never stored, never a failure of the portal."""

from collections.abc import Mapping, Sequence
from typing import Final

import httpx
import msgspec
import pytest

from app.orders.schemas.inputs import Details
from app.orders.schemas.outputs import ImportedView
from tests.access.browsers import Browser
from tests.orders.forms import value_of
from tests.orders.shop import (
    ALPHA,
    ALPHA_LLP,
    ALPHA_YARD,
    BETA,
    BETA_AGREEMENT,
    BETA_CONTRACT,
    BETA_LLP,
    BETA_ONLY,
    BETA_YARD,
    BUYER,
    CARRIER,
    CONTRACT,
    DRUM,
    ELSEWHERE,
    FAR_MANAGER,
    LIMITED,
    MANAGER,
    SECOND_AGREEMENT,
    SOON,
    STRANGER,
    uid,
)
from tests.orders.site import API, Site, body_of, codes_of, texts
from tests.orders.steps import make_draft, submitted

NOBODYS: Final = uid(0xDEAD)
KEY: Final = {"Idempotency-Key": "a key"}
TEXTS: Final[Sequence[object]] = [
    "x" * 3000,
    "nul\u0000",
    "\u202eright to left",
    "line\u0008back",
    "\ud800",
    5,
    None,
    ["a"],
    {"a": 1},
    True,
]
IDS: Final[Sequence[object]] = ["", "1", "x" * 40, "00000000-0000-0000-0000-00000000000g", 7, ["a"], {}, True, "\u0000"]
DATES: Final[Sequence[object]] = [
    "", "2026-13-01", "2026-02-30", "01.02.2026", "yesterday", "0000-00-00", "99999-01-01", 20260101, True
]  # fmt: skip
QUANTITIES: Final[Sequence[object]] = [
    "0", "-1", "1e-9", "0.0005", "1e18", "999999999999", "NaN", "Infinity", "-Infinity", "1,5", "1e5", "٣", "３",
    "", "abc", "0x10", "1_000", "1e999999999", 1, 1.5, True, None, [], {}, "5\u0000", "--5", "+5", "5 шт",
]  # fmt: skip
CHOICES: Final[Sequence[object]] = ["", "ship", "DELIVERY", 1, None, [], True]
DETAILS: Final = {
    "contract_id": str(CONTRACT),
    "counterparty_id": str(ALPHA_LLP),
    "address_id": str(ALPHA_YARD),
    "ship_on": SOON.isoformat(),
    "delivery": "delivery",
    "customer_number": "",
    "comment": "",
}
PICKUP_TEXTS: Final = (
    "plate", "trailer", "vehicle_model", "driver_name", "driver_document", "driver_phone", "proxy_number"
)  # fmt: skip
NULLABLE: Final = {"contract_id", "counterparty_id", "address_id", "ship_on", "proxy_date", "proxy_valid_to"}


def cases(fields: Mapping[str, Sequence[object]]) -> list[tuple[str, object]]:
    """Pair every field with every nasty value; null is a value of its own where it may be."""
    return [
        (name, value)
        for name, values in fields.items()
        for value in values
        if value is not None or name not in NULLABLE
    ]


async def refused(answer: httpx.Response, field: str, value: object) -> None:
    """The answer is a problem document that names the field, or the body where nothing could be read."""
    assert answer.status_code == 400, (field, value, answer.text)
    assert answer.headers["content-type"].startswith("application/problem+json")
    found = codes_of(answer)
    assert found, (field, value)
    assert all(name == field or name.startswith(field) or code.startswith("json") for name, code in found), found


async def test_details(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    fields: dict[str, Sequence[object]] = {
        "contract_id": IDS,
        "counterparty_id": IDS,
        "address_id": IDS,
        "ship_on": DATES,
        "delivery": CHOICES,
        "customer_number": TEXTS,
        "comment": TEXTS,
    }
    for field, value in cases(fields):
        answer = await send(buyer, "PUT", f"{API}/{order_id}", {**DETAILS, field: value}, {"If-Match": '"3"'})
        await refused(answer, field, value)
    extra = await send(buyer, "PUT", f"{API}/{order_id}", {**DETAILS, "state": "closed"}, {"If-Match": '"3"'})
    assert codes_of(extra) == [("state", "unknown_field")]
    both = await send(
        buyer, "PUT", f"{API}/{order_id}", {**DETAILS, "ship_on": "x", "delivery": "x"}, {"If-Match": '"3"'}
    )
    assert codes_of(both) == [("delivery", "not_a_choice"), ("ship_on", "not_a_date")]
    [row] = await site.shop.look("SELECT version FROM orders")
    assert row["version"] == 3, "nothing was written"


async def test_quantities(site: Site) -> None:
    order_id = await make_draft(site.shop)
    [line] = await site.shop.look("SELECT id FROM order_lines")
    buyer = await site.enter(BUYER)
    for value in QUANTITIES:
        body = {"lines": [{"product_id": str(DRUM), "quantity": value}]}
        await refused(await send(buyer, "POST", f"{API}/{order_id}/lines", body), "lines[0].quantity", value)
        changed = await send(buyer, "PUT", f"{API}/{order_id}/lines/{line['id']}", {"quantity": value})
        await refused(changed, "quantity", value)
    [row] = await site.shop.look("SELECT count(*) AS lines, sum(quantity) AS quantity FROM order_lines")
    assert tuple(row) == (1, 1)


@pytest.mark.parametrize("body", ["[" * 200_000, "{", "", "nul\u0000", "[]", "5", '{"lines": 1}', '{"lines": []}'])
async def test_bodies(site: Site, body: str) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    answer = await buyer.post(
        f"{API}/{order_id}/lines", content=body.encode(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400, answer.text


async def test_pickup(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    texts: dict[str, Sequence[object]] = dict.fromkeys(PICKUP_TEXTS, TEXTS)
    for field, value in cases({**texts, "proxy_date": DATES, "proxy_valid_to": DATES}):
        answer = await send(buyer, "PUT", f"{API}/{order_id}/pickup", {field: value}, {"If-Match": '"3"'})
        await refused(answer, field, value)
    assert await site.shop.look("SELECT 1 FROM order_pickups") == []


async def test_submission(site: Site) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    for field, value in cases(
        {"expected_gross": ["-1", "NaN", "1e3", "0.001", 5, True], "ask_approval": ["yes", 1, None]}
    ):
        await refused(await send(buyer, "POST", f"{API}/{order_id}/submit", {field: value}, KEY), field, value)
    for key in ("", "x" * 256):
        answer = await buyer.post(f"{API}/{order_id}/submit", json={}, headers={"Idempotency-Key": key})
        assert answer.status_code == 400
    [row] = await site.shop.look("SELECT state FROM orders")
    assert row["state"] == "draft"


async def test_lists(site: Site) -> None:
    buyer = await site.enter(BUYER)
    for name, value in (
        ("view", "mine"), ("limit", "0"), ("limit", "201"), ("limit", "x"), ("cursor", "x"), ("cursor", "W10"),
        ("cursor", "WyJ4IiwieSJd"), ("q", "x" * 101),
    ):  # fmt: skip
        answer = await buyer.get(API, params={name: value})
        assert answer.status_code == 400, (name, value)
    for nasty in ("%", "_", "'", '"', "\\", "٣", "(", "*", "🛢", "1e5"):
        answer = await buyer.get(API, params={"q": nasty})
        assert (answer.status_code, body_of(answer)["total"]) == (200, 0), nasty


async def test_foreign_ids_change_nothing_and_tell_nothing(site: Site) -> None:
    """What belongs to another company is refused in the very words used for what does not exist."""
    order_id = await make_draft(site.shop)
    other = await make_draft(site.shop)
    [foreign_line] = await site.shop.look("SELECT id FROM order_lines WHERE order_id = $1", other)
    buyer = await site.enter(BUYER)
    place, match = f"{API}/{order_id}", {"If-Match": '"3"'}
    for field, foreign in (("contract_id", BETA_CONTRACT), ("counterparty_id", BETA_LLP), ("address_id", BETA_YARD)):
        answers = [await send(buyer, "PUT", place, {**DETAILS, field: str(one)}, match) for one in (foreign, NOBODYS)]
        assert [one.status_code for one in answers] == [422, 422]
        assert codes_of(answers[0]) == codes_of(answers[1]) == [(field, f"{field.removesuffix('_id')}_unknown")]
    for product, agreement in (
        (BETA_ONLY, None), (NOBODYS, None), (DRUM, BETA_AGREEMENT), (DRUM, NOBODYS), (DRUM, SECOND_AGREEMENT),
    ):  # fmt: skip
        line = {"product_id": str(product), "quantity": "1", **({"agreement_id": str(agreement)} if agreement else {})}
        answer = await send(buyer, "POST", f"{place}/lines", {"lines": [line]})
        assert (answer.status_code, codes_of(answer)) == (422, [("lines[0].product_id", "product_unknown")])
    for line_id in (foreign_line["id"], NOBODYS):
        assert (await send(buyer, "PUT", f"{place}/lines/{line_id}", {"quantity": "2"})).status_code == 404
        assert (await buyer.delete(f"{place}/lines/{line_id}")).status_code == 404
        assert (await buyer.get(f"{place}/lines/{line_id}")).status_code == 404
    pasted = await send(buyer, "POST", f"{place}/lines/import", {"text": "AL-BETA 1\nAL-NOWHERE 1"})
    bad = msgspec.json.decode(pasted.content, type=ImportedView).order.bad_lines
    assert [(one.code, one.message) for one in bad] == [
        ("code_unknown", "AL-BETA is not in the contract."),
        ("code_unknown", "AL-NOWHERE is not in the contract."),
    ]
    [row] = await site.shop.look("SELECT count(*) AS lines, sum(quantity) AS quantity FROM order_lines")
    assert tuple(row) == (2, 2)


async def test_a_stranger_meets_the_same_silence_everywhere(site: Site) -> None:
    draft, sent = await make_draft(site.shop), await submitted(site.shop)
    stranger = await site.enter(STRANGER)
    assert (await stranger.post(API, json={"partner_id": str(BETA), "contract_id": str(CONTRACT)})).status_code == 422
    for order_id in (draft, sent):
        for verb in (
            "GET ",
            "GET /lines",
            "GET /pickup",
            "GET /events",
            "POST /validate",
            "POST /repeat",
            "POST /archive",
        ):
            method, _, path = verb.partition(" ")
            answers = [await stranger.request(method, f"{API}/{one}{path}") for one in (order_id, NOBODYS)]
            assert [one.status_code for one in answers] == [404, 404], verb
            first, second = (body_of(one) for one in answers)
            assert {**first, "request_id": ""} == {**second, "request_id": ""}


async def test_nobody_drafts_for_a_client_that_is_not_theirs(site: Site) -> None:
    buyer, limited = await site.enter(BUYER), await site.enter(LIMITED)
    for browser in (buyer, limited):
        for partner in (BETA, NOBODYS):
            assert (await browser.post(API, json={"partner_id": str(partner)})).status_code == 404
    assert (await limited.post(API, json={})).status_code == 422
    assert await site.shop.look("SELECT 1 FROM orders") == []


async def test_nobody_drafts_for_a_partner_that_orders_nothing(site: Site) -> None:
    manager = await site.enter(MANAGER)
    refused_by_api = await manager.post(API, json={"partner_id": str(CARRIER)})
    assert (refused_by_api.status_code, codes_of(refused_by_api)) == (422, [("partner_id", "partner_orders_nothing")])
    told = "Orders are made for distributors and direct buyers. Choose such a client."
    for page in (
        await manager.get("/orders/new", params={"partner": str(CARRIER)}),
        await manager.post("/orders", data={"partner_id": str(CARRIER), "do": "next"}),
    ):
        assert (page.status_code, told in texts(page)) == (422, True)
    assert (await manager.get("/orders/new", params={"partner": str(NOBODYS)})).status_code == 404
    assert "Carrier" not in texts(await manager.get("/orders/new"))
    assert await site.shop.look("SELECT 1 FROM orders") == []


async def test_a_form_of_the_manufacturers_people_that_comes_back_knows_its_client(site: Site) -> None:
    manager = await site.enter(MANAGER)
    typed = {"partner_id": str(ALPHA), "ship_on": "31.31.2026", "customer_number": "PO-5"}
    page = await manager.post("/orders", data=typed)
    assert page.status_code == 400
    kept = [value_of(page, name) for name in ("partner_id", "ship_on", "customer_number")]
    assert kept == [str(ALPHA), "31.31.2026", "PO-5"]


async def test_addresses_go_by_the_region_of_the_client(site: Site) -> None:
    """A client of ours may have goods sent anywhere; another region's manager gets nothing by that."""
    await site.shop.change("UPDATE consignee_addresses SET region_id = $2 WHERE id = $1", ALPHA_YARD, ELSEWHERE)
    order_id = await make_draft(site.shop, details=Details(contract_id=CONTRACT))
    manager, far = await site.enter(MANAGER), await site.enter(FAR_MANAGER)
    assert "Yard street 1" in texts(await manager.get(f"/orders/{order_id}/details"))
    saved = await manager.put(f"{API}/{order_id}", json=DETAILS, headers={"If-Match": '"3"'})
    assert (saved.status_code, body_of(saved)["address_id"]) == (200, str(ALPHA_YARD))
    assert (await far.get("/orders/new", params={"partner": str(ALPHA)})).status_code == 404


@pytest.mark.parametrize("unseen", ["\u200b\u200b", "\u2060", "\u200d\u200c", "\u3164", "\u00ad \ufeff"])
async def test_a_text_nobody_can_see_is_no_text(site: Site, unseen: str) -> None:
    order_id = await make_draft(site.shop)
    buyer = await site.enter(BUYER)
    place = f"{API}/{order_id}"
    body = {**DETAILS, "customer_number": unseen, "comment": unseen}
    shown = body_of(await send(buyer, "PUT", place, body, {"If-Match": '"3"'}))
    assert (shown["customer_number"], shown["comment"]) == ("", "")
    await send(buyer, "PUT", f"{place}/pickup", dict.fromkeys(PICKUP_TEXTS, unseen), {"If-Match": '"4"'})
    pickup = body_of(await buyer.get(f"{place}/pickup"))
    assert {pickup[name] for name in PICKUP_TEXTS} == {""}
    pasted = body_of(await send(buyer, "POST", f"{place}/lines/import", {"text": f"{unseen}\nAL-5W30-205 1\n{unseen}"}))
    assert (pasted["added"], pasted["bad"]) == (1, 0)
    assert body_of(await buyer.get(API, params={"q": unseen}))["total"] == 1
    await send(buyer, "POST", f"{place}/cancel", {"reason": unseen})
    [event] = await site.shop.look("SELECT data FROM order_events WHERE kind = 'cancelled'")
    assert event["data"] == "{}"


async def test_pasted_text_of_any_kind(site: Site) -> None:
    order_id = await make_draft(site.shop, {})
    buyer = await site.enter(BUYER)
    place = f"{API}/{order_id}/lines/import"
    for value in ("x" * 60_001, 5, None, "nul\u0000", "\u202e"):
        await refused(await send(buyer, "POST", place, {"text": value}), "text", value)
    many = await send(buyer, "POST", place, {"text": "AL-5W30-205 1\n" * 501})
    assert (many.status_code, codes_of(many)) == (422, [("text", "too_many_lines")])
    text = "AL-5W40-020 -4\nAL-5W40-020 0\nAL-5W40-020 999999\nAL-5W40-020 20 т\nAL-5W40-020 7\n🛢\n-"
    bad = msgspec.json.decode(
        (await send(buyer, "POST", place, {"text": text})).content, type=ImportedView
    ).order.bad_lines
    assert [one.code for one in bad] == [
        "quantity_not_positive", "quantity_not_positive", "quantity_too_large", "wrong_unit", "not_whole_packs",
        "line_without_quantity", "line_without_quantity",
    ]  # fmt: skip
    assert [one.text for one in bad] == text.splitlines(), "every bad line keeps its text"
    assert bad[4].suggested_quantity == 8


async def send(
    browser: Browser, method: str, place: str, body: object, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Send JSON that a careful client could not even write: lone surrogates stay escaped."""
    import json  # noqa: PLC0415 - only the standard encoder lets a lone surrogate through

    content = json.dumps(body).encode()
    return await browser.request(
        method, place, content=content, headers={"Content-Type": "application/json", **(headers or {})}
    )
