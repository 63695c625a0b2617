"""One portal and one Chromium for the run, a context for each test; no page may complain."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, WebError

from tests.support.portal import Portal, running_portal
from tools.chromium import ensure_chromium, launch_arguments

# A page that answers 4xx on purpose is named by the browser as a failed load of itself.
DESK: Mapping[str, object] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
OWN_ANSWER = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


def pytest_configure(config: pytest.Config) -> None:
    """Make known the marker for a test that provokes complaints on purpose."""
    config.addinivalue_line("markers", "expects_console(pattern): complaints of pages that are meant to appear")


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal everybody visits; a test that breaks parts of it starts one of its own."""
    with running_portal(tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(portal: Portal) -> str:
    """Lets a test say ``page.goto("/…")``."""
    return portal.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: Mapping[str, object]) -> dict[str, object]:
    """The browser of this machine, quiet towards the outside."""
    return {**browser_type_launch_args, "executable_path": ensure_chromium(), "args": launch_arguments()}


@pytest.fixture
def browser_context_args(browser_context_args: Mapping[str, object], base_url: str) -> dict[str, object]:
    """Say the address anew for each test: the plugin remembers that of the first module that asked."""
    return {**browser_context_args, "base_url": base_url}


@pytest.fixture
def complaints() -> list[str]:
    """What pages complained about so far in this test."""
    return []


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], complaints: list[str], request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Make contexts that listen; fail the test on script errors, console errors and CSP reports.

    A context looks like a desk without movement, unless the call or the marker
    ``browser_context_args`` says otherwise.
    """
    test = cast("pytest.Item", request.node)
    marked = {name for mark in test.iter_markers("browser_context_args") for name in mark.kwargs}
    desk = {name: value for name, value in DESK.items() if name not in marked}

    def listening(**options: object) -> BrowserContext:
        context = new_context(**{**desk, **options})
        context.on("console", note_message)
        context.on("weberror", note_error)
        return context

    def note_message(message: ConsoleMessage) -> None:
        page = message.page
        if page is not None and message.location["url"] == page.url and OWN_ANSWER.match(message.text):
            return
        # A violation of the content security policy arrives as a console error too.
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.type} at {message.location['url']}: {message.text}")

    def note_error(raised: WebError) -> None:
        error: Error = raised.error
        complaints.append(f"script error: {error.message}")

    yield listening
    expected = [cast("str", mark.args[0]) for mark in test.iter_markers("expects_console")]
    assert [c for c in complaints if not any(re.search(pattern, c) for pattern in expected)] == []


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker, to be given to ``page.evaluate``: the CSP refuses script tags."""
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
