"""The shared scripts: autosave, partial updates, the live line. Answers are given by the test itself."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, WebSocketRoute, expect

from tools.sample_server import serve_samples

SAVED = '<span class="saved" id="saved" data-announce>Черновик сохранён в 14:06</span>'
# The body says where the live line is; scripts run after this event.
GO_LIVE = """document.addEventListener("readystatechange", () => {
  if (document.readyState === "interactive") document.body.dataset.live = "/ws";
});"""


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """The samples instead of a portal."""
    with serve_samples() as address:
        yield address


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    page = new_context().new_page()
    page.goto("/ru/ui", wait_until="networkidle")
    return page


def answer(page: Page, path: str, *answers: tuple[int, str]) -> list[Request]:
    """Answer requests for ``path`` one after another, the last answer for ever; gives what was asked."""
    asked: list[Request] = []

    def fulfil(route: Route) -> None:
        asked.append(route.request)
        status, html = answers[min(len(asked), len(answers)) - 1]
        route.fulfill(status=status, body=html, content_type="text/html; charset=utf-8")

    page.route(f"**{path}", fulfil)
    return asked


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Let the browser work until something is so."""
    for _ in range(250):
        if condition():
            return
        page.wait_for_timeout(20)
    pytest.fail("it never came about")


def ask(page: Page, path: str = "/part") -> None:
    page.evaluate("(path) => htmx.ajax('GET', path, {target: '#results', swap: 'innerHTML'})", path)


def test_a_draft_is_saved_after_a_pause_with_the_form_token(page: Page) -> None:
    asked = answer(page, "/draft", (200, SAVED))
    page.get_by_label("Что произошло").press_sequentially("abc")
    expect(page.locator("#saved")).to_have_text("Черновик сохранён в 14:06")
    assert len(asked) == 1
    assert asked[0].headers["x-csrf-token"] == "sample"
    assert "abc" in (asked[0].post_data or "")
    expect(page.locator("#live")).to_have_text("Черновик сохранён в 14:06")


def test_a_choice_is_saved_at_once_and_changes_meanwhile_follow(page: Page) -> None:
    asked = answer(page, "/draft", (200, SAVED))
    page.get_by_label("Количество Недостача, не тот товар").check()
    page.get_by_label("Документы пришлю позже").uncheck()
    expect(page.locator("#saved")).to_have_text("Черновик сохранён в 14:06")
    until(page, lambda: "follow" not in (asked[-1].post_data or ""))
    assert "claim=quantity" in (asked[-1].post_data or "")


@pytest.mark.expects_console("status of 412")
def test_a_conflict_is_drawn_like_an_answer(page: Page) -> None:
    answer(page, "/draft", (412, '<div class="note warn" id="saved">Черновик изменил другой человек</div>'))
    page.get_by_label("Что произошло").fill("abc")
    expect(page.locator("#saved")).to_have_text("Черновик изменил другой человек")


@pytest.mark.expects_console("status of 503")
def test_a_failed_save_says_so_and_the_next_change_tries_again(page: Page) -> None:
    answer(page, "/draft", (503, "<p data-problem>Временно недоступно</p>"), (200, SAVED))
    text = page.get_by_label("Что произошло")
    text.fill("abc")
    expect(page.locator("#saved")).to_have_text("Пока не сохранено: сервер не ответил")
    text.fill("abcd")
    expect(page.locator("#saved")).to_have_text("Черновик сохранён в 14:06")


@pytest.mark.expects_console("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
def test_without_a_line_the_draft_waits_and_goes_when_the_line_is_back(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.get_by_text("Нет связи.")).to_be_visible()
    page.get_by_label("Что произошло").fill("abc")
    expect(page.locator("#saved")).to_have_text("Пока не сохранено: нет связи")
    answer(page, "/draft", (200, SAVED))
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("Черновик сохранён в 14:06")
    expect(page.get_by_text("Нет связи.")).to_be_hidden()


def test_a_partial_update_is_announced(page: Page) -> None:
    answer(page, "/part", (200, "<b data-announce>7 товаров</b>"))
    ask(page)
    expect(page.locator("#live")).to_have_text("7 товаров")


@pytest.mark.expects_console("status of 422|Response Status Error Code 422")
def test_a_form_that_came_back_is_drawn_and_its_summary_takes_the_focus(page: Page) -> None:
    answer(page, "/part", (422, '<div class="errsum" role="alert" tabindex="-1">Две ошибки</div>'))
    ask(page)
    expect(page.locator("#results").get_by_role("alert")).to_be_focused()


@pytest.mark.expects_console("status of 40[03]|Response Status Error Code 40[03]")
@pytest.mark.parametrize("status", [400, 403])
def test_a_bare_failure_becomes_a_toast_and_leaves_the_page_as_it_was(page: Page, status: int) -> None:
    answer(page, "/part", (status, "<div><h1>Нет доступа</h1><p data-problem>Ваша роль этого не позволяет.</p></div>"))
    ask(page)
    expect(page.get_by_role("region", name="Сообщения")).to_contain_text("Ваша роль этого не позволяет.")
    expect(page.locator("#results")).to_contain_text("Alatau Synth")


@pytest.mark.expects_console("TrustedHTML|Trusted Types")
@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p><script>document.title = 'caught'</script>",
        "<img src='data:,' onerror=\"document.title = 'caught'\">",
        "<img/onerror=\"document.title = 'caught'\" src='data:,'>",
        "<a href=' javascript:alert(1)'>x</a>",
        "<svg><a href=javascript:alert(1)>x</a></svg>",
    ],
)
def test_html_that_carries_scripts_is_refused(page: Page, html: str) -> None:
    parse = "(html) => { try { document.createElement('p').innerHTML = html; return ''; } catch { return 'refused'; } }"
    assert page.evaluate(parse, html) == "refused"
    assert page.title() != "caught"


def test_words_that_only_look_like_handlers_pass(page: Page) -> None:
    answer(page, "/part", (200, "<p>Sum based on price = 5, on-call = yes</p>"))
    ask(page)
    expect(page.locator("#results")).to_have_text("Sum based on price = 5, on-call = yes")


class Line:
    """The server's side of the live line."""

    def __init__(self, context: BrowserContext) -> None:
        self.hellos: list[dict[str, object]] = []
        self.sockets: list[WebSocketRoute] = []
        context.route_web_socket("**/ws", self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        socket.on_message(lambda message: self.hellos.append(msgspec.json.decode(message, type=dict[str, object])))

    def say(self, **message: object) -> None:
        self.sockets[-1].send(msgspec.json.encode(message).decode())


@pytest.fixture
def line(new_context: Callable[..., BrowserContext]) -> tuple[Line, Page]:
    context = new_context()
    context.add_init_script(GO_LIVE)
    line, page = Line(context), context.new_page()
    page.goto("/ru/ui")
    until(page, lambda: len(line.hellos) == 1)
    return line, page


def test_the_live_line_says_where_it_stopped(line: tuple[Line, Page]) -> None:
    server, page = line
    assert server.hellos == [{"type": "hello", "since": None}]
    page.evaluate(
        "() => { window.seen = []; for (const name of ['live:order', 'live:order:7'])"
        " document.body.addEventListener(name, (event) => window.seen.push([name, event.detail.id])); }"
    )
    server.say(type="order", key="7", id="3:a")
    server.say(type="order", key="8", id="4:b")
    page.wait_for_function("() => window.seen.length === 3")
    assert page.evaluate("() => window.seen") == [["live:order", "3:a"], ["live:order:7", "3:a"], ["live:order", "4:b"]]
    server.sockets[-1].close(code=1012)
    until(page, lambda: len(server.hellos) == 2)
    assert server.hellos[1] == {"type": "hello", "since": "4:b"}


def test_the_bell_counts_and_a_word_is_shown_and_spoken(line: tuple[Line, Page]) -> None:
    server, page = line
    server.say(type="notification", id="1", unread=120, toast="Заказ 0417 принят", tone="ok")
    expect(page.locator("#bell-count")).to_have_text("99+")
    expect(page.get_by_role("region", name="Сообщения")).to_contain_text("Заказ 0417 принят")
    expect(page.locator("#live")).to_have_text("Заказ 0417 принят")
    page.get_by_role("region", name="Сообщения").get_by_role("button", name="Закрыть сообщение").click()
    expect(page.get_by_role("region", name="Сообщения")).not_to_contain_text("Заказ 0417 принят")
    server.say(type="notification", id="2", unread=0)
    expect(page.locator("#bell-count")).to_be_hidden()


def test_when_rights_end_the_page_loads_anew_but_never_in_a_circle(line: tuple[Line, Page]) -> None:
    server, page = line
    with page.expect_navigation():
        server.sockets[-1].close(code=1008)
    until(page, lambda: len(server.hellos) == 2)
    page.evaluate("() => { window.stayed = true; }")
    server.sockets[-1].close(code=1008)
    page.wait_for_timeout(500)  # nothing may happen: neither a reload nor a new attempt
    assert page.evaluate("() => window.stayed") is True
    assert len(server.hellos) == 2
