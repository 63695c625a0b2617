"""A draft that saves itself: what is pressed or typed while a saving is on its way never collides with it."""

from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from e2e.ordering import NEXT, Goods, begin, goods_of, order_id, paste
from e2e.visits import Contexts, dealer
from tests.support.portal import Portal
from tests.support.waiting import eventually

# The second press finds the first one on its way.
PRESS_TWICE = """(button) => {
  const press = () => document.querySelector(button).click();
  press();
  setTimeout(press, 500);
}"""


def test_a_draft_sent_while_it_saves_itself_does_not_collide_with_itself(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    begin(page)
    page.goto(f"/orders/{order_id(page)}/details")
    kept: list[Route] = []
    page.route("**/details", lambda route: kept.append(route) if not kept else route.continue_())
    page.locator("textarea[name=comment]").fill("До обеда")
    page.locator("input[name=customer_number]").fill("З-17")
    page.wait_for_function("() => document.activeElement.name === 'customer_number'")
    assert eventually(lambda: page.wait_for_timeout(50) is None and len(kept) == 1)
    page.locator(NEXT).click()
    kept[0].continue_()
    page.wait_for_url("**/products")


def _line(page: Page, place: int = 0) -> Locator:
    return page.locator(f"[name='lines[{place}].quantity']")


class Held:
    """The first posting of a step: the server has it, the browser waits for the answer until the test lets go."""

    def __init__(self, page: Page, path: str) -> None:
        self._route: Route | None = None
        self._answer: APIResponse | None = None
        page.route(f"**{path}", self._take)

    def _take(self, route: Route) -> None:
        if route.request.method == "POST" and self._route is None:
            self._route = route
            self._answer = route.fetch(max_redirects=0)
        else:
            route.continue_()

    def wait(self, page: Page) -> None:
        """Wait until the server has it."""
        assert eventually(lambda: page.wait_for_timeout(20) is None and self._answer is not None)

    def let_go(self) -> None:
        """Let the browser have the answer."""
        assert self._route is not None
        self._route.fulfill(response=self._answer)


def _draft_of_two(page: Page) -> list[Goods]:
    goods = goods_of(page, begin(page))
    paste(page, *(one.line for one in goods))
    return goods


def test_next_pressed_while_quantities_are_saved_waits_for_them(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    [first, _] = _draft_of_two(page)
    held = Held(page, "/products")
    _line(page).fill(str(first.quantity * 2))
    _line(page).blur()
    held.wait(page)
    page.locator(NEXT).click()
    page.wait_for_timeout(300)
    held.let_go()
    page.wait_for_url("**/check")
    page.goto(page.url.replace("/check", "/products"))
    expect(_line(page)).to_have_value(str(first.quantity * 2))


def test_next_pressed_twice_is_pressed_once(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    [first, _] = _draft_of_two(page)
    held = Held(page, "/products")
    _line(page).fill(str(first.quantity * 2))
    page.evaluate(PRESS_TWICE, NEXT)
    held.wait(page)
    page.wait_for_timeout(800)
    held.let_go()
    page.wait_for_url("**/check")


def test_a_quantity_typed_while_another_is_saved_stays_typed(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    [first, second] = _draft_of_two(page)
    held = Held(page, "/products")
    _line(page).fill(str(first.quantity * 2))
    _line(page).blur()
    held.wait(page)
    _line(page, 1).fill(str(second.quantity * 3))
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        held.let_go()
    assert saved.value.status == 200
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        expect(_line(page, 1)).to_have_value(str(second.quantity * 3))
    assert saved.value.status == 200
    page.reload()
    expect(_line(page)).to_have_value(str(first.quantity * 2))
    expect(_line(page, 1)).to_have_value(str(second.quantity * 3))


def test_pasting_waits_for_the_quantities_typed_before(new_context: Contexts, portal: Portal) -> None:
    page = dealer(new_context, portal)
    [first, second] = _draft_of_two(page)
    page.locator("textarea[name=text]").fill(second.line)
    _line(page).fill(str(first.quantity * 2))
    with page.expect_navigation():
        page.locator("form[action$='/paste'] button").click()
    expect(page.locator("main")).not_to_contain_text("сохранил")
    expect(_line(page)).to_have_value(str(first.quantity * 2))
    expect(_line(page, 1)).to_have_value(str(second.quantity * 2))
