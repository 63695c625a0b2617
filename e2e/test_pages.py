"""Every page of every cabinet: nothing for the accessibility checker, nothing sideways, no complaint."""

from collections.abc import Callable
from typing import Final

import pytest
from msgspec import convert
from playwright.sync_api import BrowserContext, Page

from e2e.visits import paint, sign_in, speak, violations
from tests.support.portal import Portal

PUBLIC: Final = ("/", "/{0}/alatau", "/{0}/alatau/sign-in")
# Each shows templates the others do not; what a role may see at all is proved by the access tests.
ROLES: Final = ("distributor_head", "forwarder", "manager_full", "admin")
SEEN: Final = (("ru", "light", 1440), ("kk", "dark", 390))
ALWAYS: Final = ("/profile", "/profile/password")
ORDERS: Final = ("/orders/new", "/orders?view=archive", "/search?q=no-such")
STEPS: Final = ("details", "products", "vehicle", "check", "cancel")
_LINKS: Final = """() => [...new Set([...document.querySelectorAll("#menu a[href^='/']")]
  .map((link) => link.getAttribute("href")))]"""


@pytest.mark.parametrize(("locale", "theme", "width"), SEEN)
def test_public_pages_are_accessible(
    new_context: Callable[..., BrowserContext], axe_source: str, portal: Portal, locale: str, theme: str, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 900}, color_scheme=theme, locale=locale).new_page()
    faults = [fault for path in PUBLIC for fault in _faults(page, axe_source, portal.url + path.format(locale), locale)]
    assert faults == []


@pytest.mark.parametrize(("locale", "theme", "width"), SEEN)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_cabinet_is_accessible(  # noqa: PLR0917 - fixtures and parameters arrive by name
    new_context: Callable[..., BrowserContext],
    axe_source: str,
    portal: Portal,
    role: str,
    locale: str,
    theme: str,
    width: int,
) -> None:
    page = new_context(viewport={"width": width, "height": 900}).new_page()
    sign_in(page, portal.account(role))
    speak(page, locale)
    paint(page, theme)
    paths = convert(page.evaluate(_LINKS), list[str])
    assert "/home" in paths
    paths += [one for menu, link in _DEEPER if menu in paths and (one := _first(page, menu, link))]
    if role == "distributor_head":
        paths += [*ORDERS, *_steps(page)]
    assert [fault for path in [*paths, *ALWAYS] for fault in _faults(page, axe_source, path, locale)] == []


# Where a list of the menu leads: the list, and the link to one thing in it.
_DEEPER: Final = (
    ("/orders", "#rows a.name"),
    ("/catalog", "tbody a.name"),
    ("/contracts", "main tbody a[href^='/contracts/']"),
)


def _first(page: Page, listed: str, link: str) -> str:
    page.goto(listed)
    found = page.locator(link)
    return (found.first.get_attribute("href") or "") if found.count() else ""


def _steps(page: Page) -> list[str]:
    """Begin a self-pickup draft with a line that cannot be read, and name its steps."""
    page.goto("/orders/new")
    page.locator("select[name=contract_id]").select_option(index=1)
    page.locator("input[name=delivery][value=pickup]").check(force=True)
    page.locator("button[name=do][value=next]").click()
    page.wait_for_url("**/products")
    page.locator("textarea[name=text]").fill("NO-SUCH 5")
    page.locator("form[action$='/paste'] button").click()
    page.locator("ul.bad-lines input[name=text]").wait_for()
    draft = page.url.split("/products")[0]
    return [f"{draft}/{step}" for step in STEPS]


def _faults(page: Page, axe_source: str, path: str, locale: str) -> list[str]:
    """What is wrong with one page, so that one run names the faults of all pages."""
    answer = page.goto(path)
    faults: list[str] = []
    if answer is None or answer.status != 200:
        faults.append("does not answer 200")
    if page.locator("html").get_attribute("lang") != locale:
        faults.append("speaks another language")
    if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
        faults.append("scrolls sideways")
    faults += [f"{one.rule} at {one.where}" for one in violations(page, axe_source)]
    return [f"{path}: {fault}" for fault in faults]
