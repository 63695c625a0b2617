"""How the pages of "why?" tell: as a page or in a dialog, what can be done and what cannot, and whom to ask."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from app.access.actors import Actor
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.wording import gettext
from app.rights import wording as words

_HEADS: Final = frozenset({"distributor_head", "direct_buyer_head"})
# Reasons that somebody who decides about rights could put right.
OF_RIGHTS: Final = frozenset({"forbidden", "role", "colleague", "elsewhere"})


class VerbLine(Struct, frozen=True):
    """One thing that can be done, or why not."""

    label: str
    reason: str


def draw(page: Page, template: str, context: Mapping[str, object]) -> PageResponse:
    """Answer with the page, or with what a dialog over another page shows."""
    if page.is_partial:
        return page.fragment(template, "why", status_code=200, headers=None, **context)
    return page.render(template, status_code=200, headers=None, **context)


def whom_to_ask(actor: Actor, locale: str) -> str:
    """Name who could change the reader's rights."""
    whom = "administrator" if actor.is_staff else "manager" if actor.role in _HEADS else "head"
    return gettext(locale, words.ASK_WHOM[whom])
