"""What surrounds every page: the shell of the cabinets and the frame of the public pages.

The ``cabinets`` room fills these; the templates only draw them. Labels arrive translated. What a
person may not reach is left out here, never drawn grey.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Theme = Literal["light", "dark", ""]  # empty: as the system has it
Tone = Literal["info", "ok", "warn", "bad"]


class MenuItem(Struct, frozen=True):
    """One line of the menu; ``icon`` is a name of the sprite, ``count`` what waits there."""

    icon: str
    label: str
    href: str
    count: int = 0
    is_active: bool = False


class MenuSection(Struct, frozen=True):
    """Lines under one heading; the first section has none."""

    items: Sequence[MenuItem]
    label: str = ""


class Membership(Struct, frozen=True):
    """A place the person may work in; ``value`` is posted to switch there."""

    value: str
    cabinet: str
    organisation: str
    is_active: bool = False


class LanguageChoice(Struct, frozen=True):
    """One language of the switch; ``href`` only on public pages, whose address names it."""

    code: str
    short: str
    name: str
    href: str = ""
    is_active: bool = False


class Banner(Struct, frozen=True):
    """A strip under the top bar: ERP is away, data is old, someone acts as another person."""

    tone: Tone
    text: str
    link_label: str = ""
    link_href: str = ""
    action: str = ""  # posted to instead of a link


class Flash(Struct, frozen=True):
    """A short word after an action; with ``undo_action`` it offers to take the action back."""

    text: str
    tone: Tone = "ok"
    undo_action: str = ""  # posted to, with the form token


class ShellView(Struct, frozen=True, kw_only=True):
    """Everything around a page of a cabinet.

    ``here`` is the path and query of this page; the switches post it as ``next``.
    """

    brand: str
    home_href: str
    here: str
    sections: Sequence[MenuSection]
    quick: Sequence[MenuItem]  # at most four; the fifth place of the phone's bar opens the menu
    cabinet: str
    organisation: str
    user_name: str
    user_initials: str
    languages: Sequence[LanguageChoice]
    theme: Theme = ""
    styles: str = ""  # address of the brand's colours; empty: the portal's own
    logo: str = ""  # address of the brand's picture; empty: the portal's drop
    memberships: Sequence[Membership] = ()  # empty or one: no switch is drawn
    unread: int = 0
    live_href: str = "/ws"
    search_action: str = "/search"  # "": the person has nothing to search
    notifications_href: str = "/notifications"
    profile_href: str = "/profile"
    language_action: str = "/me/language"  # posts ``locale`` and ``next``
    theme_action: str = "/me/theme"  # posts ``theme`` and ``next``
    membership_action: str = "/me/membership"  # posts ``membership``
    sign_out_action: str = "/sign-out"
    banner: Banner | None = None
    ages: Sequence[str] = ()  # of which moment what the page shows of 1C:ERP is, in words
    flash: Flash | None = None


class PublicView(Struct, frozen=True, kw_only=True):
    """Everything around a public page; ``brand`` is the tenant's name, or Karavan on the list."""

    brand: str
    home_href: str
    here: str
    languages: Sequence[LanguageChoice]
    theme: Theme = ""
    styles: str = ""  # address of the brand's colours; empty: the portal's own
    logo: str = ""  # address of the brand's picture; empty: the portal's drop
    theme_action: str = "/theme"  # posts ``theme`` and ``next``
    sign_in_href: str = ""  # empty: the page needs no way to sign in
    flash: Flash | None = None
