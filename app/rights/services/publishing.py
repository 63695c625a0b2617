"""Publishing a draft: all of it in one transaction, or nothing; and what must be true before it may be.

Publications stand in one line (``lock_rules``). Whatever was published since the draft was begun is let through
unless it moved a cell of the draft; then nobody's word is lost: the draft stays, and both versions are shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.rules import Rule
from app.infra.audit import record
from app.kernel.errors import ChangedMeanwhileError
from app.kernel.ids import new_id
from app.notifications.services import Audience, notify
from app.rights.dimensions import is_regional
from app.rights.notices import APPROVED, SENT_BACK, WAITS
from app.rights.queries import drafts, history, names, rules
from app.rights.queries.drafts import Draft
from app.rights.queries.history import Version
from app.rights.rules.guards import find_contradictions, find_dead, gains, grows_across_regions
from app.rights.rules.lines import Address, Cell, Line, Terms, ancestors, cell_of, line_of
from app.rights.rules.planning import Change, apply, plan_all, plan_cell
from app.rights.rules.recording import Cells, changed_cells
from app.rights.services.administrators import has_second, insist_on_an_administrator
from app.rights.services.desk import Desk, refuse
from app.rights.services.drafting import Work, follow, may_touch, read_work
from app.rights.subjects import DRAFT

_FARTHEST: Final = timedelta(days=366)
_NOTHING: Final[Mapping[str, object]] = {}


class Conflict(Struct, frozen=True):
    """A cell that somebody else changed since the draft was begun: what each of the two wants it to say."""

    address: Address
    mine: Cell
    theirs: Cell


class Outlook(Struct, frozen=True):
    """What stands between a draft and its publication."""

    conflicts: Sequence[Conflict]
    contradictions: Sequence[Line]
    dead: Sequence[Line]  # lines that change nothing; told, not refused
    needs_second: bool
    has_second: bool  # there is somebody who could be the second person; told, not refused
    gives_to_oneself: bool
    is_empty: bool


class Wish(Struct, frozen=True):
    """How a draft is to be published; ``activates_at`` None is at once."""

    reason: str
    activates_at: datetime | None = None
    impact: Mapping[str, int] = {}


async def foresee(desk: Desk, work: Work) -> Outlook:
    """Tell what would hinder the draft, without publishing it."""
    draft = _draft(work)
    added = [one.line for one in work.changes if one.op == "add"]
    ended = [one.line for one in work.changes if one.op == "end"]
    before = [line_of(rule) for rule in work.rules]
    after = [line_of(rule) for rule in work.proposed]
    gained = gains(added, ended)
    # Every place of theirs counts: whoever writes here may work elsewhere a moment later.
    places = await names.read_people(desk.transaction, [desk.actor.user_id], [])
    author = [f"u:{desk.actor.user_id}", *(name for one in places for name in (f"r:{one.role}", f"m:{one.id}"))]
    mine = {name for subject in author for name in ancestors(subject, work.links)}
    to_oneself = draft.partner_id is None and any(line.subject in mine for line in gained)
    crosses = draft.partner_id is None and any(
        is_regional(line.resource) and grows_across_regions(before, after, line, ancestors(line.subject, work.links))
        for line in gained
    )
    return Outlook(
        conflicts=await _conflicts(desk, draft, work),
        contradictions=[line for line in find_contradictions(after) if line in added or _denial(line) in added],
        dead=[line for line in added if find_dead(after, [line], ancestors(line.subject, work.links))],
        needs_second=to_oneself or crosses,
        has_second=not (to_oneself or crosses) or await has_second(desk, work),
        gives_to_oneself=to_oneself,
        is_empty=not work.changes,
    )


async def publish(desk: Desk, draft_id: UUID, version: int, wish: Wish) -> Draft:
    """Publish a draft, or put it before a second person where rights grow across regions or to oneself.

    Raises:
        ChangedMeanwhileError: the draft moved on, or somebody published one of its cells.
        RejectedError: a guard forbids it; nothing moved.
    """
    draft = await desk.lock(draft_id, version)
    if draft.state != "draft":
        raise refuse("draft_closed")
    if wish.activates_at is not None and not desk.now < wish.activates_at <= desk.now + _FARTHEST:
        raise refuse("activation_out_of_range", "activates_at")
    draft = replace(draft, reason=wish.reason, activates_at=wish.activates_at, refusal="")
    last = await history.lock_rules(desk.transaction)
    work = await read_work(desk, draft)
    if (await _checked(desk, work, last)).needs_second:
        await drafts.move_draft(desk.transaction, replace(draft, state="waiting"))
        await _record(desk, "access.submitted", draft)
        await _tell(desk, WAITS, draft, draft.reason)
    else:
        await _put_in_force(desk, work, last, wish, approver_id=None)
    return await desk.read(draft_id)


async def approve(desk: Desk, draft_id: UUID, version: int, impact: Mapping[str, int]) -> Draft:
    """Publish a draft that waits, as the second person.

    Raises:
        RejectedError: the actor wrote some of it, or a guard forbids it by now.
    """
    draft = await desk.lock(draft_id, version, "approve")
    if draft.state != "waiting":
        raise refuse("draft_not_waiting")
    last = await history.lock_rules(desk.transaction)
    work = await read_work(desk, draft)
    if desk.actor.user_id in {draft.author_id, *(one.author_id for one in work.changes)}:
        raise refuse("own_draft")
    if draft.activates_at is not None and draft.activates_at <= desk.now:
        draft = replace(draft, activates_at=None)  # the moment passed while it waited
        work = replace_draft(work, draft)
    await _checked(desk, work, last)
    wish = Wish(draft.reason, draft.activates_at, impact)
    await _put_in_force(desk, work, last, wish, approver_id=desk.actor.user_id)
    await _tell(desk, APPROVED, draft, draft.reason)
    return await desk.read(draft_id)


async def send_back(desk: Desk, draft_id: UUID, version: int, reason: str, action: str = "approve") -> Draft:
    """Give a waiting draft back to be worked on: refused by the second person, or called back by its author."""
    draft = await desk.lock(draft_id, version, action)
    if draft.state != "waiting":
        raise refuse("draft_not_waiting")
    await drafts.move_draft(desk.transaction, replace(draft, state="draft", refusal=reason))
    await _record(desk, "access.sent_back", draft)
    if desk.actor.user_id != draft.author_id:
        await _tell(desk, SENT_BACK, draft, reason)
    return await desk.read(draft_id)


async def settle(desk: Desk, draft_id: UUID, version: int, *, keep_mine: bool) -> Draft:
    """Resolve a draft's conflicts one way or the other, and go on from the version that stands.

    Raises:
        ChangedMeanwhileError: the draft moved on.
    """
    draft = await desk.lock(draft_id, version)
    if draft.state != "draft":
        raise refuse("draft_closed")
    last = await history.lock_rules(desk.transaction)
    work = await read_work(desk, draft)
    conflicts = await _conflicts(desk, draft, work)
    for one in conflicts:
        current = await read_work(desk, draft)
        mine = [standing.rule for standing in current.standing if may_touch(draft, standing)]
        gone = _gone(current.changes, mine, one.address)
        await drafts.drop_changes(desk.transaction, draft.id, gone)
        left = [change for change in current.changes if change.id not in gone]
        wanted = one.mine if keep_mine else one.theirs
        await follow(desk, draft, plan_cell(mine, left, one.address, wanted))
    await drafts.move_draft(desk.transaction, replace(draft, base_n=last))
    return await desk.read(draft_id)


async def go_back(desk: Desk, n: int, title: str) -> Draft:
    """Make a draft that brings back the rules of a version, whatever was published since.

    Raises:
        RejectedError: there is no such version.
    """
    await desk.require("edit")
    last = await history.lock_rules(desk.transaction)
    if not 1 <= n <= last:
        raise refuse("unknown_version", "version", version=str(n))
    draft_id = new_id()
    await drafts.add_draft(desk.transaction, draft_id, title, desk.actor.user_id, desk.partner_id, last)
    draft = await desk.read(draft_id)
    work = await read_work(desk, draft)
    mine = [one.rule for one in work.standing if may_touch(draft, one)]
    wanted = await _lines_at(desk, draft, n)
    await follow(desk, draft, plan_all(mine, wanted))
    return await desk.read(draft_id)


def replace_draft(work: Work, draft: Draft) -> Work:
    """Give the work with another state of its draft."""
    return replace(work, draft=draft)


async def _checked(desk: Desk, work: Work, last: int) -> Outlook:
    outlook = await foresee(desk, work)
    if outlook.is_empty:
        raise refuse("draft_empty")
    if outlook.conflicts:
        raise ChangedMeanwhileError(last)
    if outlook.contradictions:
        raise refuse("contradiction", "", count=str(len(outlook.contradictions)))
    await insist_on_an_administrator(desk, work, _draft(work).activates_at or desk.now)
    return outlook


async def _put_in_force(desk: Desk, work: Work, last: int, wish: Wish, *, approver_id: UUID | None) -> None:
    """End and begin rules; a scheduled end is a copy of the rule that knows its last moment."""
    draft, transaction, moment = _draft(work), desk.transaction, wish.activates_at
    change_id, n = new_id(), last + 1
    ends = [one.rule_id for one in work.changes if one.op == "end" and one.rule_id is not None]
    if await rules.end_rules(transaction, ends, change_id) != len(ends):
        raise ChangedMeanwhileError(last)
    added = [(new_id(), _from(one.line, moment)) for one in work.changes if one.op == "add"]
    if moment is not None:
        closing = [rule for rule in work.rules if rule.id in ends]
        added.extend((new_id(), _until(line_of(rule), moment)) for rule in closing if _lasts(rule, desk.now, moment))
    await rules.add_rules(
        transaction, added, change_id=change_id, owner_id=draft.partner_id, author_id=draft.author_id, note=wish.reason
    )
    version = Version(
        id=change_id, n=n, at=desk.now, author_id=draft.author_id, author="", approver="", reason=wish.reason,
        partner_id=draft.partner_id, activates_at=moment, ended=ends, added=[one for one, _ in added],
        impact=dict(wish.impact),
    )  # fmt: skip
    await history.add_version(transaction, version, draft_id=draft.id, approver_id=approver_id)
    await drafts.move_draft(transaction, replace(draft, state="published", published_n=n))
    stood = {rule.id: line_of(rule) for rule in work.rules}
    stays = [line for rule_id, line in stood.items() if rule_id not in ends]
    cells = changed_cells(stood.values(), [*stays, *(line for _, line in added)])
    detail = {"version": n, "ended": len(ends), "added": len(added), "activates_at": moment}
    await _record(desk, "access.published", draft, cells, detail)


async def _conflicts(desk: Desk, draft: Draft, work: Work) -> list[Conflict]:
    since = await history.versions_since(desk.transaction, draft.base_n)
    if not since:
        return []
    moved = await rules.read_some(desk.transaction, [one for v in since for one in (*v.ended, *v.added)])
    touched = {_place(line_of(rule)) for rule in moved}
    places = dict.fromkeys(_place(one.line) for one in work.changes)
    base = [] if touched.isdisjoint(places) else await rules.read_at(desk.transaction, draft.base_n)
    found: list[Conflict] = []
    for place in places:
        if place in touched:
            address = Address(*place)
            mine = cell_of([line_of(rule) for rule in apply(base, work.changes)], address)
            theirs = cell_of([line_of(rule) for rule in work.rules], address)
            if mine != theirs:
                found.append(Conflict(address, mine, theirs))
    return found


def _gone(changes: Sequence[Change], standing: Sequence[Rule], address: Address) -> list[UUID]:
    """Find changes of a cell that end what has ended already."""
    ids = {rule.id for rule in standing}
    here = (address.subject, address.resource, address.action)
    return [one.id for one in changes if one.op == "end" and one.rule_id not in ids and _place(one.line) == here]


async def _lines_at(desk: Desk, draft: Draft, n: int) -> list[Line]:
    stood = await rules.read_at(desk.transaction, n)
    if draft.partner_id is not None:
        owned = await rules.read_owned(desk.transaction, [rule.id for rule in stood], draft.partner_id)
        stood = [rule for rule in stood if rule.id in owned]
    return [line_of(rule) for rule in stood if rule.valid_to is None or rule.valid_to > desk.now]


def _place(line: Line) -> tuple[str, str, str]:
    return line.subject, line.resource, line.action


def _denial(line: Line) -> Line:
    return replace(line, effect="deny")


def _from(line: Line, moment: datetime | None) -> Line:
    since = line.terms.since
    if moment is None or (since is not None and since >= moment):
        return line
    return replace(line, terms=replace(line.terms, since=moment))


def _until(line: Line, moment: datetime) -> Line:
    terms: Terms = line.terms
    return (
        line if terms.until is not None and terms.until <= moment else replace(line, terms=replace(terms, until=moment))
    )


def _lasts(rule: Rule, now: datetime, moment: datetime) -> bool:
    """Whether a rule has anything to say before the moment."""
    return (rule.valid_from is None or rule.valid_from < moment) and (rule.valid_to is None or rule.valid_to > now)


def _draft(work: Work) -> Draft:
    if work.draft is None:
        message = "only a draft is published"
        raise TypeError(message)
    return work.draft


async def _record(
    desk: Desk,
    action: str,
    draft: Draft,
    cells: tuple[Cells | None, Cells | None] = (None, None),
    detail: Mapping[str, object] = _NOTHING,
) -> None:
    await record(
        desk.transaction,
        action,
        "access_draft",
        draft.id,
        actor_id=desk.actor.user_id,
        before=cells[0],
        after=cells[1],
        detail={"title": draft.title, "reason": draft.reason, **detail},
    )


async def _tell(desk: Desk, kind: str, draft: Draft, reason: str) -> None:
    """Ring the bell: who may approve hears that it waits, the author what became of it."""
    audience = Audience(partner_id=draft.partner_id, author_id=draft.author_id)
    words = {"title": draft.title, "author": desk.actor.name, "reason": reason}
    await notify(desk.transaction, audience, kind, DRAFT, draft.id, words)
