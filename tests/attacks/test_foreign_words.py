"""Ids of others where an id may be written, and every place where others might be mentioned."""

from collections.abc import Mapping
from typing import Final

import msgspec
import pytest

from tests.access.browsers import Browser, read
from tests.attacks.bodies import DETAILS
from tests.attacks.field import NOBODYS, Field
from tests.attacks.kinds import FOREIGN, OTHER, OWN
from tests.attacks.kinds import REGION as OTHER_REGION
from tests.attacks.mirror import twin
from tests.attacks.routes import traces
from tests.orders.shop import ALPHA, ALPHA_LLP, BETA, BETA_LLP, PAIL

KINDS: Final = {"organisation_id": (BETA, twin(ALPHA)), "counterparty_id": (BETA_LLP, twin(ALPHA_LLP))}
MONEY: Final = ("price", "net", "vat", "gross", "discount_pct", "listed", "discount", "credit", "totals", "per_litre")
# Prices and sums of the shop as somebody would write them: 100 000, less 3 %, with 16 % of tax.
SUMS: Final = ("100000", "100 000", "97000", "97 000", "112520", "112 520", "15520", "15 520", "₸")
COLLECTIONS: Final = (
    "orders", "contracts", "agreements", "consignees", "organisations", "regions", "limits", "plans",
)  # fmt: skip
FILTERS: Final = (
    ("/api/v1/catalog/products", "contract", "contract_id"),
    ("/api/v1/catalog/products", "agreement", "agreement_id"),
    ("/catalog", "contract", "contract_id"),
    ("/api/v1/contracts", "organisation", "organisation_id"),
    ("/api/v1/agreements", "contract", "contract_id"),
    ("/api/v1/consignees", "organisation", "organisation_id"),
    ("/consignees", "organisation", "organisation_id"),
    ("/orders/new", "partner", "organisation_id"),
)


@pytest.mark.parametrize("kind", [OTHER, FOREIGN])
@pytest.mark.parametrize("name", ["contract_id", "counterparty_id", "address_id"])
async def test_a_foreign_choice_is_refused_like_an_unknown_one(field: Field, name: str, kind: str) -> None:
    foreign = KINDS[name][kind == FOREIGN] if name in KINDS else field.things[name][kind]
    place = f"/api/v1/orders/{field.things['order_id'][OWN]}"
    answers = [
        traces(
            await field.browsers["buyer"].put(
                place, json={**DETAILS, name: str(one)}, headers={"If-Match": f'"{field.version}"'}
            ),
            {name: one},
        )
        for one in (foreign, NOBODYS)
    ]
    assert answers[0] == answers[1]
    assert answers[0].status == 422


@pytest.mark.parametrize("kind", [OTHER, FOREIGN])
@pytest.mark.parametrize("name", ["product_id", "agreement_id"])
async def test_a_foreign_offer_cannot_be_ordered(field: Field, name: str, kind: str) -> None:
    place = f"/api/v1/orders/{field.things['order_id'][OWN]}/lines"
    foreign = field.things[name][kind]
    answers = [
        traces(
            await field.browsers["buyer"].post(
                place, json={"lines": [{"product_id": str(PAIL), "quantity": "4", name: str(one)}]}
            ),
            {name: one},
        )
        for one in (foreign, NOBODYS)
    ]
    assert answers[0] == answers[1]
    assert answers[0].status == 422


@pytest.mark.parametrize("kind", [OTHER, FOREIGN])
@pytest.mark.parametrize(("place", "filter_name", "name"), FILTERS)
async def test_a_foreign_filter_finds_nothing_and_tells_nothing(
    field: Field, place: str, filter_name: str, name: str, kind: str
) -> None:
    answers = [
        traces(await field.browsers["head"].get(place, params={filter_name: str(one)}), {name: one})
        for one in (field.things[name][kind], NOBODYS)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("place", ["/home", "/search", "/orders", "/contracts", "/consignees", "/notifications",
                                   "/api/v1/orders", "/api/v1/contracts", "/api/v1/consignees",
                                   "/api/v1/organisations"])  # fmt: skip
async def test_no_list_mentions_another_company(field: Field, place: str) -> None:
    kinds = (OTHER, OTHER_REGION, FOREIGN)
    secrets = [str(one[kind]) for one in field.things.values() for kind in kinds if kind in one]
    regions = {str(field.things["region_id"][OTHER])}  # a dictionary of the whole tenant
    for name in ("buyer", "head", "direct head", "limited"):
        for words in ({}, {"q": "beta"}, {"q": "KZ-9"}, {"q": "P-"}, {"q": "street"}):
            answer = await field.browsers[name].get(place, params=words)
            assert answer.status_code in {200, 400}, (name, words)
            assert [one for one in {*secrets} - regions if one in answer.text] == [], (name, words)
            assert "Beta " not in answer.text.replace("Beta LLP", "Beta "), (name, words)


@pytest.mark.parametrize("place", ["/api/v1/orders", "/orders"])
async def test_a_colleague_s_draft_is_not_listed(field: Field, place: str) -> None:
    draft = str(field.things["order_id"][OWN])
    assert draft in (await field.browsers["buyer"].get(place, params={"view": "drafts"})).text
    for name in ("colleague", "direct buyer", "stranger"):
        assert draft not in (await field.browsers[name].get(place, params={"view": "drafts"})).text


async def test_a_stranger_s_cursor_opens_nothing(field: Field) -> None:
    page = read(await field.browsers["manager"].get("/api/v1/orders", params={"limit": 1}))
    answer = read(await field.browsers["colleague"].get("/api/v1/orders", params={"cursor": str(page["next"])}))
    assert answer == {"items": [], "next": None, "total": 0}


async def test_whoever_may_not_see_prices_sees_none(field: Field) -> None:
    browser, order = field.browsers["logistician"], field.things["order_id"][OWN]
    places = ("/home", "/orders", "/catalog", "/search?q=P", f"/orders/{order}", f"/orders/{order}/check",
              f"/orders/{order}/vehicle", f"/catalog/{PAIL}", "/api/v1/orders", "/api/v1/catalog/products",
              f"/api/v1/catalog/products/{PAIL}", f"/api/v1/orders/{order}", f"/api/v1/orders/{order}/lines",
              f"/api/v1/orders/{order}/events")  # fmt: skip
    told: list[str] = []
    for place in places:
        answer = await browser.get(place, follow_redirects=True)
        assert answer.status_code == 200, place
        told.extend(_money(place, answer.text))
    told.extend(_money("validate", (await browser.post(f"/api/v1/orders/{order}/validate")).text))
    assert not told, "\n".join(told)


async def test_a_key_is_one_person_s_one_order_s_and_one_body_s(field: Field) -> None:
    """What was answered under a key is worth nothing elsewhere; here no answer can be kept, so each stands alone."""
    place = f"/api/v1/orders/{field.things['order_id'][OWN]}/submit"
    for name, expected in (("colleague", 404), ("stranger", 404), ("forwarder", 403), ("limited", 403)):
        answer = await field.browsers[name].post(place, json={}, headers={"Idempotency-Key": "shared key"})
        assert answer.status_code == expected, name
    for key in ("", " \t", "x" * 256, "a\x07b"):
        answer = await field.browsers["buyer"].post(place, json={}, headers={"Idempotency-Key": key})
        assert answer.status_code == 400, key


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_a_method_is_what_it_says(field: Field, header: str) -> None:
    place = f"/api/v1/orders/{field.things['order_id'][OWN]}"
    answer = await field.browsers["buyer"].get(place, headers={header: "PUT"})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{field.version}"')
    for method in ("TRACE", "PATCH", "DELETE", "POST"):
        assert (await field.browsers["buyer"].request(method, place)).status_code == 405


async def test_nobody_lists_the_twin_tenant(field: Field) -> None:
    for name, browser in field.browsers.items():
        assert await _foreign_items(browser) == 0, name


async def _foreign_items(browser: Browser) -> int:
    found = 0
    for collection in (
        "orders",
        "contracts",
        "agreements",
        "consignees",
        "organisations",
        "regions",
        "limits",
        "plans",
    ):
        answer = await browser.get(f"/api/v1/{collection}", params={"limit": 200})
        if answer.status_code == 403:
            continue
        items = msgspec.convert(read(answer)["items"], list[Mapping[str, object]])
        found += sum("-000b-" in str(value) for item in items for value in item.values())
    return found


def _money(place: str, text: str) -> list[str]:
    told = [f"{place}: {one}" for one in SUMS if one in text.replace("\xa0", " ").replace("\u202f", " ")]
    return told + [f"{place}: {name}" for name in MONEY if f'"{name}":"' in text or f'"{name}":{{' in text]
