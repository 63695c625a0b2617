"""What other rooms may put on the home page of a cabinet, and what they are given to do it with."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction

Tone = Literal["", "info", "ok", "warn", "bad", "pri"]


class Ask(Struct, frozen=True):
    """For whom, in which transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy

    async def may(self, resource: str, action: str) -> bool:
        """Whether the person may do this to anything at all."""
        return not (await self.policy.decision(self.transaction, self.actor, resource, action)).is_empty


class Figure(Struct, frozen=True):
    """One number worth a look, already written in the reader's language; it leads somewhere."""

    label: str
    value: str
    href: str
    hint: str = ""


class Line(Struct, frozen=True):
    """One line of a short list: what, where it leads, how it stands, and at its end how much and when."""

    title: str
    href: str
    text: str = ""
    status: str = ""
    tone: Tone = ""
    value: str = ""
    when: str = ""


class Gauge(Struct, frozen=True):
    """A bar with its words: how much of something is used."""

    label: str
    value: str  # a plain number
    most: str
    words: str
    hint: str = ""
    is_spent: bool = False  # a full bar is bad news (credit), not good (a plan)
    why: str = ""  # where it is told what the figure is made of


class Panel(Struct, frozen=True):
    """One card of the home page."""

    title: str
    href: str = ""
    link: str = ""  # what the link to the whole list says
    why: str = ""  # where it is told what the figures are made of
    figures: Sequence[Figure] = ()
    lines: Sequence[Line] = ()
    gauges: Sequence[Gauge] = ()
    empty: str = ""  # said when there are no lines


class Columns(Struct, frozen=True):
    """The cards of a home page: the work in the middle, what one glances at beside it."""

    work: Sequence[Panel]
    aside: Sequence[Panel]


class HomePart(Protocol):
    """Supplies one card, or none where the person's rights or the data give nothing to show."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Read and word the card."""
        ...


class Hit(Struct, frozen=True):
    """One finding of the search over everything."""

    title: str
    href: str
    text: str = ""


class SearchGroup(Struct, frozen=True):
    """What one room found; ``all_href`` leads to the room's own search."""

    title: str
    hits: Sequence[Hit]
    all_href: str


class Searcher(Protocol):
    """Finds things of one room by what a person typed; only what they may see."""

    async def find(self, ask: Ask, text: str) -> SearchGroup | None:
        """Look; None where the person may not look at all."""
        ...
