"""Asking why in a browser: the quiet link answers over the page, and without scripts on a page of its own."""

from typing import cast

from playwright.sync_api import Page, expect

from e2e.visits import Contexts, dealer, sign_in, violations
from tests.support.portal import Portal


def _focused(page: Page) -> str:
    return str(cast("object", page.evaluate("() => document.activeElement.className")))


def test_a_price_says_where_it_comes_from_and_the_place_is_kept(
    new_context: Contexts, portal: Portal, axe_source: str
) -> None:
    page = dealer(new_context, portal)
    page.goto("/catalog")
    link = page.locator("tbody a.why").first
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#why")
    expect(dialog).to_be_visible()
    expect(dialog.locator(".why-offers li").first).to_contain_text("Договор")
    expect(dialog).to_contain_text("Подтверждено 1С:ERP")
    assert violations(page, axe_source) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert (_focused(page), page.url.endswith("/catalog")) == ("why", True)


def test_the_same_without_scripts_is_a_page(new_context: Contexts, portal: Portal) -> None:
    page = new_context(java_script_enabled=False).new_page()
    account = portal.account("distributor_head")
    page.goto(f"/ru/{account.tenant}/sign-in")
    page.locator("input[name=login]").fill(account.login)
    page.locator("input[name=password]").fill(account.password)
    page.locator("main button.pri[type=submit]").click()
    page.goto("/catalog")
    page.locator("tbody a.why").first.click()
    expect(page.locator(".why-offers li").first).to_contain_text("Договор")
    page.locator("input[name=code]").fill("NO-SUCH-1")
    page.locator("main form .btn.pri").click()
    expect(page.locator(".why-none")).to_contain_text("Не найдено в ваших соглашениях. Спросите своего менеджера.")


def test_one_user_is_checked_with_the_keyboard(new_context: Contexts, portal: Portal, axe_source: str) -> None:
    page = new_context().new_page()
    sign_in(page, portal.account("admin"), "ru")
    page.goto("/access")
    page.locator("main a[href='/access/check']").press("Enter")
    person = portal.account("distributor_manager").login
    page.locator("input[name=who]").fill(person)
    page.keyboard.press("Enter")
    page.locator("main ul.exceptions a").first.press("Enter")
    page.locator("ul.rights a[href*='limit%3Aview']").press("Enter")
    page.locator("input[name=find]").fill("2")
    page.keyboard.press("Enter")
    page.locator("main ul.exceptions a").first.press("Enter")
    expect(page.locator(".verdict.bad h2")).to_have_text("Нет доступа")
    expect(page.locator(".answer .fail").first).to_be_visible()
    assert violations(page, axe_source) == []
    page.locator(".remedies button").press("Enter")
    expect(page.locator("#cell .spoken li.plus").first).to_be_visible()
    page.locator("form[action$='/drop'] button").press("Enter")


def test_an_administrator_sees_as_somebody_and_comes_back(
    new_context: Contexts, portal: Portal, axe_source: str
) -> None:
    page = new_context().new_page()
    sign_in(page, portal.account("admin"), "ru")
    page.goto(f"/access/check?who={portal.account('distributor_manager').login}")
    page.locator("main ul.exceptions a").first.click()
    page.locator("textarea[name=reason]").fill("Покупатель не видит свой договор")
    page.locator("form[action='/access/see-as'] button").click()
    strip = page.locator(".strip.warn form[action='/see-as/end']")
    expect(strip).to_be_visible()
    assert violations(page, axe_source) == []
    page.goto("/orders")
    expect(strip).to_be_visible()
    # What the person could do is shown, and refused with words.
    page.goto("/orders/new")
    expect(strip).to_be_visible()
    strip.locator("button").click()
    expect(page.locator(".strip form[action='/see-as/end']")).to_have_count(0)
    expect(page.locator("#menu a[href='/access']")).to_have_count(1)
