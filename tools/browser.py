"""One headless Chromium that visits pages, takes pictures and notes every fault it sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct, convert
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tools.chromium import ensure_chromium, launch_arguments

_AXE_RUN: Final = """async () => (await axe.run({resultTypes: ["violations"]})).violations.flatMap(
  (rule) => rule.nodes.map((node) => ({rule: rule.id, where: node.target.join(" "), why: node.failureSummary})))"""
_WIDER: Final = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, .tabs, .vh, dialog"))
  .slice(0, 5).map((e) => `${e.tagName}.${e.className.baseVal ?? e.className}`)"""


class Fault(Struct, frozen=True):
    """Something a visit found: an axe rule, a console line, a CSP report, a sideways scroll."""

    rule: str
    where: str = ""
    why: str = ""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Open one browser for the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=launch_arguments())
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page at one width; faults gather in ``faults`` while it lives."""

    def __init__(self, browser: Browser, url: str, width: int, *, height: int = 900) -> None:
        """Open the page and wait until it is quiet."""
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", device_scale_factor=1
        )
        self.page: Page = self._context.new_page()
        self.faults: list[Fault] = []
        # A CSP report arrives as a console error too, so one listener sees both.
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(Fault("pageerror", url, str(error))))
        self.page.goto(url, wait_until="networkidle")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(Fault("console", message.location.get("url", ""), message.text))

    def check_axe(self, source: Path) -> None:
        """Run axe-core; evaluated by the debugger, so the CSP stays as strict as it is."""
        self.page.evaluate(source.read_text(encoding="utf-8"))
        self.faults += convert(self.page.evaluate(_AXE_RUN), list[Fault])

    def check_width(self) -> None:
        """Note a page that scrolls sideways, with what sticks out."""
        if self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            wider = convert(self.page.evaluate(_WIDER), list[str])
            self.faults.append(Fault("sideways", self.page.url, ", ".join(wider)))

    def picture(self, path: Path, *, full: bool = True) -> None:
        """Save a picture of the page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("() => scrollTo(0, 0)")
        self.page.screenshot(path=path, full_page=full)

    def close(self) -> None:
        """Forget cookies and page."""
        self._context.close()
