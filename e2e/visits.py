"""What a visitor does on every journey: sign in, choose a language and a theme, wait for a quiet page."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, convert
from playwright.sync_api import BrowserContext, Page

from app.cli.show import Account
from tests.support.portal import Portal

Contexts = Callable[..., BrowserContext]

AXE: Final = """async () => (await axe.run({resultTypes: ["violations"]})).violations.flatMap(
  (rule) => rule.nodes.map((node) => ({rule: rule.id, where: node.target.join(" ")})))"""
# A switch may wait in a closed menu on a phone; its form is the same everywhere.
_PRESS: Final = "(button) => button.form.requestSubmit(button)"


class Violation(Struct, frozen=True):
    """One rule of axe broken in one place."""

    rule: str
    where: str


def sign_in(page: Page, account: Account, locale: str = "") -> None:
    """Sign in by the form of the person's manufacturer, and speak a language if one is named."""
    page.goto(f"/ru/{account.tenant}/sign-in")
    page.locator("input[name=login]").fill(account.login)
    page.locator("input[name=password]").fill(account.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/home")
    if locale:
        speak(page, locale)


def dealer(new_context: Contexts, portal: Portal, number: int = 0, **options: object) -> Page:
    """Sign the head of a distributor in, in Russian, in a context of their own."""
    page = new_context(**options).new_page()
    sign_in(page, portal.account("distributor_head", number), "ru")
    return page


def speak(page: Page, locale: str) -> None:
    """Choose the language of the cabinet; the page loads again in it."""
    with page.expect_navigation():
        page.locator(f'form[action="/me/language"] button[value="{locale}"]').first.evaluate(_PRESS)


def paint(page: Page, theme: str) -> None:
    """Choose the theme of the cabinet; a script paints at once and tells the server without leaving the page."""
    with page.expect_response("**/me/theme"):
        page.locator(f'form[action="/me/theme"] button[value="{theme}"]').first.evaluate(_PRESS)


def violations(page: Page, axe_source: str) -> list[Violation]:
    """What the accessibility checker finds on the page as it stands."""
    page.evaluate(axe_source)
    return convert(page.evaluate(AXE), list[Violation])
