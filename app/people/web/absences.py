"""The page of absences: who stands in for whom, and when."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.edge import BY_SESSION
from app.access.policy import Policy
from app.access.profile_web import CameBack
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.pages.views import Choice
from app.kernel.errors import InvalidInputError
from app.people.schemas import AbsenceOrder
from app.people.services.absences import Absences
from app.people.web.forms import came_back, done
from app.people.web.labels import role_names

PATH: Final = "/absences"


class AbsencePages(Controller):
    """Absences of oneself, of whom one stands in for, and of whom one looks after."""

    path = PATH
    opt = {"permission": "profile:edit", "personal": True}  # noqa: RUF012 - Litestar reads a class attribute of this shape

    @get()
    async def every(self, actor: Actor, transaction: Transaction, policy: Policy, page: Page) -> PageResponse:
        """List absences, and ask for a new one."""
        return await _absence_page(actor, transaction, policy, page)

    @post(opt=BY_SESSION, status_code=200)
    async def enter(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Enter one's own absence."""
        form = await read_form(request, AbsenceOrder)
        try:
            await Absences(transaction, actor, policy).enter(form.result())
        except InvalidInputError as error:
            wrong = came_back(form.raw, error, wording, page.locale)
            return await _absence_page(actor, transaction, policy, page, wrong)
        return page.redirect(PATH, flash=done(page, "absence"))

    @post("/{delegation_id:uuid}/end", opt=BY_SESSION, status_code=200)
    async def end(
        self, delegation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> Response[None]:
        """End an absence now."""
        await Absences(transaction, actor, policy).end(delegation_id)
        return page.redirect(PATH, flash=done(page, "absence_ended"))


async def _absence_page(
    actor: Actor, transaction: Transaction, policy: Policy, page: Page, wrong: CameBack | None = None
) -> PageResponse:
    wrong = wrong or CameBack()
    desk = Absences(transaction, actor, policy)
    editable = await policy.decision(transaction, actor, "user", "edit")
    values: Mapping[str, str] = {"deputy_id": "", "starts_on": desk.today.isoformat(), "ends_on": "", "reason": ""}
    return page.render(
        "people/absences.html",
        status_code=wrong.status,
        headers=None,
        absences=await desk.every(),
        me=actor.user_id,
        looks_after=not editable.is_empty,
        colleague_choices=[Choice(str(one), name) for one, name in await desk.colleagues()],
        roles=role_names(page.locale),
        values={**values, **wrong.raw},
        today=desk.today.isoformat(),
        **wrong.context,
    )
