"""The home page of a cabinet: cards of the rooms in the order this cabinet needs them."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Cabinet
from app.cabinets.menu import Menu
from app.cabinets.ports import Ask, Columns, HomePart, Line, Panel, Searcher, SearchGroup


class Layout(Struct, frozen=True):
    """Names of parts, most wanted first."""

    work: Sequence[str]
    aside: Sequence[str]


OUTSIDE: Final = ("mailto:", "tel:")
_BUYER: Final = Layout(work=("orders", "news"), aside=("credit", "plans", "clients"))
LAYOUTS: Final[Mapping[Cabinet, Layout]] = {
    "distributor": _BUYER,
    "direct_buyer": _BUYER,
    "logistics": Layout(work=("orders", "news"), aside=("clients",)),
    "service": Layout(work=("orders", "news"), aside=("clients", "portal")),
    "admin": Layout(work=("portal", "orders"), aside=("clients", "news")),
}


class Home:
    """Puts the cards of a home page together, and asks every room in a search."""

    def __init__(self, menu: Menu, parts: Mapping[str, HomePart], searchers: Sequence[Searcher]) -> None:
        """Know the rooms' parts by name."""
        self._menu = menu
        self._parts = parts
        self._searchers = searchers

    def has_page(self, path: str) -> bool:
        """Whether the application has this page."""
        return self._menu.has_page(path)

    async def columns(self, ask: Ask) -> Columns:
        """Read the cards; one with nothing to show is left out, and no link leads to a page that is not there."""
        layout = LAYOUTS[ask.actor.cabinet]
        return Columns(work=await self._panels(layout.work, ask), aside=await self._panels(layout.aside, ask))

    async def find(self, ask: Ask, text: str) -> list[SearchGroup]:
        """Ask every room; groups without a hit are left out."""
        groups = [await searcher.find(ask, text) for searcher in self._searchers]
        return [group for group in groups if group is not None and group.hits]

    async def _panels(self, names: Sequence[str], ask: Ask) -> list[Panel]:
        found = [await self._parts[name].panel(ask) for name in names]
        return [self._linked(panel) for panel in found if panel is not None]

    def _linked(self, panel: Panel) -> Panel:
        return replace(
            panel,
            href=self._open(panel.href),
            figures=[replace(one, href=self._open(one.href)) for one in panel.figures],
            lines=[self._linked_line(one) for one in panel.lines],
        )

    def _linked_line(self, line: Line) -> Line:
        if line.href.startswith(OUTSIDE):
            return line
        section = "/" + line.href.split("/")[1] if line.href else ""
        return line if self._menu.has_page(section) else replace(line, href="")

    def _open(self, href: str) -> str:
        return href if self._menu.has_page(href.partition("?")[0]) else ""
