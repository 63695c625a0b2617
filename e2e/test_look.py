"""The shared look: macros, shell and public pages in a real browser, under the portal's own security policy.

Pages are served with sample contexts, so that a fault here is one of the look and of nothing else.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from msgspec import Struct, convert
from playwright.sync_api import BrowserContext, Page, Route, expect

from tools.sample_server import serve_samples
from tools.samples import sample_pages

PAGES: Final = sorted(sample_pages("en", ""))
AXE: Final = """async () => (await axe.run({resultTypes: ["violations"]})).violations.flatMap(
  (rule) => rule.nodes.map((node) => ({rule: rule.id, where: node.target.join(" ")})))"""


class Violation(Struct, frozen=True):
    """One rule of axe broken in one place."""

    rule: str
    where: str


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """The samples instead of a portal."""
    with serve_samples() as address:
        yield address


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    def opened(path: str, width: int = 1440, height: int = 900, *, scripts: bool = True) -> Page:
        context = new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"/{path}", wait_until="networkidle")
        return page

    return opened


@pytest.mark.parametrize(("variant", "width"), [("ru/{}?theme=light", 1440), ("kk/{}?theme=dark", 390)])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_narrowest_phone_needs_no_sideways_scrolling(
    open_page: Callable[..., Page], axe_source: str, name: str, variant: str, width: int
) -> None:
    page = open_page(variant.format(name), width)
    page.evaluate(axe_source)
    assert convert(page.evaluate(AXE), list[Violation]) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_paper_is_white_in_the_dark_theme_too(open_page: Callable[..., Page]) -> None:
    page = open_page("kk/ui?theme=dark")
    colours = """() => [
      getComputedStyle(document.body).color, getComputedStyle(document.querySelector(".card")).backgroundColor]"""
    ink, paper = convert(page.evaluate(colours), list[str])
    page.emulate_media(media="print")
    printed_ink, printed_paper = convert(page.evaluate(colours), list[str])
    assert printed_paper == "rgb(255, 255, 255)" != paper
    assert printed_ink != ink
    expect(page.locator(".btn:visible")).to_have_count(0)


def test_the_first_visit_is_light(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui")
    loaded = convert(page.evaluate("() => performance.getEntriesByType('resource').map((e) => e.name)"), list[str])
    assert len(loaded) + 1 <= 12
    assert len([name for name in loaded if name.endswith((".css", ".js"))]) == 3


def test_quantity_moves_by_whole_packs_with_buttons_and_arrows(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui")
    pails = page.locator("#f-q-AL-5W30-020")
    page.get_by_role("button", name="Увеличить: Alatau Synth 5W-30").nth(1).click()
    expect(pails).to_have_value("48")
    pails.fill("50")
    pails.press("ArrowDown")
    expect(pails).to_have_value("48")
    pails.press("ArrowUp")
    expect(pails).to_have_value("72")
    pails.fill("10")
    pails.press("ArrowDown")
    pails.press("ArrowDown")
    expect(pails).to_have_value("0")
    tonnes = page.locator("#f-q-TU-HLP46-T")
    tonnes.press("ArrowUp")
    expect(tonnes).to_have_value("0,5")
    tonnes.fill("7,3")
    tonnes.press("ArrowUp")
    expect(tonnes).to_have_value("7,5")


def test_the_slash_goes_to_the_search_but_not_while_typing(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("a/b")
    expect(search).to_have_value("a/b")


def test_menus_close_on_escape_on_a_click_elsewhere_and_when_the_focus_leaves(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui")
    summary = page.locator("summary", has_text="Профиль")
    leave = page.get_by_role("button", name="Выйти", exact=True)
    summary.click()
    expect(leave).to_be_visible()
    page.keyboard.press("Escape")
    expect(leave).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    page.get_by_role("heading", level=1).click()
    expect(leave).to_be_hidden()
    summary.click()
    leave.focus()
    page.keyboard.press("Tab")
    expect(leave).to_be_hidden()


def test_the_theme_changes_at_once_and_the_server_is_told(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/tenants")
    page.locator("summary", has=page.locator("svg")).click()
    with page.expect_request("**/theme") as asked:
        page.get_by_role("button", name="Тёмная").click()
    assert "theme=dark" in (asked.value.post_data or "")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Тёмная")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 23)"


def test_a_dialog_opens_closes_and_gives_the_focus_back(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui")
    opener = page.get_by_role("link", name="Отменить заказ")
    dialog = page.get_by_role("dialog", name="Отменить заказ 0417?")
    opener.click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Назад").click()
    expect(dialog).to_be_hidden()


def test_errors_take_the_focus_and_lead_to_their_fields(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui")
    expect(page).to_have_title(re.compile("^Ошибка: "))
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Укажите номер партии с этикетки").click()
    expect(page.get_by_label("Номер партии")).to_be_focused()
    expect(page.get_by_label("Номер партии")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Номер партии")).to_have_accessible_description(re.compile("Укажите номер.*Например"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_opens_menu_and_filters_with_and_without_scripts(
    open_page: Callable[..., Page], *, scripts: bool
) -> None:
    page = open_page("ru/ui", 390, 844, scripts=scripts)
    menu = page.get_by_role("navigation", name="Главное меню")
    expect(menu).to_be_hidden()
    page.get_by_role("link", name="Ещё").click()
    expect(menu).to_be_visible()
    page.get_by_role("link", name="Закрыть меню").click()
    expect(menu).to_be_hidden()
    page.get_by_role("link", name="Фильтры").click()
    expect(page.get_by_role("complementary", name="Фильтры")).to_be_visible()
    if scripts:
        page.keyboard.press("Escape")
    else:
        page.get_by_role("link", name="Закрыть фильтры").click()
    expect(page.get_by_role("complementary", name="Фильтры")).to_be_hidden()


def test_filters_stay_open_and_in_place_when_a_partial_update_replaces_them(open_page: Callable[..., Page]) -> None:
    page = open_page("ru/ui", 390, 320)
    html = convert(page.locator("#gallery-filters").evaluate("(form) => form.outerHTML"), str)
    page.route("**/part", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.get_by_role("link", name="Фильтры").click()
    expect(page.get_by_role("link", name="Закрыть фильтры")).to_be_focused()
    sheet = page.get_by_role("complementary", name="Фильтры")
    sheet.evaluate("(element) => { element.scrollTop = 60; }")
    page.evaluate("() => htmx.ajax('GET', '/part', {target: '#gallery-filters', swap: 'outerHTML'})")
    page.wait_for_function("() => document.querySelector('#filters').scrollTop === 60")
    expect(sheet).to_be_visible()
    page.get_by_role("button", name="Показать").click()
    expect(sheet).to_be_hidden()


def test_the_skip_link_comes_first(open_page: Callable[..., Page]) -> None:
    page = open_page("kk/password")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Мазмұнына өту")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_late_fonts_move_nothing(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    page.add_init_script(
        "window.moved = 0;"
        "new PerformanceObserver((list) => { for (const shift of list.getEntries()) moved += shift.value; })"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    late: list[Route] = []
    page.route("**/*.woff2", lambda route: late.append(route))  # noqa: PLW0108 - a bound method cannot be marked
    page.goto("/kk/ui", wait_until="domcontentloaded")
    page.wait_for_function("() => performance.getEntriesByType('paint').length > 0")
    for route in late:
        route.continue_()
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    assert len(late) == 4
    assert page.evaluate("() => moved <= 0.05")
