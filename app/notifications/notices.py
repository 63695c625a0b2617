"""Kinds of news. A room names its own in ``notices.py`` as ``NOTICES``; this room knows none."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.infra.http.words import fill


class Notice(Struct, frozen=True):
    """One kind: texts are message ids whose places come from the params of the news."""

    kind: str
    title: str
    text: str
    href: str  # "/orders/{id}"
    tone: Literal["info", "ok", "warn", "bad"] = "info"
    tells_managers: bool = False  # also the manufacturer's people who may see the object
    asks: str = ""  # an action: whoever of that side may do it to the object hears, and not the author
    is_mailed: bool = True
    text_of: Callable[[str, Mapping[str, str]], str] | None = None  # words the params itself, by language


class Told(Struct, frozen=True):
    """A notice in one language."""

    title: str
    text: str
    href: str
    tone: str


class Notices:
    """All kinds of this installation."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        """Index by kind."""
        self._notices = {one.kind: one for one in notices}

    def get(self, kind: str) -> Notice | None:
        """Find a kind."""
        return self._notices.get(kind)

    def tell(self, kind: str, object_id: UUID, params: Mapping[str, str], locale: str) -> Told:
        """Word a piece of news; a kind that is no more says its name only."""
        notice = self._notices.get(kind)
        if notice is None:
            return Told(kind, "", "/notifications", "info")
        return Told(
            title=fill(locale, notice.title, params),
            text=notice.text_of(locale, params) if notice.text_of else fill(locale, notice.text, params),
            href=notice.href.replace("{id}", str(object_id)),
            tone=notice.tone,
        )
