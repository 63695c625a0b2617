"""The access matrix with a keyboard: cells are walked, opened beside the matrix, changed and given up again."""

from typing import Final, cast

from playwright.sync_api import Page, expect

from e2e.visits import Contexts, sign_in
from tests.support.portal import Portal

_FEW: Final = 10


def _at(page: Page) -> str:
    return str(cast("object", page.evaluate("() => document.activeElement.id")))


def _presses_into(page: Page, place: str) -> int:
    """How often Tab is pressed until the focus is in ``place``, at most twice what is few."""
    for count in range(2 * _FEW):
        if page.evaluate(f"() => !!document.activeElement.closest({place!r})"):
            return count
        page.keyboard.press("Tab")
    return 2 * _FEW


def test_cells_are_walked_opened_and_changed_with_the_keyboard(new_context: Contexts, portal: Portal) -> None:
    page = new_context().new_page()
    sign_in(page, portal.account("admin"), "ru")
    page.goto("/access?columns=groups")
    page.locator("#c-limit-view-2").focus()
    for key, expected in (
        ("ArrowRight", "c-limit-view-3"),
        ("ArrowUp", "c-consignee-view-3"),
        ("ArrowDown", "c-limit-view-3"),
        ("Home", "c-limit-view-0"),
        ("ArrowLeft", "c-limit-view-0"),
        ("End", "c-limit-view-4"),
    ):
        page.keyboard.press(key)
        assert _at(page) == expected, key
    page.locator("#c-limit-view-2").focus()
    with page.expect_response("**/access?**cell=limit**"):
        page.keyboard.press("Enter")
    expect(page.locator("#cell h2")).to_have_text("Видеть лимиты и долг")
    assert _at(page) == "c-limit-view-2"
    assert _presses_into(page, "#cell") < _FEW, "all other cells stand in the way"
    page.locator("#cell button[value='own:org']").press("Enter")
    expect(page.locator("#c-limit-view-2.changed")).to_contain_text("Свои")
    # What is inherited changes with it and says so.
    expect(page.locator("a.cell.changed")).to_have_count(1)
    expect(page.locator("aside .trio").first).to_be_visible()
    page.locator("form[action$='/drop'] button").press("Enter")
    expect(page.locator("a.cell.changed")).to_have_count(0)


def test_the_matrix_works_without_scripts(new_context: Contexts, portal: Portal) -> None:
    page = new_context(java_script_enabled=False).new_page()
    account = portal.account("admin")
    page.goto(f"/ru/{account.tenant}/sign-in")
    page.locator("input[name=login]").fill(account.login)
    page.locator("input[name=password]").fill(account.password)
    page.locator("main button.pri[type=submit]").click()
    page.goto("/access?columns=groups")
    page.locator("#c-plan-view-2").click()
    page.locator("#cell button[value='blocked']").click()
    page.goto("/access?columns=groups")
    expect(page.locator("#c-plan-view-2.changed")).to_have_count(1)
    page.locator("aside a[href$='/preview']").click()
    expect(page.locator(".trio")).to_be_visible()
    page.goto("/access")
    page.locator("form[action$='/drop'] button").click()
    expect(page.locator("a.cell.changed")).to_have_count(0)
