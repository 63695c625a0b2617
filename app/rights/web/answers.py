"""An answer in the reader's words: the verdict, its rules with where they come from, the facts, what would help."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.explaining import Fail
from app.access.terms import BRANCH, DIMENSIONS, OWN, Dimension, Facts, Own, value_of
from app.infra.i18n.wording import gettext, ngettext
from app.orders.models import NOBODY
from app.rights import wording
from app.rights.rules.lines import WHOLE, Cell, Terms, terms_of
from app.rights.rules.remedies import Remedy
from app.rights.services.asking import Answer, Finding, Reason
from app.rights.services.desk import Desk
from app.rights.services.telling import Vocabulary, read_vocabulary
from app.rights.web.place import Place

_NAMED: Final = 3  # ids of a list that are told; the rest is counted


class RuleLine(Struct, frozen=True):
    """One rule; ``path`` leads from the person to whom it is written for, ``href`` to its cell."""

    words: str
    is_allow: bool
    path: list[str]
    author: str
    at: str
    version: str
    note: str
    href: str
    fails: list[str]


class FactLine(Struct, frozen=True):
    """One thing known about the object; ``note`` says what it is to the person."""

    label: str
    value: str
    note: str = ""


class RemedyLine(Struct, frozen=True):
    """What would grant it; ``fields`` are the form that puts it into a draft, none where no form can."""

    words: str
    href: str = ""
    fields: Mapping[str, str] = {}


class Box(Struct, frozen=True):
    """The answer about one object."""

    name: str
    is_allowed: bool
    cause: str
    gaps: list[str]
    allows: list[RuleLine]
    denies: list[RuleLine]
    nearest: list[RuleLine]
    remedies: list[RemedyLine]
    facts: list[FactLine]


class Told(Struct, frozen=True):
    """The whole answer."""

    right: str
    object_name: str
    is_allowed: bool
    cause: str
    boxes: list[Box]
    rules: list[RuleLine]
    own: list[FactLine]


class _Teller:
    """Words of one answer."""

    def __init__(self, answer: Answer, words: Vocabulary, *, may_edit: bool) -> None:
        self._answer = answer
        self._words = words
        self._may_edit = may_edit
        self._is_order = answer.kind == "order"

    def text(self, message: str, **params: str) -> str:
        """Say something in the reader's language."""
        return gettext(self._words.locale, message, **params)

    def box(self, one: Finding) -> Box:
        """Tell one finding."""
        return Box(
            name=one.name,
            is_allowed=one.allowed,
            cause=self.text(wording.CAUSES[_cause(one)]),
            gaps=[self.text(wording.GAPS[gap]) for gap in one.gaps],
            allows=[self.rule(reason, one.facts) for reason in one.allows],
            denies=[self.rule(reason, one.facts) for reason in one.denies],
            nearest=[self.rule(reason, one.facts) for reason in one.nearest],
            remedies=[self.remedy(remedy, len(one.remedies)) for remedy in one.remedies],
            facts=self.facts(one.facts),
        )

    def rule(self, reason: Reason, facts: Facts) -> RuleLine:
        """Tell one rule."""
        standing = reason.standing
        rule, terms = standing.rule, terms_of(standing.rule)
        return RuleLine(
            words=self._words.terms(rule.resource, terms),
            is_allow=rule.effect == "allow",
            path=[self._words.subject(subject) for subject in reason.path],
            author=standing.author,
            at=self._words.moment(standing.at),
            version=str(standing.n or 1),
            note=standing.note if standing.author else "",  # what came with the portal has notes for developers
            href=self.cell(rule.subject),
            fails=[self.fail(fail, terms, facts) for fail in reason.fails],
        )

    def cell(self, subject: str) -> str:
        """Give the address of the cell a rule is written in."""
        person = self._answer.person
        if subject in {f"u:{person.user_id}", f"m:{person.membership_id}"} or subject[0] == "o":
            place = Place(subject=subject, of=subject, cell=self._answer.permission.name)
        else:
            columns = "groups" if subject[2:] in wording.ROLE_GROUPS else ""
            place = Place(columns=columns, of=subject, cell=self._answer.permission.name)
        return place.href() + "#cell"

    def fail(self, fail: Fail, terms: Terms, facts: Facts) -> str:
        """Say what a rule asks for and the object does not have."""
        if fail.dimension == "aut":
            return self.text(wording.FAILS[BRANCH if terms.aut == BRANCH else OWN])
        if fail.dimension in {"live", "dates", "lent", "subject"}:
            is_placed = fail.dimension == "live" and self._is_order
            return self.text(wording.FAILS["placed" if is_placed else fail.dimension])
        dimension: Dimension = _DIMENSION[fail.dimension]
        what = self.text(wording.DIMENSIONS[dimension])
        found = self.named(dimension, _ids(facts, dimension)) or self.text(wording.NONE_HERE)
        if terms.term(dimension) != OWN:
            return self.text(
                wording.ASKED_OTHER, what=what, wanted=self.named(dimension, sorted(fail.wanted)), found=found
            )
        return self.text(wording.ASKED_OWN if fail.wanted else wording.ASKED_NOTHING, what=what, found=found)

    def remedy(self, remedy: Remedy, among: int) -> RemedyLine:
        """Say what would grant it."""
        if remedy.kind != "add":
            is_placed = remedy.kind == "renew" and self._is_order
            return RemedyLine(self.text(wording.REMEDIES["placed" if is_placed else remedy.kind]))
        subject = f"m:{self._answer.person.membership_id}"
        told = wording.REMEDIES["add" if among > 1 else "add_only"]
        fields = {"subject": subject, "permission": self._answer.permission.name, "do": "add", "effect": "allow"}
        chosen = {name: remedy.terms.term(name) for name in DIMENSIONS if remedy.terms.term(name) != "*"}
        back = self.cell(subject)
        return RemedyLine(
            self.text(told, terms=self._words.terms(self._answer.permission.resource, remedy.terms)),
            back,
            {**fields, **chosen, "back": back} if self._may_edit else {},
        )

    def facts(self, facts: Facts) -> list[FactLine]:
        """Tell what is known about the object, and what of it is the person's own."""
        own = self._answer.own
        found = [
            FactLine(
                self.text(wording.DIMENSIONS[dimension]),
                self.named(dimension, ids),
                self.text(wording.MINE) if set(ids) <= _owned(own, dimension) else "",
            )
            for dimension in DIMENSIONS
            if (ids := _ids(facts, dimension))
        ]
        if facts.live is not None:
            stands = wording.FACTS["placed" if self._is_order else "live"]
            found.append(FactLine(self.text(stands), self.yes_or_no(is_so=facts.live)))
        if facts.author is not None:
            is_born_there = facts.author == NOBODY
            author = self.text(wording.ERP) if is_born_there else self._words.subject(f"u:{facts.author}")
            mine = self.text(wording.MINE) if facts.author == own.user_id else ""
            found.append(FactLine(self.text(wording.FACTS["author"]), author, mine))
            if branch := self.named("reg", _branch(facts)):
                found.append(FactLine(self.text(wording.FACTS["branch"]), branch))
            found.append(FactLine(self.text(wording.FACTS["shared"]), self.yes_or_no(is_so=facts.shared)))
        return found

    def own(self) -> list[FactLine]:
        """Tell what "own" means for the person."""
        own = self._answer.own
        none = self.text(wording.NONE_HERE)
        return [
            FactLine(self.text(wording.OWN[dimension]), self.named(dimension, sorted(_owned(own, dimension))) or none)
            for dimension in DIMENSIONS
            if dimension in wording.OWN
        ]

    def named(self, dimension: Dimension, ids: Sequence[UUID]) -> str:
        """Name a few of these, and count the rest."""
        known = self._words.objects.get(dimension, {})
        told = [known[one] for one in ids[:_NAMED] if one in known]
        more = len(ids) - len(told)
        rest = [ngettext(self._words.locale, "%(num)s more", "%(num)s more", more)] if more and told else []
        return ", ".join([*told, *rest])

    def yes_or_no(self, *, is_so: bool) -> str:
        """Say yes or no."""
        return self.text(wording.YES if is_so else wording.NO)


async def tell(desk: Desk, answer: Answer, locale: str) -> Told:
    """Word an answer."""
    words = await read_vocabulary(desk, locale, [_everything(answer)], _subjects(answer))
    teller = _Teller(answer, words, may_edit=await desk.may("edit"))
    boxes = [teller.box(one) for one in answer.findings]
    return Told(
        right=answer.permission.label(locale),
        object_name=answer.object_name,
        is_allowed=answer.allowed,
        cause=_verdict(teller, answer, boxes, locale),
        boxes=boxes,
        rules=[teller.rule(reason, Facts()) for reason in answer.rules],
        own=teller.own(),
    )


def _verdict(teller: _Teller, answer: Answer, boxes: Sequence[Box], locale: str) -> str:
    if len(boxes) == 1:
        return boxes[0].cause
    if boxes:
        through = sum(box.is_allowed for box in boxes)
        return ngettext(
            locale,
            "Through %(num)s agreement of those below.",
            "Through %(num)s agreements of those below.",
            through,
        )
    return teller.text(wording.CAUSES["absent"]) if answer.object_id is not None else ""


def _cause(one: Finding) -> str:
    if one.denies:
        return "denied"
    if one.gaps:
        return "gap"
    if one.allows:
        return "allowed"
    return "near" if one.nearest else "nothing"


def _everything(answer: Answer) -> Cell:
    """Gather every id the answer names, so that each dimension is read once."""
    reasons = [
        *answer.rules,
        *(reason for one in answer.findings for reason in (*one.allows, *one.denies, *one.nearest)),
    ]
    said = {terms_of(reason.standing.rule) for reason in reasons}
    said |= {remedy.terms for one in answer.findings for remedy in one.remedies}
    for dimension in DIMENSIONS:
        ids = sorted(_owned(answer.own, dimension))[:_NAMED]
        ids += [found for one in answer.findings for found in _ids(one.facts, dimension)]
        ids += [found for one in answer.findings if dimension == "reg" for found in _branch(one.facts)]
        ids += [
            found
            for reason in reasons
            for fail in reason.fails
            if fail.dimension == dimension
            for found in sorted(fail.wanted)[:_NAMED]
        ]
        if ids:
            said.add(replace(WHOLE, **{dimension: "|".join(sorted({str(one) for one in ids}))}))
    return Cell(frozenset(said))


def _reasons(answer: Answer) -> list[Reason]:
    found = (reason for one in answer.findings for reason in (*one.allows, *one.denies, *one.nearest))
    return [*answer.rules, *found]


def _subjects(answer: Answer) -> list[str]:
    named = {subject for reason in _reasons(answer) for subject in reason.path}
    named |= {f"u:{one.facts.author}" for one in answer.findings if one.facts.author is not None}
    return sorted(named)


def _ids(facts: Facts, dimension: Dimension) -> list[UUID]:
    one = value_of(facts, dimension)
    return [] if one is None else [one]


def _branch(facts: Facts) -> list[UUID]:
    """Read the region a branch is written by."""
    try:
        return [UUID(facts.branch)] if facts.branch else []
    except ValueError:
        return []


def _owned(own: Own, dimension: Dimension) -> frozenset[UUID]:
    owned = {"reg": own.reg, "org": own.org, "ctr": own.ctr, "agr": own.agr}
    return owned.get(dimension, frozenset())


_DIMENSION: Final[Mapping[str, Dimension]] = {dimension: dimension for dimension in DIMENSIONS}
