"""The access matrix as JSON: rules, drafts, versions and what a draft would do."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.controller import Controller
from litestar.params import HeaderParameter, Parameter

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection, CursorText, Limit, read_cursor, read_numbered, write_cursor
from app.infra.http.etags import etag, read_if_match
from app.kernel.clock import utc_now
from app.kernel.errors import NotFoundError
from app.rights.dimensions import PERMISSIONS
from app.rights.queries import drafts, history, rules
from app.rights.queries.drafts import Draft
from app.rights.rules.lines import Address, level_of, line_of, reach_of
from app.rights.schemas import (
    CellInput,
    CellOutput,
    ChangeView,
    DimensionName,
    DraftInput,
    DraftView,
    OutlookView,
    PreviewRow,
    PreviewView,
    PublishInput,
    ReasonInput,
    RevertInput,
    RuleView,
    SettleInput,
    TallyView,
    VersionView,
)
from app.rights.services import drafting, impact, matrix, publishing, showing
from app.rights.services.desk import Desk
from app.rights.services.impact import Direction
from app.rights.services.publishing import Wish

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="ETag of the draft this change was made from")
]
OfSubject = Annotated[str, Parameter(max_length=80, description="r:role, u:person, m:membership or o:organisation")]
OfPermission = Annotated[str, Parameter(max_length=80, description="resource:action")]
_VIEW: Final = {"permission": "access:view"}
_EDIT: Final = {"permission": "access:edit"}
_APPROVE: Final = {"permission": "access:approve"}
_SLOW: Final = {"deadline_s": 60}
_PUBLISHES: Final = {**_SLOW, "writes_rules": True}
_PAGE: Final = 50


class RulesApi(Controller):
    """Rules in force now or later."""

    path = "/api/v1/access/rules"
    tags = ("access",)
    opt = _VIEW

    @get()
    async def every(  # noqa: PLR0917 - dependencies arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        subject: OfSubject = "",
        permission: OfPermission = "",
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[RuleView]:
        """List rules by id; a client's head sees those that reach the own people."""
        desk = Desk(transaction, policy, actor, utc_now())
        place = read_cursor(cursor, 1)
        found = [
            one
            for one in await showing.visible_rules(desk)
            if subject in {"", one.rule.subject} and permission in {"", f"{one.rule.resource}:{one.rule.action}"}
        ]
        rest = [one for one in found if place is None or str(one.rule.id) > str(place[0])]
        following = write_cursor(str(rest[limit - 1].rule.id)) if len(rest) > limit else None
        return Collection([showing.rule_view(one) for one in rest[:limit]], following, len(found))

    @get("/{rule_id:uuid}")
    async def one(self, rule_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> RuleView:
        """Tell one rule."""
        desk = Desk(transaction, policy, actor, utc_now())
        found = next((one for one in await showing.visible_rules(desk) if one.rule.id == rule_id), None)
        if found is None:
            raise NotFoundError
        return showing.rule_view(found)


class DraftsApi(Controller):
    """Drafts: changes of rights before they are in force."""

    path = "/api/v1/access/drafts"
    tags = ("access",)

    @get(opt=_VIEW)
    async def every(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        stage: drafts.State | None = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[DraftView]:
        """List drafts, the last touched first."""
        desk = Desk(transaction, policy, actor, utc_now())
        states: tuple[drafts.State, ...] = ("draft", "waiting", "published", "dropped") if stage is None else (stage,)
        await desk.require("view")
        after = showing.read_place(cursor)
        found, total = await drafts.list_drafts(transaction, desk.partner_id, states, limit + 1, after)
        following = showing.write_place(found[limit - 1]) if len(found) > limit else None
        return Collection([showing.draft_view(one) for one in found[:limit]], following, total)

    @post(opt=_EDIT, status_code=201)
    async def begin(
        self, actor: Actor, transaction: Transaction, policy: Policy, data: DraftInput
    ) -> Response[DraftView]:
        """Begin a draft on the version in force."""
        desk = Desk(transaction, policy, actor, utc_now())
        return _told(await drafting.open_draft(desk, data.title), 201)

    @get("/{draft_id:uuid}", opt=_VIEW)
    async def one(self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> Response[DraftView]:
        """Tell one draft."""
        return _told(await Desk(transaction, policy, actor, utc_now()).read(draft_id))

    @delete("/{draft_id:uuid}", opt=_EDIT)
    async def drop(
        self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, if_match: IfMatch = None
    ) -> None:
        """Give a draft up; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.read(draft_id)
        await drafting.drop_draft(desk, draft_id, read_if_match(if_match))

    @get("/{draft_id:uuid}/changes", opt=_VIEW)
    async def changes(
        self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Collection[ChangeView]:
        """List what a draft changes."""
        desk = Desk(transaction, policy, actor, utc_now())
        found = await drafts.read_changes(transaction, (await desk.read(draft_id)).id)
        return Collection([showing.change_view(one) for one in found], None, len(found))

    @get("/{draft_id:uuid}/outlook", opt=_VIEW)
    async def outlook(self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> OutlookView:
        """Tell what stands between a draft and its publication: both versions of each conflict, among others."""
        desk = Desk(transaction, policy, actor, utc_now())
        work = await drafting.read_work(desk, await desk.read(draft_id))
        return showing.outlook_view(await publishing.foresee(desk, work))

    @get("/{draft_id:uuid}/cells", opt=_VIEW)
    async def cells(  # noqa: PLR0917 - dependencies arrive by name
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        subject: OfSubject = "",
        slice: DimensionName = "",  # noqa: A002 - the name of the query parameter
        item: UUID | None = None,
    ) -> Collection[CellOutput]:
        """List a column: for every permission what is written, and the level it comes to with what is inherited."""
        desk = Desk(transaction, policy, actor, utc_now())
        draft = await desk.read(draft_id)
        if not subject:
            return Collection([], None, 0)
        addresses = [showing.address_of(subject, one.name, slice, item) for one in PERMISSIONS]
        found = await _cells(desk, draft, addresses)
        return Collection(found, None, len(found))

    @put("/{draft_id:uuid}/cells", opt=_EDIT)
    async def set_cell(
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: CellInput,
        if_match: IfMatch = None,
    ) -> CellOutput:
        """Make a cell say this; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.read(draft_id)
        address = showing.address_of(data.subject, data.permission, data.slice, data.item)
        draft = await drafting.set_cell(desk, draft_id, read_if_match(if_match), address, showing.cell_of_input(data))
        return (await _cells(desk, draft, [address]))[0]

    @post("/{draft_id:uuid}/publish", opt={**_EDIT, **_PUBLISHES}, status_code=200)
    async def publish(
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: PublishInput,
        if_match: IfMatch = None,
    ) -> Response[DraftView]:
        """Publish, or put before a second person where rights grow across regions; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        work = await drafting.read_work(desk, await desk.read(draft_id))
        version = read_if_match(if_match)
        wish = Wish(data.reason, data.activates_at, (await impact.compute(desk, work)).figures())
        return _told(await publishing.publish(desk, draft_id, version, wish))

    @post("/{draft_id:uuid}/approve", opt={**_APPROVE, **_PUBLISHES}, status_code=200)
    async def approve(
        self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, if_match: IfMatch = None
    ) -> Response[DraftView]:
        """Publish a draft that waits, as the second person; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        work = await drafting.read_work(desk, await desk.read(draft_id))
        version = read_if_match(if_match)
        counted = (await impact.compute(desk, work)).figures()
        return _told(await publishing.approve(desk, draft_id, version, counted))

    @post("/{draft_id:uuid}/send-back", opt=_APPROVE, status_code=200)
    async def send_back(
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: ReasonInput,
        if_match: IfMatch = None,
    ) -> Response[DraftView]:
        """Refuse a draft that waits; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.read(draft_id)
        return _told(await publishing.send_back(desk, draft_id, read_if_match(if_match), data.reason))

    @post("/{draft_id:uuid}/settle", opt=_EDIT, status_code=200)
    async def settle(
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        data: SettleInput,
        if_match: IfMatch = None,
    ) -> Response[DraftView]:
        """Resolve conflicts: keep one's own version of the cells, or take the one in force; If-Match is required."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.read(draft_id)
        keep_mine = data.keep == "mine"
        return _told(await publishing.settle(desk, draft_id, read_if_match(if_match), keep_mine=keep_mine))

    @post("/revert", opt=_EDIT, status_code=201)
    async def revert(
        self, actor: Actor, transaction: Transaction, policy: Policy, data: RevertInput
    ) -> Response[DraftView]:
        """Begin a draft that brings a version back."""
        desk = Desk(transaction, policy, actor, utc_now())
        return _told(await publishing.go_back(desk, data.version, f"{data.version}"), 201)


class VersionsApi(Controller):
    """What was published."""

    path = "/api/v1/access/versions"
    tags = ("access",)
    opt = _VIEW

    @get()
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, limit: Limit = _PAGE, cursor: CursorText = None
    ) -> Collection[VersionView]:
        """List publications, the last first."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.require("view")
        before = read_numbered(cursor)
        found, total = await history.list_versions(transaction, desk.partner_id, limit + 1, before)
        following = write_cursor(found[limit - 1].n) if len(found) > limit else None
        return Collection([showing.version_view(one) for one in found[:limit]], following, total)

    @get("/{n:int}/rules")
    async def standing(self, n: int, actor: Actor, transaction: Transaction, policy: Policy) -> Collection[ChangeView]:
        """List the rules of a version, as they were published."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.require("view")
        if not 1 <= n <= await history.read_last(transaction):
            raise NotFoundError
        stood = await rules.read_at(transaction, n)
        if desk.partner_id is not None:
            mine = await rules.read_owned(transaction, [one.id for one in stood], desk.partner_id)
            stood = [one for one in stood if one.id in mine]
        return Collection([showing.past_view(one) for one in stood], None, len(stood))


class PreviewApi(Controller):
    """What a draft would do."""

    path = "/api/v1/access/preview/{draft_id:uuid}"
    tags = ("access",)
    opt = {**_VIEW, **_SLOW}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def counts(self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> PreviewView:
        """Count who gains and who loses what, exactly."""
        desk = Desk(transaction, policy, actor, utc_now())
        found = await impact.compute(desk, await drafting.read_work(desk, await desk.read(draft_id)))
        tallies = [
            TallyView(
                f"{one.resource}:{one.action}", one.kind, one.people_gaining, one.people_losing, one.gained, one.lost
            )
            for one in found.tallies
        ]
        return PreviewView(found.people_gaining, found.people_losing, tallies)

    @get("/people")
    async def people(
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        permission: OfPermission = "",
        direction: Direction = "lost",
    ) -> Collection[PreviewRow]:
        """Name the people behind a number; without a permission, those behind all of them."""
        desk = Desk(transaction, policy, actor, utc_now())
        work = await drafting.read_work(desk, await desk.read(draft_id))
        found = await impact.list_people(desk, work, permission, direction)
        rows = [PreviewRow(str(one.membership_id), one.name, one.gained, one.lost) for one in found]
        return Collection(rows, None, len(rows))

    @get("/objects")
    async def objects(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        permission: OfPermission = "",
        membership: UUID | None = None,
        direction: Direction = "lost",
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[PreviewRow]:
        """Name what one person gains or loses of a permission; who names neither gets nothing."""
        desk = Desk(transaction, policy, actor, utc_now())
        work = await drafting.read_work(desk, await desk.read(draft_id))
        if membership is None:
            return Collection([], None, 0)
        place = read_cursor(cursor, 1)
        after = "" if place is None else str(place[0])
        found = await impact.list_objects(desk, work, permission, direction, membership, limit + 1, after)
        following = write_cursor(found[limit - 1].key) if len(found) > limit else None
        people = await impact.list_people(desk, work, permission, direction)
        mine = next((one for one in people if one.membership_id == membership), None)
        total = 0 if mine is None else (mine.gained if direction == "gained" else mine.lost)
        return Collection([PreviewRow(one.key, one.name) for one in found[:limit]], following, total)


async def _cells(desk: Desk, draft: Draft, addresses: Sequence[Address]) -> list[CellOutput]:
    subject = addresses[0].subject
    await drafting.check_subject(desk, draft, subject)
    work = await drafting.read_discreet_work(desk, draft)
    subjects = await matrix.subjects_of(desk, work, subject)
    before, after = ([line_of(rule) for rule in many] for many in (work.rules, work.proposed))
    found: list[CellOutput] = []
    for address in addresses:
        now = reach_of(after, address, subjects)
        written = drafting.proposed_cell(work, address, desk.partner_id)
        found.append(
            CellOutput(
                subject=subject,
                permission=f"{address.resource}:{address.action}",
                level=level_of(now),
                allows=showing.terms_views(written.allows),
                denies=showing.terms_views(written.denies),
                is_changed=now != reach_of(before, address, subjects),
                draft_version=draft.version,
            )
        )
    return found


def _told(draft: Draft, status: int = 200) -> Response[DraftView]:
    return Response(showing.draft_view(draft), status_code=status, headers={"ETag": etag(draft.version)})
