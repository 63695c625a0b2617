"""The main job: a dealer orders in four steps and the stand-in ERP has the order, once."""

import re
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.ordering import NEXT, SUBMIT, begin, erp_number, goods_of, order_id, paste, submitted, written
from e2e.visits import Contexts, dealer, sign_in
from tests.support.portal import Portal
from tests.support.waiting import eventually

BACK_WITHIN_MS: Final = 30_000
REQUEST: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOWHERE: Final = "00000000-0000-4000-8000-000000000000"
PICKUP: Final = {
    "plate": "123 ABC 02",
    "driver_name": "Сериков Айдын",
    "driver_document": "040123456789",
    "proxy_number": "17",
    "proxy_valid_to": "2027-12-31",
}


def _ordered(page: Page) -> str:
    """Submit a small order of the first contract."""
    chosen = begin(page)
    paste(page, *(one.line for one in goods_of(page, chosen)))
    page.locator(NEXT).click()
    page.wait_for_url("**/check")
    return submitted(page)


def test_a_pasted_order_is_put_right_submitted_and_gets_its_erp_number_while_the_dealer_looks_on(
    new_context: Contexts, portal: Portal
) -> None:
    page = dealer(new_context, portal)
    goods = goods_of(page, begin(page, pickup=True))
    paste(page, goods[0].line, "НЕТ-ТАКОГО 5", f"{goods[1].quantity};{goods[1].sku}")
    expect(page.locator("#lines tbody tr")).to_have_count(2)
    expect(page.locator("ul.bad-lines input[name=text]")).to_have_value("НЕТ-ТАКОГО 5")
    expect(page.locator("ul.bad-lines .errmsg")).to_contain_text("НЕТ-ТАКОГО")
    draft = order_id(page)
    page.goto(f"/orders/{draft}/check")
    expect(page.locator(SUBMIT)).to_have_count(0)
    problems = page.locator(".errsum li a")
    steps = {(link.get_attribute("href") or "").partition("?")[0] for link in problems.all()}
    assert steps == {f"/orders/{draft}/products", f"/orders/{draft}/vehicle"}
    page.locator(".errsum a[href*='/products']").click()
    page.locator("ul.bad-lines button[value=drop]").click()
    expect(page.locator("ul.bad-lines")).to_have_count(0)
    page.locator(NEXT).click()
    page.wait_for_url("**/vehicle")
    for name, value in PICKUP.items():
        page.locator(f"[name='pickup.{name}']").fill(value)
    page.locator(NEXT).click()
    page.wait_for_url("**/check")
    expect(page.locator(".errsum")).to_have_count(0)
    ref = submitted(page)
    assert ref == draft
    page.evaluate("() => { window.isTheSamePage = true; }")
    expect(erp_number(page)).to_be_visible(timeout=BACK_WITHIN_MS)
    assert page.evaluate("() => window.isTheSamePage === true")
    assert [one.number for one in written(portal, ref)] == [erp_number(page).inner_text()]


def test_an_order_is_made_without_scripts(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal, java_script_enabled=False)
    ref = _ordered(page)

    def has_number() -> bool:
        page.reload()
        return erp_number(page).count() == 1

    assert eventually(has_number, BACK_WITHIN_MS / 1000)
    assert len(written(portal, ref)) == 1


def test_an_order_is_made_by_keyboard_alone(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    page.goto("/orders/new")
    contract = _walk_to(page, "select[name=contract_id]")
    page.keyboard.press("ArrowDown")
    goods = goods_of(page, contract.input_value())
    _walk_to(page, "select[name=address_id]")
    page.keyboard.press("ArrowDown")
    _press(page, NEXT, "**/products")
    _walk_to(page, "textarea[name=text]")
    for one in goods:
        page.keyboard.type(one.line.replace("\t", " "))
        page.keyboard.press("Enter")
    _press(page, "form[action$='/paste'] button", "**/products")
    expect(page.locator("#lines tbody tr")).to_have_count(len(goods))
    _press(page, NEXT, "**/check")
    _press(page, SUBMIT, re.compile(r"/orders/[0-9a-f-]{36}$"))
    expect(erp_number(page)).to_be_visible(timeout=BACK_WITHIN_MS)


def test_an_order_is_made_on_a_phone_and_nothing_scrolls_sideways(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal, viewport={"width": 390, "height": 844})
    goods = goods_of(page, begin(page))
    _fits(page)
    paste(page, *(one.line for one in goods), "НЕТ-ТАКОГО 5")
    _fits(page)
    page.locator("ul.bad-lines button[value=drop]").click()
    expect(page.locator("ul.bad-lines")).to_have_count(0)
    page.locator(NEXT).click()
    page.wait_for_url("**/check")
    _fits(page)
    submitted(page)
    expect(erp_number(page)).to_be_visible(timeout=BACK_WITHIN_MS)
    _fits(page)


def test_an_order_is_repeated_in_three_clicks(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    first = _ordered(page)
    page.goto("/orders")
    page.locator(f"[formaction='/orders/{first}/repeat']").click()
    page.wait_for_url("**/products")
    page.locator(NEXT).click()
    page.wait_for_url("**/check")
    second = submitted(page)
    assert second != first
    expect(erp_number(page)).to_be_visible(timeout=BACK_WITHIN_MS)
    assert len(written(portal, second)) == 1


def test_an_order_goes_to_the_archive_and_comes_back(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    begin(page)
    draft = order_id(page)
    name = page.locator(f"#rows a.name[href='/orders/{draft}']")
    page.goto("/orders")
    page.locator(f"[formaction='/orders/{draft}/archive']").click()
    expect(name).to_have_count(0)
    page.goto("/orders?view=archive")
    expect(name).to_be_visible()
    page.locator(f"#rows [formaction='/orders/{draft}/restore']").click()
    page.wait_for_url(f"**/orders/{draft}/**")
    page.goto("/orders")
    expect(name).to_be_visible()


# The second piece of news comes at a moment of fetching what the first one is about.
_TWICE: Final = """([word, moment]) => {
  [window.fetched, window.drawn] = [[], []];
  const tell = () => document.body.dispatchEvent(new CustomEvent(word));
  document.body.addEventListener("htmx:beforeSend", (event) => fetched.push(event.detail.xhr));
  document.body.addEventListener("htmx:afterSwap", (event) => drawn.push(event.detail.xhr));
  document.body.addEventListener(moment, () => setTimeout(tell), { once: true });
  tell();
}"""


def test_the_buttons_of_an_order_follow_its_state_while_one_looks_on(new_context: Contexts, portal: Portal) -> None:
    page, other = dealer(new_context, portal), dealer(new_context, portal)
    ref = _ordered(page)
    expect(erp_number(page)).to_be_visible(timeout=BACK_WITHIN_MS)
    page.evaluate("() => { window.isTheSamePage = true; }")
    cancel, archive = page.locator("#order-cancel"), page.locator("#order-archive")
    expect(cancel).to_be_visible()
    expect(archive).to_have_count(0)
    other.goto(f"/orders/{ref}/cancel")
    other.locator("form[action$='/cancel'] button").click()
    expect(cancel).to_have_count(0)
    expect(archive).to_be_visible(timeout=BACK_WITHIN_MS)
    expect(page.locator("#order-repeat")).to_be_visible()
    assert page.evaluate("() => window.isTheSamePage === true")


@pytest.mark.parametrize("moment", ["htmx:beforeRequest", "htmx:afterSwap"])
def test_news_that_comes_while_other_news_is_fetched_or_drawn_is_not_lost(
    new_context: Contexts, portal: Portal, moment: str
) -> None:
    page = dealer(new_context, portal)
    ref = _ordered(page)
    expect(erp_number(page)).to_be_visible(timeout=BACK_WITHIN_MS)
    for address, word in ((f"/orders/{ref}", f"live:order:{ref}"), ("/orders", "live:order")):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.evaluate(_TWICE, [word, moment])
        page.wait_for_function("() => window.drawn.length > 0 && window.drawn.at(-1) === window.fetched.at(-1)")
        assert page.evaluate("() => window.fetched.length") == 2


def test_another_companys_order_reads_like_one_that_does_not_exist(new_context: Contexts, portal: Portal) -> None:
    mine, theirs = dealer(new_context, portal, 0), dealer(new_context, portal, 1)
    ref = _ordered(mine)
    seen: list[tuple[int, str]] = []
    for one in (ref, NOWHERE):
        answer = theirs.goto(f"/orders/{one}")
        assert answer is not None
        # Every answer has a number of its own; nothing else may differ.
        seen.append((answer.status, REQUEST.sub("", theirs.locator("main").inner_text())))
    assert seen[0] == seen[1]
    assert seen[0][0] == 404
    assert theirs.request.get(f"/api/v1/orders/{ref}").status == 404
    theirs.goto("/orders")
    expect(theirs.locator(f"a[href='/orders/{ref}']")).to_have_count(0)


def test_the_manager_sees_the_order_with_its_buyer(new_context: Contexts, portal: Portal) -> None:
    account = portal.account("distributor_head")
    ref = _ordered(dealer(new_context, portal))
    manager = new_context().new_page()
    sign_in(manager, portal.account("manager_full"), "ru")
    manager.goto("/orders")
    row = manager.locator(f"#rows tr:has(a[href='/orders/{ref}'])")
    expect(row).to_contain_text(account.organisation)
    row.locator("a.name").click()
    expect(manager.locator(".head")).to_contain_text(account.organisation)
    expect(erp_number(manager)).to_be_visible(timeout=BACK_WITHIN_MS)


def _walk_to(page: Page, selector: str) -> Locator:
    """Press Tab until the element has the focus."""
    wanted = page.locator(selector).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return wanted
    message = f"Tab never reaches {selector}"
    raise AssertionError(message)


def _press(page: Page, selector: str, leads_to: str | re.Pattern[str]) -> None:
    _walk_to(page, selector)
    with page.expect_navigation(url=leads_to):
        page.keyboard.press("Enter")


def _fits(page: Page) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), page.url
