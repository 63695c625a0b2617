"""A round of all pages of one person, and what can be wrong with a page without reading it."""

import itertools
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct, convert
from playwright.sync_api import Page, Response

from app.infra.i18n.catalogue import read_catalogue, without_context
from app.infra.i18n.languages import LANGUAGES, SOURCE
from e2e.visits import violations
from tests.support.databases import ROOT

ALWAYS: Final = ("/profile", "/profile/password", "/profile/second-factor", "/notifications", "/search?q=no-such")
NOWHERE: Final = "/no-such-page"
STEPS: Final = ("details", "products", "vehicle", "check")
# Where a list of the menu leads: the list, and the link to one thing in it.
DEEPER: Final = (
    ("/orders", "#rows a.name"),
    ("/catalog", "tbody a.name"),
    ("/contracts", "main tbody a[href^='/contracts/']"),
    ("/contracts", "main tbody a.why"),
    ("/home", "main a.why[href^='/why/limits/']"),
    ("/home", "main a.why[href^='/why/plans']"),
    ("/access", "main a[href='/access/check']"),
    ("/users", "main tbody a.name"),
    ("/users", ".head a[href='/users/invitations']"),
    ("/users", ".head a[href='/users/invitations/new']"),
    ("/users", ".head a[href='/users/second-factor']"),
    ("/erp", ".tabs a[href='/erp/messages']"),
    ("/erp/messages", "main tbody a.name"),
    ("/erp", ".tabs a[href='/erp/conflicts']"),
    ("/erp/conflicts", "main tbody a.name"),
    ("/erp", ".tabs a[href='/erp/comparisons']"),
    ("/erp/comparisons", "main tbody a.name"),
    ("/erp", ".tabs a[href='/erp/mapping']"),
)
# Lists whose every link is a page of its own kind.
# Lists whose every link is a page of its own kind.
WHOLE: Final = (("/settings", "main a[href^='/']"),)
EMPTY: Final = {
    "/users": "/users?q=no-such",
    "/orders": "/orders?q=no-such",
    "/catalog": "/catalog?q=qqqqqqqq",
    "/audit": "/audit?q=no-such",
}
_LINKS: Final = "(links) => [...new Set(links.map((link) => link.getAttribute('href')))]"
_WIDER: Final = "() => document.documentElement.scrollWidth > innerWidth"
# What a reader sees or hears in the language of the page; parts in another language say so themselves.
_TEXTS: Final = """() => {
  const own = (node) => node.closest("[lang]") === document.documentElement;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [document.title];
  while (walker.nextNode()) if (own(walker.currentNode.parentElement)) texts.push(walker.currentNode.data.trim());
  for (const name of ["aria-label", "title", "placeholder", "data-label"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (own(element)) texts.push(element.getAttribute(name));
  return texts.filter((text) => text);
}"""


class View(Struct, frozen=True):
    """How somebody looks at the portal."""

    locale: str
    theme: str
    width: int

    def __str__(self) -> str:
        """The name of the view in tests and folders."""
        return f"{self.locale}-{self.theme}-{self.width}"


SAMPLE: Final = (View("ru", "light", 1440), View("kk", "dark", 390))
VIEWS: Final = tuple(View(*one) for one in product(LANGUAGES, ("light", "dark"), (1440, 390)))


def every_path(page: Page, *, closely: bool) -> list[str]:
    """All addresses this person is led to; ``closely`` also each saved view and one thing in each of them."""
    page.goto("/home")
    menu = _links(page, "#menu a[href^='/']")
    assert "/home" in menu
    paths = [*menu, *(path for path in ALWAYS if path not in menu), *(EMPTY[path] for path in menu if path in EMPTY)]
    for listed, link in DEEPER:
        if listed in menu or listed.rpartition("/")[0] in menu:
            paths += _first(page, listed, link)
    for listed, links in WHOLE:
        if listed in menu:
            page.goto(listed)
            paths += _links(page, links)
    if "/orders" in menu and closely:
        page.goto("/orders")
        for view in _links(page, ".tabs a[href*='view=']"):
            paths += [view, *_first(page, view, "#rows a.name")]
    page.goto("/orders")
    if page.locator("main a[href='/orders/new']").count():
        paths += ["/orders/new", *_steps(page)]
    return list(dict.fromkeys(paths))


def faults_at(page: Page, axe_source: str, path: str, locale: str) -> list[str]:
    """What is wrong with one page, so that one run names the faults of all pages."""
    return [f"{path}: {fault}" for fault in _faults(page, page.goto(path), axe_source, path, locale)]


def picture(page: Page, folder: Path, path: str) -> None:
    """Keep how the page looks, under a name one finds again; one of many orders does not cover another."""
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", path).strip("/").replace("/", "-") or "start"
    name = re.sub(r"[^\w-]+", "_", name)
    folder.mkdir(parents=True, exist_ok=True)
    file = next(file for count in itertools.count(1) if not (file := folder / f"{name}-{count}.png").exists())
    page.screenshot(path=file, full_page=True)


def _faults(page: Page, answer: Response | None, axe_source: str, path: str, locale: str) -> Iterator[str]:
    expected = 404 if path == NOWHERE else 200
    if answer is None or answer.status != expected:
        yield f"does not answer {expected}"
    if page.locator("html").get_attribute("lang") != locale:
        yield "speaks another language"
    if page.evaluate(_WIDER):
        yield "scrolls sideways"
    left = _untranslated(locale).intersection(convert(page.evaluate(_TEXTS), list[str]))
    yield from (f"is not translated: {text}" for text in sorted(left))
    yield from (f"{one.rule} at {one.where}" for one in violations(page, axe_source))


@cache
def _untranslated(locale: str) -> frozenset[str]:
    """English texts that nobody who chose this language may meet."""
    if locale == SOURCE:
        return frozenset()
    known = read_catalogue(ROOT / "locales", locale).single
    return frozenset(without_context(key) for key, text in known.items() if text != without_context(key))


def _links(page: Page, selector: str) -> list[str]:
    return convert(page.locator(selector).evaluate_all(_LINKS), list[str])


def _first(page: Page, listed: str, link: str) -> list[str]:
    page.goto(listed)
    return _links(page, link)[:1]


def _steps(page: Page) -> list[str]:
    """Begin a self-pickup draft with a line that cannot be read, and name its steps and what led to it."""
    page.goto("/orders/new")
    clients = page.locator("select[name=partner]")
    if clients.count():
        clients.select_option(index=1)
        page.locator("main form .btn.pri").click()
    began = page.url
    page.locator("select[name=contract_id]").select_option(index=1)
    page.locator("input[name=delivery][value=pickup]").check(force=True)
    page.locator("button[name=do][value=next]").click()
    page.wait_for_url("**/products")
    page.locator("textarea[name=text]").fill("NO-SUCH 5")
    page.locator("form[action$='/paste'] button").click()
    page.locator("ul.bad-lines input[name=text]").wait_for()
    begun, draft = (urlsplit(url) for url in (began, page.url.removesuffix("/products")))
    discard = _links(page, "main .head a[href$='/cancel']")  # not everybody who may begin may discard
    return [begun._replace(scheme="", netloc="").geturl(), *(f"{draft.path}/{step}" for step in STEPS), *discard]
