"""The home page of a cabinet: cards of the rooms in the order this cabinet needs them."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from app.access.actors import Cabinet
from app.cabinets.menu import Menu
from app.cabinets.ports import Ask, HomePart, Line, Panel, Searcher, SearchGroup

# Names of parts, most wanted first; a part this page does not name comes after them.
ORDER: Final[Mapping[Cabinet, Sequence[str]]] = {
    "distributor": ("orders", "credit", "clients"),
    "direct_buyer": ("orders", "credit", "clients"),
    "logistics": ("clients", "orders"),
    "service": ("orders", "clients", "portal"),
    "admin": ("portal", "clients", "orders"),
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

    async def panels(self, ask: Ask) -> list[Panel]:
        """Read the cards; one with nothing to show is left out, and no link leads to a page that is not there."""
        wanted = ORDER[ask.actor.cabinet]
        rest = [name for name in self._parts if name not in wanted]
        names = [*(name for name in wanted if name in self._parts), *rest]
        found = [await self._parts[name].panel(ask) for name in names]
        return [self._linked(panel) for panel in found if panel is not None]

    async def find(self, ask: Ask, text: str) -> list[SearchGroup]:
        """Ask every room; groups without a hit are left out."""
        groups = [await searcher.find(ask, text) for searcher in self._searchers]
        return [group for group in groups if group is not None and group.hits]

    def _linked(self, panel: Panel) -> Panel:
        return replace(
            panel,
            href=self._open(panel.href),
            figures=[replace(one, href=self._open(one.href)) for one in panel.figures],
            lines=[self._linked_line(one) for one in panel.lines],
        )

    def _linked_line(self, line: Line) -> Line:
        section = "/" + line.href.split("/")[1] if line.href else ""
        return line if self._menu.has_page(section) else replace(line, href="")

    def _open(self, href: str) -> str:
        return href if self._menu.has_page(href.partition("?")[0]) else ""
