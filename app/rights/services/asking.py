"""Why somebody may or may not do something: the verdict, and every rule and fact behind it (ACCESS 2.9)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import CABINET_OF_ROLE, Actor
from app.access.book import RuleBook
from app.access.compiler import compile_decision
from app.access.decisions import Decision
from app.access.explaining import Explanation, Fail, Miss
from app.access.policy import subjects_of
from app.access.terms import Dimension, Facts, Own
from app.kernel.clock import business_date
from app.kernel.errors import NotFoundError
from app.rights.dimensions import Permission, terms_of_resource
from app.rights.queries import names, objects, people, rules
from app.rights.queries.objects import KIND_OF, SIGHT, Case, Kind
from app.rights.queries.rules import Standing
from app.rights.rules.lines import ids_in, terms_of
from app.rights.rules.remedies import Remedy, find_remedies
from app.rights.services.desk import Desk

_FOUND: Final = 20


class Reason(Struct, frozen=True):
    """One rule: where it comes from, how it reaches the person, and what it fails at, if it does."""

    standing: Standing
    path: list[str]
    fails: tuple[Fail, ...] = ()


class Finding(Struct, frozen=True):
    """The answer about one object, for a product about one of its offers."""

    name: str
    facts: Facts
    gaps: tuple[str, ...]
    allowed: bool
    allows: list[Reason]
    denies: list[Reason]
    nearest: list[Reason]
    remedies: list[Remedy]


class Answer(Struct, frozen=True):
    """Everything that can be said about one question; without an object, all rules of the right."""

    person: Actor
    organisation: str
    own: Own
    permission: Permission
    kind: Kind | None
    object_id: UUID | None
    object_name: str
    allowed: bool
    findings: list[Finding]
    rules: list[Reason]


async def find_person(desk: Desk, person_id: UUID) -> tuple[Actor, str]:
    """Find somebody the asker may ask about: anybody, or for a client's head the own people.

    Raises:
        NotFoundError: there is nobody of the kind within the asker's right.
    """
    found = await people.read_person(desk.transaction, person_id, desk.actor)
    if found is None or not (await desk.decision("view")).check(Facts(org=found[0].partner_id)):
        raise NotFoundError
    return found


async def find_objects(desk: Desk, kind: Kind, text: str, locale: str) -> list[names.Named]:
    """Find objects of a kind by part of a name, within what the asker sees."""
    return await objects.find_objects(
        desk.transaction, kind, await _sight(desk, kind), text, locale, _today(desk), _FOUND
    )


async def ask(desk: Desk, person_id: UUID, permission: Permission, object_id: UUID | None, locale: str) -> Answer:
    """Answer whether somebody may do something, to one object or at all, and why.

    Raises:
        NotFoundError: no such person or object within the asker's own rights.
    """
    person, organisation = await find_person(desk, person_id)
    asked = await desk.policy.decision(desk.transaction, person, permission.resource, permission.action)
    kind = KIND_OF.get(permission.resource)
    name, cases = "", [] if kind is not None else [_whole(asked)]
    if object_id is not None:
        if kind is None:
            raise NotFoundError
        sight, on = await _sight(desk, kind), _today(desk)
        name, cases = await objects.read_cases(
            desk.transaction, kind, object_id, sight, asked, person.partner_id, locale, on
        )
        if not name:
            raise NotFoundError
    book, own = await desk.policy.book(desk.transaction, person), await desk.policy.own(desk.transaction, person)
    others = _of_colleagues(book, person, own, permission, desk.now)
    said = [_look_around(_explain(asked, case), others, case.facts) for case in cases]
    ids = [*(one.rule for one in asked.sources), *(miss.rule for one in said for miss in one.nearest)]
    reasons = await _reasons(desk, book, person, list(dict.fromkeys(ids)))
    known = terms_of_resource(permission.resource)
    findings = [_finding(case, one, reasons, known) for case, one in zip(cases, said, strict=True)]
    return Answer(
        person=person,
        organisation=organisation,
        own=own,
        permission=permission,
        kind=kind,
        object_id=object_id,
        object_name=name,
        allowed=any(one.allowed for one in findings) if findings or object_id else not asked.is_empty,
        findings=findings,
        rules=list(reasons.values()) if object_id is None else [],
    )


def _explain(asked: Decision, case: Case) -> Explanation:
    """Explain one case. Lists ask the database and single objects are asked here: the two must name the same rules."""
    said = asked.explain(case.facts)
    if case.rules != frozenset((*said.allows, *said.denies)):
        message = f"{case.id}: the database finds {case.rules}, the compiled right {said}"
        raise RuntimeError(message)
    return said


def _of_colleagues(book: RuleBook, person: Actor, own: Own, permission: Permission, now: datetime) -> Decision:
    """Compile what the person would have of this right with every role there is in the same cabinet."""
    roles = [f"r:{role}" for role, cabinet in CABINET_OF_ROLE.items() if cabinet == person.cabinet]
    return compile_decision(book.rules_for(roles, permission.resource, permission.action), own, now)


def _look_around(said: Explanation, others: Decision, obj: Facts) -> Explanation:
    """Where the person has no rule at all that could allow it, name those of other roles that come nearest."""
    if said.allows or said.nearest:
        return said
    theirs = others.explain(obj)
    found = [Miss(rule, ()) for rule in theirs.allows] or list(theirs.nearest)
    return replace(said, nearest=tuple(Miss(one.rule, (Fail("subject"), *one.fails)) for one in found))


def _whole(asked: Decision) -> Case:
    """A right that is given or refused as a whole, as a case of its own."""
    said = asked.explain(Facts())
    return Case(UUID(int=0), "", Facts(), frozenset({*said.allows, *said.denies}))


def _finding(case: Case, said: Explanation, reasons: Mapping[UUID, Reason], known: frozenset[str]) -> Finding:
    def told(ids: Iterable[UUID]) -> list[Reason]:
        return [reasons[one] for one in ids if one in reasons]

    nearest = [
        Reason(reasons[one.rule].standing, reasons[one.rule].path, one.fails)
        for one in said.nearest
        if one.rule in reasons
    ]
    return Finding(
        name=case.name,
        facts=case.facts,
        gaps=case.gaps,
        allowed=said.allowed and not case.gaps,
        allows=told(said.allows),
        denies=told(said.denies),
        nearest=[] if case.gaps else nearest,
        remedies=find_remedies(said, case.facts, known, exists=not case.gaps),
    )


async def _reasons(desk: Desk, book: RuleBook, person: Actor, ids: Sequence[UUID]) -> dict[UUID, Reason]:
    """Read where these rules come from, in their order; a client's head is not told whom else a rule names."""
    found = await rules.read_known(desk.transaction, ids)
    if desk.partner_id is not None:
        found = await _discreet(desk, found)
    subjects = subjects_of(person)
    return {
        one: Reason(found[one], book.path(subjects, found[one].rule.subject) or [found[one].rule.subject])
        for one in ids
        if one in found
    }


async def _discreet(desk: Desk, found: Mapping[UUID, Standing]) -> dict[UUID, Standing]:
    named: dict[Dimension, set[UUID]] = {}
    for one in found.values():
        for dimension, ids in ids_in(terms_of(one.rule)).items():
            named.setdefault(dimension, set()).update(UUID(text) for text in ids)
    known: dict[Dimension, Mapping[UUID, str]] = {
        dimension: await names.read_names(desk.transaction, dimension, sorted(ids), "ru")
        for dimension, ids in named.items()
    }
    return {key: one for key, one in found.items() if _is_ours(one, known)}


def _is_ours(one: Standing, known: Mapping[Dimension, Mapping[UUID, str]]) -> bool:
    named = ids_in(terms_of(one.rule))
    return all(UUID(text) in known.get(dimension, {}) for dimension, ids in named.items() for text in ids)


async def _sight(desk: Desk, kind: Kind) -> Decision:
    return await desk.policy.decision(desk.transaction, desk.actor, SIGHT[kind], "view")


def _today(desk: Desk) -> date:
    return business_date(desk.now, desk.actor.zone)
