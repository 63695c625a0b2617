"""Whoever may not see prices never meets a sum: on no page, in no answer, no news, no live event, no history."""

import re
from collections.abc import Iterable
from decimal import Decimal
from html import unescape
from typing import Final, cast
from uuid import UUID

import httpx
import pytest
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import open_tenant_transaction
from app.orders.schemas.inputs import Submission
from app.orders.services.exchange import record_refused
from app.orders.services.repeating import repeat
from tests.access.browsers import Browser
from tests.orders.forms import value_of
from tests.orders.papers import write_papers
from tests.orders.shop import (
    ADMIN,
    AGREEMENT,
    BUYER,
    CONTRACT,
    DRUM,
    FORWARDER,
    HEAD,
    LIMITED,
    LOGISTICIAN,
    MANAGER,
    PAIL,
    SENIOR,
    TENANT,
    Shop,
)
from tests.orders.site import API, Site, body_of, codes_of, texts
from tests.orders.steps import make_draft, place_order, submitted

LIMIT, DEBT, MINIMUM = Decimal("7654321.98"), Decimal("1234567.89"), Decimal("876543.21")
PRICES: Final = {DRUM: Decimal("98765.4300"), PAIL: Decimal("4567.8900")}
STEPS: Final = ("details", "products", "vehicle", "check")
# Roles that never see a price, and those that lose theirs by a rule of the manufacturer.
WITHOUT_PRICES: Final = (LOGISTICIAN, FORWARDER)
MAY_LOSE_PRICES: Final = (BUYER, SENIOR, HEAD, MANAGER, LIMITED, ADMIN)
# What a contract allows is told to whoever may see limits or agreements, prices or not.
SPEAK_OF_CREDIT: Final = ("/home", "/api/v1/limits", f"/api/v1/limits/{CONTRACT}", "/api/v1/agreements")


class Case(Struct, frozen=True):
    """One order in each of the situations that speak of money, and every sum there is."""

    draft: UUID  # below the minimum and over the limit
    repeated: UUID  # a draft whose prices moved since its source
    sent: UUID
    refused: UUID  # by the ERP, in words that name sums
    asked: UUID  # the manager is asked about the limit
    sums: frozenset[str]

    @property
    def orders(self) -> tuple[UUID, ...]:
        """All of them."""
        return self.draft, self.repeated, self.sent, self.refused, self.asked


def digits(value: Decimal) -> str:
    """The digits of a sum however it is written: without groups, decimal sign and zeros at its end."""
    return re.sub(r"\D", "", f"{value:f}").rstrip("0")


def found_in(text: str, sums: Iterable[str]) -> set[str]:
    """List the sums that stand in a text, in whatever language's figures."""
    bare = re.sub(r"[\s\u00a0\u202f.,'’]", "", unescape(text))
    return {one for one in sums if one in bare}


async def situations(shop: Shop) -> Case:
    """Put everything there that could name a sum."""
    await shop.change(
        "UPDATE credit_accounts SET erp_limit = $2, erp_debt = $3 WHERE contract_id = $1", CONTRACT, LIMIT, DEBT
    )
    for product, price in PRICES.items():
        await shop.change("UPDATE prices SET amount = $2 WHERE product_id = $1", product, price)
    sent, refused = await submitted(shop, {DRUM: "3"}), await submitted(shop, {DRUM: "2", PAIL: "4"})
    async with open_tenant_transaction(shop.staff, TENANT) as transaction:
        await record_refused(transaction, refused, "limit_exceeded", f"Лимит {LIMIT}, долг {DEBT}")
    await shop.change("UPDATE prices SET amount = amount + 1.11 WHERE product_id = $1", DRUM)
    await write_papers(shop, sent)
    repeated = await _repeated(shop, sent)
    await shop.change("UPDATE credit_accounts SET erp_debt = erp_limit - 1 WHERE contract_id = $1", CONTRACT)
    asked = await make_draft(shop, {PAIL: "8"})
    await place_order(shop, asked, submission=Submission(ask_approval=True))
    await shop.change("UPDATE agreements SET min_amount = $2 WHERE id = $1", AGREEMENT, MINIMUM)
    draft = await make_draft(shop, {DRUM: "1", PAIL: "4"})
    return Case(draft, repeated, sent, refused, asked, await _sums(shop))


async def _repeated(shop: Shop, source: UUID) -> UUID:
    async with shop.desk(BUYER) as desk:
        return (await repeat(desk, source)).sheet.order.id


async def _sums(shop: Shop) -> frozenset[str]:
    rows = await shop.look("""
        SELECT unnest(ARRAY[net, vat, gross]) AS sum FROM orders
        UNION SELECT unnest(ARRAY[price, net, vat, gross, round(price * quantity, 2)]) FROM order_lines
        UNION SELECT amount FROM credit_holds UNION SELECT unreflected FROM credit_accounts
        UNION SELECT unnest(ARRAY[amount, round(amount * 0.97, 2), round(amount * 0.97, 4)]) FROM prices
        UNION SELECT unnest(ARRAY[erp_limit, erp_debt]) FROM credit_accounts
        UNION SELECT min_amount FROM agreements
        UNION SELECT unnest(ARRAY[gross, paid]) FROM invoices UNION SELECT amount FROM payments
    """)
    known = [cast("Decimal | None", row["sum"]) for row in rows]
    numbers = await shop.look("SELECT string_agg(number, ' ') AS all FROM orders")
    by_chance = re.sub(r"[^0-9 ]", "", cast("str", numbers[0]["all"]))
    # Shorter figures would be found in dates; a number of an order may contain a longer one.
    return frozenset(
        found for one in known if one is not None and len(found := digits(one)) >= 6 and found not in by_chance
    )


async def everything(browser: Browser, case: Case) -> list[tuple[str, httpx.Response]]:
    """Open every page and ask every question about these orders; only what reads, and what must refuse."""
    places = ["/home", "/orders", "/orders?view=drafts", "/orders?view=needs_me", "/orders?q=AL-5W30", "/catalog",
              f"/catalog?contract={CONTRACT}", f"/catalog/{DRUM}", "/notifications", API, f"{API}?q=AL-5W30",
              "/api/v1/limits", f"/api/v1/limits/{CONTRACT}", "/api/v1/notifications", "/api/v1/agreements",
              "/api/v1/contracts", f"/api/v1/catalog/products/{DRUM}", "/api/v1/catalog/products"]  # fmt: skip
    for order_id in case.orders:
        places += [f"/orders/{order_id}", f"{API}/{order_id}", f"{API}/{order_id}/lines", f"{API}/{order_id}/events",
                   f"{API}/{order_id}/pickup", f"{API}/{order_id}/papers",
                   *(f"/orders/{order_id}/{step}" for step in STEPS)]  # fmt: skip
    seen = [(place, await browser.get(place)) for place in places]
    seen += [
        (f"{one} live", await browser.get(f"/orders/{one}", headers={"HX-Request": "true"})) for one in case.orders
    ]
    seen += [(f"{one} validate", await browser.post(f"{API}/{one}/validate")) for one in case.orders]
    wrong = {"expected_gross": "1.00"}
    for one in (case.draft, case.repeated):
        key = {"Idempotency-Key": f"no-sums-{one}"}
        seen.append((f"{one} submit", await browser.post(f"{API}/{one}/submit", json=wrong, headers=key)))
    return seen


async def take_prices_from(shop: Shop, actor: Actor) -> None:
    """Forbid a role to see prices, as a manufacturer may."""
    await shop.change(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect)"
        " VALUES ($1, gen_random_uuid(), $2, 'price', 'view', 'deny')",
        TENANT,
        f"r:{actor.role}",
    )


def told(answers: Iterable[tuple[str, httpx.Response]], sums: Iterable[str]) -> dict[str, set[str]]:
    """List where sums were met; every answer must be one the portal meant to give."""
    wanted = list(sums)
    met: dict[str, set[str]] = {}
    for place, answer in answers:
        assert answer.status_code < 500, (place, answer.text)
        if found := found_in(answer.text, wanted):
            met[place] = found
    return met


ROLES: Final = {one.role: one for one in (*WITHOUT_PRICES, *MAY_LOSE_PRICES)}


@pytest.mark.parametrize("role", ROLES)
async def test_no_price_right_no_sum_anywhere(site: Site, role: str) -> None:
    case, actor = await situations(site.shop), ROLES[role]
    if actor in MAY_LOSE_PRICES:
        await take_prices_from(site.shop, actor)
    answers = await everything(await site.enter(actor), case)
    assert told([one for one in answers if one[0] not in SPEAK_OF_CREDIT], case.sums) == {}


@pytest.mark.parametrize("role", ["distributor_manager", "manager_limited"])
async def test_no_limit_right_no_credit_figure_anywhere(site: Site, role: str) -> None:
    case = await situations(site.shop)
    answers = await everything(await site.enter(ROLES[role]), case)
    assert told(answers, [digits(one) for one in (LIMIT, LIMIT - 1, DEBT)]) == {}


async def test_the_search_for_sums_finds_them_where_they_may_stand(site: Site) -> None:
    """The attack above means nothing unless the same look at somebody's pages who may see sums finds them."""
    case = await situations(site.shop)
    manager = await site.enter(MANAGER)
    met = told(await everything(manager, case), case.sums)
    assert {"/orders", API, f"/orders/{case.draft}/check", f"/orders/{case.repeated}/products"} <= met.keys()
    assert {f"/orders/{case.refused}", f"{API}/{case.refused}/events", f"{case.draft} validate"} <= met.keys()
    assert digits(LIMIT) in met[f"{API}/{case.refused}"]


async def test_neither_news_nor_live_events_name_a_sum_to_anybody(site: Site) -> None:
    case = await situations(site.shop)
    rows = await site.shop.look("""
        SELECT data::text AS said FROM live_events
        UNION ALL SELECT body::text FROM outbox WHERE lane IN ('notify', 'mail')
        UNION ALL SELECT params::text FROM notifications
    """)
    assert len(rows) > len(case.orders)
    assert found_in(" ".join(cast("str", row["said"]) for row in rows), case.sums) == set()


async def test_a_price_that_moved_is_told_without_sums_to_whoever_sees_none(site: Site) -> None:
    order_id = await make_draft(site.shop)
    await take_prices_from(site.shop, BUYER)
    buyer = await site.enter(BUYER)
    page = await buyer.get(f"/orders/{order_id}/check")
    assert "expected_gross" not in page.text
    answer = await buyer.post(
        f"{API}/{order_id}/submit", json={"expected_gross": "1.00"}, headers={"Idempotency-Key": "one"}
    )
    assert (answer.status_code, codes_of(answer)) == (422, [("", "price_changed_plain")])
    form = {name: value_of(page, name) for name in ("_idempotency_key", "version")}
    sent = await buyer.post(f"/orders/{order_id}/submit", data=form)
    assert sent.status_code == 303, texts(sent)
    assert body_of(await buyer.get(f"{API}/{order_id}"))["totals"] is None


@pytest.mark.parametrize("role", ["logistician", "distributor_manager"])
async def test_no_price_right_no_column_of_money(site: Site, role: str) -> None:
    """Not a column of dashes either; whoever may see prices has the columns at the same places."""
    case, actor = await situations(site.shop), ROLES[role]
    places = ["/orders", f"/orders/{case.sent}", f"/orders/{case.draft}/check"]
    if actor is BUYER:
        places += [f"/orders/{case.draft}/products", "/catalog"]
        await take_prices_from(site.shop, actor)
    without, head = await site.enter(actor), await site.enter(HEAD)
    for place in places:
        assert money_columns((await without.get(place)).text) == set(), place
        if place != "/catalog":
            assert money_columns((await head.get(place)).text) in ({"Sum"}, {"Price", "Sum"}), place


def money_columns(page: str) -> set[str]:
    """List the columns of money a page has, by their cells on a phone and by their heads."""
    found = re.finditer(r'<th scope="col"[^>]*>([^<]*)</th>|<td[^>]* data-label="([^"]*)"', page)
    named = {(one[1] or one[2] or "").removesuffix(" with VAT") for one in found}
    return named & {"Price", "Sum"} | ({"total"} if "Total with VAT" in page else set())
