"""Looks at pages: screenshots of RU/KK/EN x light/dark x 1440/390 into var/look/, and faults.

    python -m tools.look                      every sample page
    python -m tools.look ui --lang ru         one of them, one language
    python -m tools.look http://…/orders      a page of a running portal (as the guest sees it)
    python -m tools.look --pseudo             every text 40 % longer
    python -m tools.look --serve              serve the samples until Ctrl-C

Beside the pictures it prints what one would not see: axe violations, console errors and CSP
reports, sideways scrolling at 320 px.
"""

import argparse
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from app.infra.i18n.languages import LANGUAGES
from tools.browser import Fault, Visit, open_browser
from tools.pseudo import pseudo_english
from tools.sample_server import serve_samples
from tools.samples import sample_pages

AXE: Final = Path("e2e/vendor/axe.min.js")
OUTPUT: Final = Path("var/look")
WIDTHS: Final = (1440, 390)
NARROW: Final = 320


class Options(argparse.Namespace):
    """The command line."""

    targets: list[str]
    lang: list[str] | None
    theme: list[str] | None
    width: list[int] | None
    axe: Path
    pseudo: bool
    serve: bool


def main(arguments: Sequence[str]) -> int:
    """Look and tell; 1 when a fault was seen."""
    parser = argparse.ArgumentParser(prog="python -m tools.look")
    parser.add_argument("targets", nargs="*", default=list(sample_pages("en", "")))
    parser.add_argument("--lang", choices=list(LANGUAGES), action="append")
    parser.add_argument("--theme", choices=["light", "dark"], action="append")
    parser.add_argument("--width", type=int, action="append")
    parser.add_argument("--axe", type=Path, default=AXE)
    parser.add_argument("--pseudo", action="store_true")
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args(arguments, Options())
    if options.pseudo:
        options.lang = ["en"]
    with pseudo_english() if options.pseudo else nullcontext(), serve_samples() as address:
        if options.serve:
            print(f"{address}/ru/ui  (pages: {', '.join(sample_pages('en', ''))}; ?theme=dark)")
            threading.Event().wait()
        visits = [
            (f"{name}-{lang}-{theme}-{width}", _url(address, name, lang, theme), width)
            for name in options.targets
            for lang in options.lang or LANGUAGES
            for theme in options.theme or ("light", "dark")
            for width in (*(options.width or WIDTHS), NARROW)
        ]
        with open_browser() as browser:
            faults = [fault for visit in visits for fault in _look(browser, *visit, options.axe)]
            return int(bool(faults))


def _url(address: str, target: str, lang: str, theme: str) -> str:
    return target if "://" in target else f"{address}/{lang}/{target}?theme={theme}"


def _look(browser: Browser, name: str, url: str, width: int, axe: Path) -> list[Fault]:
    visit = Visit(browser, url, width)
    try:
        visit.check_width()
        if width != NARROW:
            visit.picture(OUTPUT / f"{name.replace('/', '_').replace(':', '')}.png")
            visit.check_axe(axe)
    finally:
        visit.close()
    for fault in visit.faults:
        print(f"{name}: {fault.rule} {fault.where}\n    {fault.why}")
    return visit.faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
