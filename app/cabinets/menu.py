"""The menu: pages that exist, and of those the ones the person's compiled policy opens."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.i18n.wording import NC_, gettext
from app.infra.pages.shell import MenuItem, MenuSection

_QUICK: Final = 4  # the phone's bar; its fifth place opens the whole menu


class Entry(Struct, frozen=True):
    """One line before anybody looks at it."""

    icon: str
    label: str  # message id
    href: str
    permission: str


class Section(Struct, frozen=True):
    """Lines under one heading."""

    label: str
    entries: Sequence[Entry]


MENU: Final = (
    Section(
        "",
        (
            Entry("layout-dashboard", NC_("menu", "Home"), "/home", "profile:edit"),
            Entry("package-search", NC_("menu", "Catalogue"), "/catalog", "offer:view"),
            Entry("clipboard-list", NC_("menu", "Orders"), "/orders", "order:view"),
        ),
    ),
    Section(
        NC_("menu", "Terms"),
        (
            Entry("handshake", NC_("menu", "Contracts"), "/contracts", "contract:view"),
            Entry("map-pin", NC_("menu", "Delivery addresses"), "/consignees", "consignee:view"),
            Entry("wallet", NC_("menu", "Limits"), "/limits", "limit:view"),
            Entry("target", NC_("menu", "Plans"), "/plans", "plan:view"),
            Entry("file-text", NC_("menu", "Documents"), "/documents", "document:view"),
        ),
    ),
    Section(
        NC_("menu", "People"),
        (
            Entry("building-2", NC_("menu", "Organisations"), "/organisations", "organisation:view"),
            Entry("users", NC_("menu", "Users"), "/users", "user:view"),
            Entry("calendar-clock", NC_("menu", "Absences"), "/absences", "profile:edit"),
            Entry("bell", NC_("menu", "Notifications"), "/notifications", "notification:view"),
        ),
    ),
    Section(
        NC_("menu", "Portal"),
        (
            Entry("shield-check", NC_("menu", "Access matrix"), "/access", "access:view"),
            Entry("refresh-cw", NC_("menu", "Exchange with 1C"), "/erp", "erp:view"),
            Entry("history", NC_("menu", "Audit trail"), "/audit", "audit:view"),
            Entry("chart-column", NC_("menu", "Reports"), "/reports", "report:view"),
            Entry("settings", NC_("menu", "Settings"), "/settings", "tenant:admin"),
        ),
    ),
)


_SEARCHED: Final = ("order:view", "offer:view")


class Menu:
    """The menu of this installation."""

    def __init__(self, policy: Policy, sections: Sequence[Section] = MENU) -> None:
        """Show nothing until the pages are known."""
        self._policy = policy
        self._sections = sections
        self._pages: frozenset[str] = frozenset()

    def know_pages(self, paths: Sequence[str]) -> None:
        """Learn which pages the application has; a line without its page is left out."""
        self._pages = frozenset(paths)

    def has_page(self, path: str) -> bool:
        """Whether the application has this page."""
        return path in self._pages

    async def sections(self, transaction: Transaction, actor: Actor, here: str) -> list[MenuSection]:
        """Give the lines this person may follow; none of them costs a statement once decisions are warm."""
        found: list[MenuSection] = []
        for section in self._sections:
            items = [
                MenuItem(
                    entry.icon, gettext(actor.locale, entry.label), entry.href, is_active=_is_within(here, entry.href)
                )
                for entry in section.entries
                if entry.href in self._pages and await self.opens(transaction, actor, entry.permission)
            ]
            if items:
                found.append(MenuSection(items, gettext(actor.locale, section.label) if section.label else ""))
        return found

    async def can_search(self, transaction: Transaction, actor: Actor) -> bool:
        """Whether there is anything the search of the top bar could find for this person."""
        return any([await self.opens(transaction, actor, permission) for permission in _SEARCHED])

    async def opens(self, transaction: Transaction, actor: Actor, permission: str) -> bool:
        """Whether the person's rights open anything of this."""
        resource, _, action = permission.partition(":")
        return not (await self._policy.decision(transaction, actor, resource, action)).is_empty


def quick(sections: Sequence[MenuSection]) -> list[MenuItem]:
    """Pick the lines of the phone's bar: the first ones."""
    return [item for section in sections for item in section.items][:_QUICK]


def _is_within(here: str, href: str) -> bool:
    return here == href or here.startswith(f"{href}/")
