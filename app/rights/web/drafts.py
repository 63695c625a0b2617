"""What is done to a draft as a whole: publish, approve, send back, settle, empty, drop."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.profile_web import CameBack
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError
from app.rights import wording as words
from app.rights.queries.drafts import Draft
from app.rights.schemas import BackForm, PublishForm, SettleForm, VersionForm
from app.rights.services import drafting, impact, publishing
from app.rights.services.desk import Desk
from app.rights.services.publishing import Wish
from app.rights.web.frame import read_frame
from app.rights.web.matrix import EDIT, draw
from app.rights.web.place import Place

_APPROVE: Final = {"permission": "access:approve"}
_SLOW: Final = {
    "deadline_s": 60,
    "writes_rules": True,
}  # the impact of a large change is counted before anything is locked
# Where the page asks what the rules speak of.
_FIELDS: Final = {"reason": "reason", "on": "on", "activates_at": "on"}
Answer = PageResponse | Response[None]


class DraftPages(Controller):
    """Drafts of rights."""

    path = "/access/drafts/{draft_id:uuid}"

    @post("/publish", opt={**EDIT, **_SLOW}, status_code=200)
    async def publish(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Publish, now or from the beginning of a day."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, PublishForm)
        try:
            value = form.result()
            moment = None if value.on is None else datetime.combine(value.on, time(), ZoneInfo(actor.zone))
            wish = Wish(value.reason, moment, await figures(desk, draft_id))
            done = await publishing.publish(desk, draft_id, value.version, wish)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _again(desk, page, wording, draft_id, error, typed=form.raw)
        return _done(page, _what(done))

    @post("/approve", opt={**_APPROVE, **_SLOW}, status_code=200)
    async def approve(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Publish a draft that waits, as the second person."""
        desk = Desk(transaction, policy, actor, utc_now())
        try:
            value = (await read_form(request, VersionForm)).result()
            counted = await figures(desk, draft_id)
            done = await publishing.approve(desk, draft_id, value.version, counted)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _again(desk, page, wording, draft_id, error)
        return _done(page, _what(done))

    @post("/send-back", opt=_APPROVE, status_code=200)
    async def send_back(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Refuse a draft that waits, and say why."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, BackForm)
        try:
            value = form.result()
            await publishing.send_back(desk, draft_id, value.version, value.reason)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _again(desk, page, wording, draft_id, error, typed=form.raw)
        return _done(page, "sent_back")

    @post("/call-back", opt=EDIT, status_code=200)
    async def call_back(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Take a draft that waits back into work."""
        desk = Desk(transaction, policy, actor, utc_now())
        try:
            value = (await read_form(request, VersionForm)).result()
            await publishing.send_back(desk, draft_id, value.version, "", "edit")
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _again(desk, page, wording, draft_id, error)
        return _done(page, "sent_back")

    @post("/settle", opt=EDIT, status_code=200)
    async def settle(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Keep one's own version of what two people changed, or take the other one."""
        desk = Desk(transaction, policy, actor, utc_now())
        try:
            value = (await read_form(request, SettleForm)).result()
            await publishing.settle(desk, draft_id, value.version, keep_mine=value.keep == "mine")
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _again(desk, page, wording, draft_id, error)
        return _done(page, "settled", f"/access?draft={draft_id}")

    @post("/drop", opt=EDIT, status_code=200)
    async def drop(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> Answer:
        """Give a draft up."""
        desk = Desk(transaction, policy, actor, utc_now())
        try:
            value = (await read_form(request, VersionForm)).result()
            await drafting.drop_draft(desk, draft_id, value.version)
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await _again(desk, page, wording, draft_id, error)
        return _done(page, "dropped")


async def figures(desk: Desk, draft_id: UUID) -> Mapping[str, int]:
    """Count what a draft does, before anything is locked."""
    work = await drafting.read_work(desk, await desk.read(draft_id))
    return (await impact.compute(desk, work)).figures()


async def _again(
    desk: Desk,
    page: Page,
    wording: Wording,
    draft_id: UUID,
    error: ChangedMeanwhileError | InvalidInputError,
    *,
    typed: Mapping[str, str] | None = None,
) -> PageResponse:
    """Show the draft as it is now, with what was typed and everything that is wrong with it."""
    if isinstance(error, ChangedMeanwhileError):
        status, problems = 412, [FieldProblem("", wording.text(page.locale, error.code, error.params))]
    else:
        status, problems = (
            422,
            [FieldProblem(_FIELDS.get(one.field, ""), wording.problem(page.locale, one)) for one in error.problems],
        )
    frame = await read_frame(desk, Place(draft=draft_id), page.locale)
    return await draw(page, frame, CameBack(status, typed or {}, tuple(problems)))


def _done(page: Page, what: str, path: str = "/access") -> Response[None]:
    return page.redirect(path, flash=Flash(gettext(page.locale, words.DONE[what])))


def _what(draft: Draft) -> str:
    if draft.state == "waiting":
        return "waiting"
    return "published" if draft.activates_at is None else "scheduled"
