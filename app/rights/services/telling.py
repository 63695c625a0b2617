"""Terms, subjects and lines in the reader's words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.access.defaults import role_labels
from app.access.terms import ANY, DIMENSIONS, LIVE, OWN, Dimension
from app.infra.i18n.dates import date_time
from app.infra.i18n.wording import gettext
from app.rights import wording
from app.rights.queries import names
from app.rights.queries.names import Person
from app.rights.rules.lines import WHOLE, Cell, Terms, ids_in, level_of
from app.rights.services.desk import Desk

_SHOWN: Final = 3


class Vocabulary(Struct, frozen=True):
    """Names of everything some lines speak about, in one language."""

    locale: str
    zone: str
    objects: Mapping[Dimension, Mapping[UUID, str]]
    people: Mapping[str, Person]  # by subject

    def level(self, cell: Cell) -> str:
        """Say what a cell says in one word."""
        return gettext(self.locale, wording.LEVELS[level_of(cell)])

    def terms(self, resource: str, terms: Terms) -> str:
        """Say how far a line about the resource reaches."""
        said = [self._dimension(one, terms.term(one)) for one in DIMENSIONS if terms.term(one) != ANY]
        if terms.val == LIVE:
            said.append(gettext(self.locale, wording.PLACED if resource in wording.PLACEABLE else wording.LIVE))
        if terms.aut != ANY:
            said.append(gettext(self.locale, wording.AUTHORS[terms.aut]))
        if terms.since is not None:
            said.append(gettext(self.locale, "from %(moment)s", moment=self.moment(terms.since)))
        if terms.until is not None:
            said.append(gettext(self.locale, "until %(moment)s", moment=self.moment(terms.until)))
        return " · ".join(said) or gettext(self.locale, wording.EVERYTHING)

    def chips(self, resource: str, cell: Cell) -> list[str]:
        """Say what the one word leaves out."""
        allows = sorted(self.terms(resource, one) for one in cell.allows if one != WHOLE or cell.denies)
        denies = sorted(self.terms(resource, one) for one in cell.denies if one != WHOLE)
        return [*allows, *(gettext(self.locale, "except: %(what)s", what=one) for one in denies)]

    def moment(self, moment: datetime) -> str:
        """Write a moment on the tenant's clock."""
        return date_time(self.locale, moment, ZoneInfo(self.zone))

    def subject(self, subject: str) -> str:
        """Name whom a line is written for."""
        kind, _, name = subject.partition(":")
        if kind == "r":
            if name in wording.ROLE_GROUPS:
                return gettext(self.locale, wording.ROLE_GROUPS[name])
            label = role_labels().get(name)
            return name if label is None else label.text(self.locale)
        if kind == "o":
            return self.objects.get("org", {}).get(UUID(name), name)
        person = self.people.get(subject)
        return name if person is None else person.name

    def _dimension(self, dimension: Dimension, term: str) -> str:
        if term == OWN:
            return gettext(self.locale, wording.OWN[dimension])
        known = self.objects.get(dimension, {})
        ids = [UUID(one) for one in term.split("|")]
        told = [known.get(one, str(one)[:8]) for one in ids[:_SHOWN]]
        more = len(ids) - len(told)
        return ", ".join(told) + (f" +{more}" if more else "")


async def read_vocabulary(desk: Desk, locale: str, cells: Iterable[Cell], subjects: Sequence[str]) -> Vocabulary:
    """Read every name these cells and subjects need, one statement a dimension."""
    wanted: dict[Dimension, set[UUID]] = {}
    for cell in cells:
        for terms in (*cell.allows, *cell.denies):
            for dimension, ids in ids_in(terms).items():
                wanted.setdefault(dimension, set()).update(UUID(one) for one in ids)
    by_kind = {kind: [UUID(one[2:]) for one in subjects if one[0] == kind] for kind in "umo"}
    if by_kind["o"]:
        wanted.setdefault("org", set()).update(by_kind["o"])
    objects: dict[Dimension, Mapping[UUID, str]] = {
        dimension: await names.read_names(desk.transaction, dimension, sorted(ids), locale)
        for dimension, ids in wanted.items()
    }
    found = by_kind["u"] or by_kind["m"]
    people = await names.read_people(desk.transaction, by_kind["u"], by_kind["m"]) if found else []
    named: dict[str, Person] = {}
    for one in people:
        named.setdefault(f"u:{one.user_id}", one)
        named[f"m:{one.id}"] = one
    return Vocabulary(locale, desk.actor.zone, objects, named)
