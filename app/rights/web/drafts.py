"""What is done to a draft as a whole: publish, approve, send back, settle, empty, drop."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, post
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.di import Provide
from msgspec import Struct

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
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError, Problem
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
F = TypeVar("F", bound=Struct)


class DraftStep(Struct, frozen=True):
    """One press of a button on a draft: who, where, and the page that answers."""

    request: Request[object, object, State]
    desk: Desk
    page: Page
    wording: Wording
    draft_id: UUID

    async def take(self, kind: type[F], act: Callable[[F], Awaitable[Response[None]]]) -> Answer:
        """Read the form and act; what cannot be taken shows the draft as it is now, with everything that is wrong."""
        form = await read_form(self.request, kind)
        try:
            return await act(form.result())
        except ChangedMeanwhileError as error:
            told = self.wording.text(self.page.locale, error.code, error.params)
            wrong = CameBack(412, form.raw, (FieldProblem("", told),))
        except InvalidInputError as error:
            wrong = CameBack(422, form.raw, tuple(self._problem(one) for one in error.problems))
        frame = await read_frame(self.desk, Place(draft=self.draft_id), self.page.locale)
        return await draw(self.page, frame, wrong)

    def done(self, what: str, path: str = "/access") -> Response[None]:
        """Say what was done."""
        return self.page.redirect(path, flash=Flash(gettext(self.page.locale, words.DONE[what])))

    def _problem(self, problem: Problem) -> FieldProblem:
        return FieldProblem(_FIELDS.get(problem.field, ""), self.wording.problem(self.page.locale, problem))


def make_step(  # noqa: PLR0917 - dependencies arrive by name
    request: Request[object, object, State],
    draft_id: UUID,
    actor: Actor,
    transaction: Transaction,
    policy: Policy,
    page: Page,
    wording: Wording,
) -> DraftStep:
    """Put together what every button of a draft needs."""
    return DraftStep(request, Desk(transaction, policy, actor, utc_now()), page, wording, draft_id)


class DraftPages(Controller):
    """Drafts of rights."""

    path = "/access/drafts/{draft_id:uuid}"
    dependencies = {"step": Provide(make_step, sync_to_thread=False)}  # noqa: RUF012 - the framework reads it

    @post("/publish", opt={**EDIT, **_SLOW}, status_code=200)
    async def publish(self, step: DraftStep) -> Answer:
        """Publish, now or from the beginning of a day."""

        async def act(value: PublishForm) -> Response[None]:
            zone = ZoneInfo(step.desk.actor.zone)
            moment = None if value.on is None else datetime.combine(value.on, time(), zone)
            wish = Wish(value.reason, moment, await figures(step.desk, step.draft_id))
            done = await publishing.publish(step.desk, step.draft_id, value.version, wish)
            return step.done(_what(done))

        return await step.take(PublishForm, act)

    @post("/approve", opt={**_APPROVE, **_SLOW}, status_code=200)
    async def approve(self, step: DraftStep) -> Answer:
        """Publish a draft that waits, as the second person."""

        async def act(value: VersionForm) -> Response[None]:
            counted = await figures(step.desk, step.draft_id)
            return step.done(_what(await publishing.approve(step.desk, step.draft_id, value.version, counted)))

        return await step.take(VersionForm, act)

    @post("/send-back", opt=_APPROVE, status_code=200)
    async def send_back(self, step: DraftStep) -> Answer:
        """Refuse a draft that waits, and say why."""

        async def act(value: BackForm) -> Response[None]:
            await publishing.send_back(step.desk, step.draft_id, value.version, value.reason)
            return step.done("sent_back")

        return await step.take(BackForm, act)

    @post("/call-back", opt=EDIT, status_code=200)
    async def call_back(self, step: DraftStep) -> Answer:
        """Take a draft that waits back into work."""

        async def act(value: VersionForm) -> Response[None]:
            await publishing.send_back(step.desk, step.draft_id, value.version, "", "edit")
            return step.done("sent_back")

        return await step.take(VersionForm, act)

    @post("/settle", opt=EDIT, status_code=200)
    async def settle(self, step: DraftStep) -> Answer:
        """Keep one's own version of what two people changed, or take the other one."""

        async def act(value: SettleForm) -> Response[None]:
            await publishing.settle(step.desk, step.draft_id, value.version, keep_mine=value.keep == "mine")
            return step.done("settled", f"/access?draft={step.draft_id}")

        return await step.take(SettleForm, act)

    @post("/drop", opt=EDIT, status_code=200)
    async def drop(self, step: DraftStep) -> Answer:
        """Give a draft up."""

        async def act(value: VersionForm) -> Response[None]:
            await drafting.drop_draft(step.desk, step.draft_id, value.version)
            return step.done("dropped")

        return await step.take(VersionForm, act)


async def figures(desk: Desk, draft_id: UUID) -> Mapping[str, int]:
    """Count what a draft does, before anything is locked."""
    work = await drafting.read_work(desk, await desk.read(draft_id))
    return (await impact.compute(desk, work)).figures()


def _what(draft: Draft) -> str:
    if draft.state == "waiting":
        return "waiting"
    return "published" if draft.activates_at is None else "scheduled"
