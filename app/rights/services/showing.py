"""Rights as scripts read them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from app.access.actors import CABINET_OF_ROLE
from app.access.rules import Rule
from app.access.terms import Authorship
from app.infra.http.collections import read_cursor, read_id, read_moment, write_cursor
from app.kernel.errors import InvalidInputError, NotFoundError, Problem
from app.rights.dimensions import Permission, find_permission
from app.rights.queries import names, rules
from app.rights.queries.drafts import Draft
from app.rights.queries.history import Version
from app.rights.queries.rules import Standing
from app.rights.rules.lines import Address, Cell, Line, Slice, Terms, ancestors, in_order, line_of
from app.rights.rules.planning import Change
from app.rights.schemas import (
    CellInput,
    ChangeView,
    ConflictView,
    DimensionName,
    DraftView,
    OutlookView,
    RuleView,
    TermsView,
    VersionView,
)
from app.rights.services.desk import Desk, refuse
from app.rights.services.drafting import read_discreet_work
from app.rights.services.publishing import Outlook

_EVERYBODY: Final = 500  # no client has more people


async def visible_rules(desk: Desk) -> list[Standing]:
    """Read the rules the actor may know of: all, or for a client's head those that reach the own people."""
    found = (await read_discreet_work(desk, None)).standing
    partner = desk.partner_id
    if partner is None:
        return found
    links = await rules.read_links(desk.transaction)
    people = await names.search_people(desk.transaction, "", partner, _EVERYBODY)
    roles = {one.role for one in people} & set(CABINET_OF_ROLE)
    known = {f"o:{partner}", *(f"m:{one.id}" for one in people), *(f"u:{one.user_id}" for one in people)}
    known |= {name for role in roles for name in ancestors(f"r:{role}", links)}
    return [one for one in found if one.rule.subject in known]


def permission_of(name: str) -> Permission:
    """Find a permission by its name.

    Raises:
        NotFoundError: there is no such permission.
    """
    found = find_permission(name)
    if found is None:
        raise NotFoundError
    return found


def address_of(subject: str, permission: str, dimension: DimensionName, item: UUID | None) -> Address:
    """Name a cell as scripts do.

    Raises:
        RejectedError: there is no such permission.
        InvalidInputError: a slice without an object, or the other way round.
    """
    found = find_permission(permission)
    if found is None:
        raise refuse("unknown_permission", "permission")
    if bool(dimension) != (item is not None):
        raise InvalidInputError([Problem("required", "item" if dimension else "slice")])
    here = Slice(dimension, item) if dimension and item is not None else None
    return Address(subject, found.resource, found.action, here)


def cell_of_input(data: CellInput) -> Cell:
    """Read a cell as scripts write it."""
    return Cell(frozenset(map(_terms, data.allows)), frozenset(map(_terms, data.denies)))


def terms_views(many: Iterable[Terms]) -> list[TermsView]:
    """Tell lines of a cell, in an order that is always the same."""
    return sorted((terms_view(one) for one in many), key=repr)


def terms_view(terms: Terms) -> TermsView:
    """Tell how far a line reaches."""
    return TermsView(
        reg=terms.reg, org=terms.org, ctr=terms.ctr, agr=terms.agr, lin=terms.lin, prd=terms.prd,
        val="live" if terms.val == "live" else "*", aut=_aut(terms.aut), since=terms.since, until=terms.until,
    )  # fmt: skip


def rule_view(one: Standing) -> RuleView:
    """Tell a rule."""
    line = line_of(one.rule)
    return RuleView(
        id=one.rule.id,
        subject=line.subject,
        permission=f"{line.resource}:{line.action}",
        effect=line.effect,
        terms=terms_view(line.terms),
        owner_id=one.owner_id,
        note=one.note,
        author=one.author,
        at=one.at,
        version=one.n or 1,
    )


def past_view(rule: Rule) -> ChangeView:
    """Tell a rule of an old version."""
    return _change(rule.id, line_of(rule))


def change_view(one: Change) -> ChangeView:
    """Tell one line of a draft."""
    said = _change(one.id, one.line)
    return ChangeView(said.id, one.op, one.rule_id, said.subject, said.permission, said.effect, said.terms)


def draft_view(draft: Draft) -> DraftView:
    """Tell a draft."""
    return DraftView(
        id=draft.id,
        title=draft.title,
        author=draft.author,
        organisation_id=draft.partner_id,
        base=draft.base_n,
        state=draft.state,
        version=draft.version,
        reason=draft.reason,
        activates_at=draft.activates_at,
        refusal=draft.refusal,
        published=draft.published_n,
        changes=draft.changes,
        updated_at=draft.updated_at,
    )


def version_view(version: Version) -> VersionView:
    """Tell a publication."""
    return VersionView(
        version=version.n,
        at=version.at,
        author=version.author,
        approver=version.approver,
        reason=version.reason,
        organisation_id=version.partner_id,
        activates_at=version.activates_at,
        ended=len(version.ended),
        added=len(version.added),
        impact=version.impact,
    )


def outlook_view(outlook: Outlook) -> OutlookView:
    """Tell what stands between a draft and its publication."""
    return OutlookView(
        conflicts=[
            ConflictView(
                subject=one.address.subject,
                permission=f"{one.address.resource}:{one.address.action}",
                mine_allows=terms_views(one.mine.allows),
                mine_denies=terms_views(one.mine.denies),
                theirs_allows=terms_views(one.theirs.allows),
                theirs_denies=terms_views(one.theirs.denies),
            )
            for one in outlook.conflicts
        ],
        contradictions=len(outlook.contradictions),
        dead=len(outlook.dead),
        needs_second=outlook.needs_second,
        has_second=outlook.has_second,
    )


def read_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Read where a list of drafts goes on.

    Raises:
        InvalidInputError: it is no cursor of this list.
    """
    place = read_cursor(cursor, 2)
    return None if place is None else (read_moment(place[0]), read_id(place[1]))


def write_place(draft: Draft) -> str:
    """Write where a list of drafts goes on."""
    return write_cursor(draft.updated_at.isoformat(), str(draft.id))


def _terms(said: TermsView) -> Terms:
    return Terms(
        reg=in_order(said.reg), org=in_order(said.org), ctr=in_order(said.ctr), agr=in_order(said.agr),
        lin=in_order(said.lin), prd=in_order(said.prd), val=said.val, aut=said.aut,
        since=said.since, until=said.until,
    )  # fmt: skip


def _change(line_id: UUID, line: Line) -> ChangeView:
    return ChangeView(
        line_id, "add", None, line.subject, f"{line.resource}:{line.action}", line.effect, terms_view(line.terms)
    )


def _aut(text: str) -> Authorship:
    if text == "@own":
        return "@own"
    return "@branch" if text == "@branch" else "*"
