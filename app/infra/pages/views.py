"""What the shared macros of ``templates/ui`` draw. Rooms fill these; every label is translated.

Where a macro needs one or two plain values it takes them as arguments; only what comes in lists
or has states is described here.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from app.infra.pages.shell import Tone


class ChoiceGroup(Struct, frozen=True):
    """Options of a select under a heading."""

    label: str
    choices: "Sequence[Choice]"


class Choice(Struct, frozen=True):
    """One option of a select or one radio tile; ``hint`` and ``icon`` only on tiles, ``lang`` of a foreign label."""

    value: str
    label: str
    hint: str = ""
    icon: str = ""
    lang: str = ""


class FieldProblem(Struct, frozen=True):
    """One line of the error summary; ``field`` is the name of the input it leads to."""

    field: str
    text: str


class FacetOption(Struct, frozen=True):
    """One checkbox of a facet with the number of products behind it; ``value`` is a code without blanks."""

    value: str
    label: str
    count: int
    is_chosen: bool = False


class Facet(Struct, frozen=True):
    """One group of a filter; ``name`` is the query parameter."""

    name: str
    label: str
    options: Sequence[FacetOption]
    is_open: bool = True


class Chip(Struct, frozen=True):
    """A chosen filter; following ``href`` removes it."""

    label: str
    href: str


class Tab(Struct, frozen=True):
    """A saved view; ``count`` None shows no number."""

    label: str
    href: str
    count: int | None = None
    is_active: bool = False


class Step(Struct, frozen=True):
    """One of the steps of a long form; an empty ``href`` cannot be gone to yet."""

    label: str
    state: Literal["done", "current", "fault", "later"]
    note: str = ""
    href: str = ""


class Happening(Struct, frozen=True):
    """One entry of a timeline; ``wait`` is what has not happened yet."""

    title: str
    when: str = ""
    text: str = ""
    tone: Literal["ok", "info", "warn", "bad", "wait"] = "ok"
    icon: str = "check"


class Pager(Struct, frozen=True):
    """Where a list by cursor stands; an empty link is not drawn."""

    shown: int
    total: int
    first_href: str = ""
    next_href: str = ""


class Fact(Struct, frozen=True):
    """A term and its value; ``is_total`` marks the last line of a sum."""

    term: str
    value: str
    is_total: bool = False


class BadgeView(Struct, frozen=True):
    """A status: a tone never comes without a word."""

    label: str
    tone: Tone | Literal["", "pri"] = ""
    icon: str = ""
