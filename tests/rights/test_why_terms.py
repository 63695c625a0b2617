"""The reader asks why beside a contract, its credit and a plan: what is hidden reads like what does not exist."""

import re
from datetime import date
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import pytest
from litestar.types import ASGIApp

from tests.access.browsers import Browser
from tests.attacks.routes import traces
from tests.orders.shop import (
    ALPHA,
    BETA,
    BETA_CONTRACT,
    BUYER,
    CLOSED,
    CONTRACT,
    HEAD,
    LIMITED,
    LINE_OF_GOODS,
    LOGISTICIAN,
    MANAGER,
    SOON,
    STRANGER,
    TODAY,
    Shop,
)
from tests.orders.steps import make_draft, submitted
from tests.rights.test_why import enter, opened

__all__ = ["opened"]

SCRIPT: Final = {"HX-Request": "true"}
NONE: Final = UUID(int=0xDEAD)
CAN: Final = "You can do this now."


async def told(browser: Browser, path: str) -> dict[str, str]:
    answer = await browser.get(path, headers=SCRIPT)
    assert "<html" not in answer.text
    return dict(re.findall(r"<span>([^<]+)<small>([^<]+)</small>", answer.text))


async def plan(shop: Shop, client: UUID, kg: int, day: date = TODAY) -> None:
    await shop.change(
        "INSERT INTO sales_plans (tenant_id, id, partner_id, line_id, month, planned_kg, fact_kg, src_version,"
        " src_label) VALUES (1, gen_random_uuid(), $1, $2, $4, $3, 250, 1, 'a')",
        *(client, LINE_OF_GOODS, kg, day.replace(day=1)),
    )


@pytest.mark.parametrize("path", ["/contracts/{}", "/why/contracts/{}", "/why/limits/{}", "/why/plans?organisation={}"])
@pytest.mark.parametrize("headers", [{}, SCRIPT])
async def test_anothers_and_none_at_all_give_the_same_bytes(
    opened: tuple[Shop, ASGIApp], path: str, headers: dict[str, str]
) -> None:
    shop, app = opened
    await plan(shop, BETA, 7000)
    theirs = BETA if "plans" in path else BETA_CONTRACT
    head, stranger = await enter(app, HEAD.email), await enter(app, STRANGER.email)
    assert (await stranger.get(path.format(theirs), headers=headers)).status_code == 200
    hidden = traces(await head.get(path.format(theirs), headers=headers), {"id": theirs})
    missing = traces(await head.get(path.format(NONE), headers=headers), {"id": NONE})
    assert hidden == missing
    assert "7,000" not in hidden.text


async def test_a_contract_says_why_it_is_seen_and_why_no_more_can_be_done(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    path = f"/why/contracts/{CONTRACT}"
    buyer = await enter(app, BUYER.email)
    assert "It is a contract of your company." in (await buyer.get(path)).text
    assert await told(buyer, path) == {
        "See its agreements": CAN,
        "See its goods in the catalogue": CAN,
        "See prices and discounts": CAN,
        "Order goods under it": CAN,
        "See its credit limit and debt": "Your role does not include this.",
    }
    assert "The head of your company can change that." in (await buyer.get(path)).text
    assert "/why/limits/" not in (await buyer.get(path)).text
    head = await enter(app, HEAD.email)
    assert (await told(head, path))["See its credit limit and debt"] == CAN
    assert f'href="/why/limits/{CONTRACT}"' in (await head.get(path)).text
    for person, words in (
        (MANAGER, "The client is in a region you serve."),
        (LIMITED, "The client is assigned to you."),
    ):
        assert words in (await (await enter(app, person.email)).get(path)).text
    assert (await (await enter(app, LOGISTICIAN.email)).get(path)).status_code == 403


async def test_a_contract_that_has_ended_says_so_before_rights(opened: tuple[Shop, ASGIApp]) -> None:
    _, app = opened
    ended = await told(await enter(app, HEAD.email), f"/why/contracts/{CLOSED}")
    assert ended["Order goods under it"] == "The contract is not in force today."
    assert ended["See its agreements"] == CAN


async def test_a_contract_whose_agreements_have_ended_says_so(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    await shop.change("UPDATE agreements SET status = 'closed' WHERE contract_id = $1", CONTRACT)
    said = await told(await enter(app, HEAD.email), f"/why/contracts/{CONTRACT}")
    assert said["Order goods under it"] == "No agreement of the contract that you see is in force today."


async def test_a_credit_figure_says_what_it_is_made_of(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    await submitted(shop)
    await shop.change(
        "UPDATE credit_accounts SET erp_limit = 900000, erp_debt = 300000, erp_orders = 100000, overdue_days = 3,"
        " forbid_overdue = true WHERE contract_id = $1",
        CONTRACT,
    )
    (row,) = await shop.look("SELECT unreflected FROM credit_accounts WHERE contract_id = $1", CONTRACT)
    held = cast("Decimal", row["unreflected"])
    head = await enter(app, HEAD.email)
    page = (await head.get(f"/why/limits/{CONTRACT}")).text
    said = re.finditer(r"<dt>([^<]+)</dt><dd class=\"num\">([^<]+)</dd>", page)
    figures = {one[1]: re.sub(r"[^\d.-]", "", one[2]) for one in said}
    assert figures == {
        "Limit": "900000.00",
        "Debt": "300000.00",
        "Orders in 1C:ERP not paid yet": "100000.00",
        "Orders 1C:ERP does not have yet": f"{held:.2f}",
        "Left": f"{500_000 - held:.2f}",
    }
    assert "A debt is overdue for 3 days. Until it is paid" in page
    assert (await (await enter(app, BUYER.email)).get(f"/why/limits/{CONTRACT}")).status_code == 403


async def test_a_plan_says_what_it_is_made_of_and_hidden_ones_are_none(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    await plan(shop, ALPHA, 4000)
    head = (await (await enter(app, HEAD.email)).get("/why/plans")).text
    cells = re.finditer(r'num" data-label="\w+">([^<]+)<', head)
    assert [one[1].replace("\N{NO-BREAK SPACE}", " ") for one in cells] == ["4 t", "0.3 t", "3.8 t"]
    none = "No plan of this month was found among those you may see."
    assert none in (await (await enter(app, STRANGER.email)).get(f"/why/plans?organisation={ALPHA}")).text
    manager = await enter(app, MANAGER.email)
    assert none in (await manager.get("/why/plans")).text
    assert "4 t" in (await manager.get(f"/why/plans?organisation={ALPHA}")).text.replace("\N{NO-BREAK SPACE}", " ")
    assert none in (await manager.get(f"/why/plans?organisation={ALPHA}&month=2020-01-01")).text
    assert (await (await enter(app, BUYER.email)).get("/why/plans")).status_code == 403


async def test_a_quiet_link_stands_beside_contracts_limits_and_plans(opened: tuple[Shop, ASGIApp]) -> None:
    shop, app = opened
    await plan(shop, ALPHA, 4000)
    if SOON.month != TODAY.month:
        await plan(shop, ALPHA, 4000, SOON)
    order = await make_draft(shop)
    head = await enter(app, HEAD.email)
    home = (await head.get("/home")).text
    assert f'<a class="why" href="/why/limits/{CONTRACT}">' in home
    assert '<a class="why" href="/why/plans">' in home
    assert f'href="/why/contracts/{CONTRACT}"' in (await head.get("/contracts")).text
    assert f'<a class="why" href="/why/contracts/{CONTRACT}">' in (await head.get(f"/contracts/{CONTRACT}")).text
    page = (await head.get(f"/orders/{order}/products")).text
    assert f'<a class="why" href="/why/limits/{CONTRACT}">' in page
    assert "/why/plans?month=" in page
