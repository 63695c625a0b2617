"""Working on a draft: begin it, set its cells, drop it."""

from collections.abc import Iterator, Mapping
from typing import Final, cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.defaults import role_labels
from app.access.rules import Link, Rule, fault_of
from app.access.terms import DIMENSIONS, Dimension, TermError, check_term
from app.infra.audit import record
from app.kernel.errors import Problem, RejectedError
from app.kernel.ids import new_id
from app.rights.dimensions import find_permission, terms_of_resource
from app.rights.queries import drafts, history, names, rules
from app.rights.queries.drafts import Draft
from app.rights.queries.rules import Standing
from app.rights.rules.guards import MOST_IDS, MOST_LINES
from app.rights.rules.lines import Address, Cell, Terms, cell_of, ids_in, line_of, lines_of, rule_of
from app.rights.rules.planning import Change, Plan, apply, plan_cell
from app.rights.services.confining import insist_on_own_rights
from app.rights.services.desk import Desk, refuse

_TITLE: Final = 120


class Work(Struct, frozen=True):
    """A draft with everything its cells are read from."""

    draft: Draft | None
    standing: list[Standing]
    changes: list[Change]
    links: list[Link]

    @property
    def rules(self) -> list[Rule]:
        """The rules as they stand."""
        return [one.rule for one in self.standing]

    @property
    def proposed(self) -> list[Rule]:
        """The rules as they would stand after the draft."""
        return apply(self.rules, self.changes)


async def read_work(desk: Desk, draft: Draft | None) -> Work:
    """Read the rules, and the draft's changes to them."""
    changes = [] if draft is None else await drafts.read_changes(desk.transaction, draft.id)
    standing = await rules.read_standing(desk.transaction)
    return Work(draft, standing, changes, await rules.read_links(desk.transaction))


async def read_discreet_work(desk: Desk, draft: Draft | None) -> Work:
    """Read the same to be shown: a client's head is not told which other clients, or whose papers, a rule names.

    Raises:
        NotAllowedError: the actor may see rights only in part, and these are all of them.
    """
    await desk.require("view")
    work = await read_work(desk, draft)
    if desk.partner_id is None:
        return work
    named: dict[Dimension, set[UUID]] = {}
    for rule in work.rules:
        for dimension, ids in ids_in(line_of(rule).terms).items():
            named.setdefault(dimension, set()).update(UUID(one) for one in ids)
    known: dict[Dimension, dict[UUID, str]] = {
        dimension: await names.read_names(desk.transaction, dimension, sorted(ids), "ru")
        for dimension, ids in named.items()
    }
    shown = [one for one in work.standing if _is_ours(one.rule, known)]
    return replace(work, standing=shown)


def _is_ours(rule: Rule, known: Mapping[Dimension, Mapping[UUID, str]]) -> bool:
    return all(
        UUID(one) in known.get(dimension, {}) for dimension, ids in ids_in(line_of(rule).terms).items() for one in ids
    )


async def open_draft(desk: Desk, title: str) -> Draft:
    """Begin a draft from the version that stands.

    Raises:
        NotAllowedError: the actor may not change rights.
    """
    await desk.require("edit")
    base = await history.read_last(desk.transaction)
    draft_id = new_id()
    await drafts.add_draft(desk.transaction, draft_id, title[:_TITLE], desk.actor.user_id, desk.partner_id, base)
    await record(desk.transaction, "access.draft", "access_draft", draft_id, actor_id=desk.actor.user_id)
    return await desk.read(draft_id)


async def set_cell(desk: Desk, draft_id: UUID, version: int, address: Address, wanted: Cell) -> Draft:
    """Make a cell of the draft say ``wanted``; lines it shares with what stands are left alone.

    Raises:
        NotFoundError: no such draft.
        ChangedMeanwhileError: the draft moved on.
        RejectedError: the cell cannot say that; every reason is told and nothing is kept.
    """
    draft = await desk.lock(draft_id, version)
    if draft.state != "draft":
        raise refuse("draft_closed")
    await check_cell(desk, draft, address, wanted)
    work = await read_work(desk, draft)
    mine = [one.rule for one in work.standing if may_touch(draft, one)]
    await follow(desk, draft, plan_cell(mine, work.changes, address, wanted))
    return await desk.read(draft_id)


async def drop_draft(desk: Desk, draft_id: UUID, version: int) -> None:
    """Give a draft up; its lines stay to be read.

    Raises:
        RejectedError: it was published.
    """
    draft = await desk.lock(draft_id, version)
    if draft.state not in {"draft", "waiting"}:
        raise refuse("draft_closed")
    await drafts.move_draft(desk.transaction, replace(draft, state="dropped"))
    await record(desk.transaction, "access.draft_dropped", "access_draft", draft.id, actor_id=desk.actor.user_id)


async def follow(desk: Desk, draft: Draft, plan: Plan) -> None:
    """Do to the draft what a plan says, and count its version."""
    if plan.is_empty:
        return
    await drafts.drop_changes(desk.transaction, draft.id, plan.drop)
    author = desk.actor.user_id
    ends = [Change(new_id(), "end", line_of(rule), author, rule.id) for rule in plan.end]
    adds = [Change(new_id(), "add", line, author) for line in plan.add]
    await drafts.add_changes(desk.transaction, draft, [*ends, *adds])
    await drafts.move_draft(desk.transaction, draft)


def may_touch(draft: Draft, one: Standing) -> bool:
    """Whether a draft may end a rule: a client's head only what heads of that client wrote."""
    return draft.partner_id is None or one.owner_id == draft.partner_id


async def check_cell(desk: Desk, draft: Draft, address: Address, wanted: Cell) -> None:
    """Refuse what no rule may say, and rules about nothing.

    Raises:
        RejectedError: with every field and reason.
    """
    problems: list[Problem] = []
    try:
        await check_subject(desk, draft, address.subject)
    except RejectedError as error:
        problems.extend(error.problems)
    if find_permission(f"{address.resource}:{address.action}") is None:
        problems.append(Problem("unknown_permission", "permission"))
    else:
        # Whether an id is somebody's is asked of terms that are sound.
        problems.extend(list(_term_problems(address, wanted)) or await _id_problems(desk, address, wanted))
    if problems:
        raise RejectedError([one for place, one in enumerate(problems) if one not in problems[:place]])
    if any(fault_of(rule_of(line, UUID(int=0))) for line in lines_of(wanted, address)):
        raise refuse("term_malformed", "slice" if address.slice is not None else "subject")
    if draft.partner_id is not None:
        await insist_on_own_rights(desk, address, wanted)


async def check_subject(desk: Desk, draft: Draft, subject: str) -> None:
    """Insist that a draft may speak about a subject.

    Raises:
        RejectedError: there is no such role; nobody, or nobody of the client whose draft it is.
    """
    kind, _, name = subject.partition(":")
    if kind == "r" and draft.partner_id is None:
        links = await rules.read_links(desk.transaction)
        if name in role_labels() or subject in {one.parent for one in links}:
            return
        raise refuse("unknown_role", "subject", role=name)
    found = _uuid(name)
    if found is None or str(found) != name or kind not in {"o", "m", "u"}:
        raise refuse("unknown_subject", "subject")
    if kind == "o":
        known = draft.partner_id in {None, found} and await names.read_names(desk.transaction, "org", [found], "ru")
    else:
        people = await names.read_people(desk.transaction, [found], [found])
        known = any(
            one.id == found if kind == "m" else (one.user_id == found and draft.partner_id is None)
            for one in people
            if draft.partner_id in {None, one.partner_id}
        )
    if not known:
        raise refuse("unknown_subject", "subject")


def _term_problems(address: Address, wanted: Cell) -> Iterator[Problem]:
    said = [*wanted.allows, *wanted.denies]
    if len(said) > MOST_LINES:
        yield Problem("too_many_conditions", "", {"max": str(MOST_LINES)})
    known = terms_of_resource(address.resource)
    here = None if address.slice is None else address.slice.dimension
    if here is not None and here not in known:
        yield Problem("term_unknown", "slice")
    for terms in said:
        used = [name for name in (*DIMENSIONS, "val", "aut") if cast("str", getattr(terms, name)) != "*"]
        yield from (Problem("term_unknown", name) for name in used if name not in known or here == name)
        for dimension in DIMENSIONS:
            yield from _text_problems(dimension, terms.term(dimension))
        if terms.since is not None and terms.until is not None and terms.since >= terms.until:
            yield Problem("dates_reversed", "until")


def _text_problems(dimension: Dimension, text: str) -> Iterator[Problem]:
    if text.count("|") >= MOST_IDS:
        yield Problem("too_many_ids", dimension, {"max": str(MOST_IDS)})
        return
    try:
        check_term(dimension, text)
    except TermError:
        yield Problem("term_malformed", dimension)


async def _id_problems(desk: Desk, address: Address, wanted: Cell) -> list[Problem]:
    """A rule about a deleted contract, or about nobody's, would sleep until something takes its id."""
    named: dict[Dimension, set[UUID]] = {}
    for terms in (*wanted.allows, *wanted.denies):
        for dimension, ids in ids_in(terms).items():
            named.setdefault(dimension, set()).update(UUID(one) for one in ids)
    if address.slice is not None:
        named.setdefault(address.slice.dimension, set()).add(address.slice.id)
    problems: list[Problem] = []
    for dimension, ids in named.items():
        if missing := ids - set(await names.read_names(desk.transaction, dimension, sorted(ids), "ru")):
            problems.append(Problem("unknown_object", dimension, {"id": str(min(missing))}))
    return problems


def proposed_cell(work: Work, address: Address, owner_id: UUID | None) -> Cell:
    """Read what is written in a cell after the draft; a client's head sees what heads of the client wrote."""
    mine = [one.rule for one in work.standing if owner_id is None or one.owner_id == owner_id]
    return cell_of([line_of(rule) for rule in apply(mine, work.changes)], address)


def toggled(cell: Cell, effect: str, terms: Terms) -> Cell:
    """Add a line to a cell, or take it out if it is there."""
    if effect == "deny":
        return Cell(cell.allows, cell.denies ^ {terms})
    return Cell(cell.allows ^ {terms}, cell.denies)


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
