"""The page where many are invited at once: bring a table, see what each line would become, send them all."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State, UploadFile
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.languages import LANGUAGES
from app.infra.i18n.wording import ngettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem
from app.infra.sheet_reading import Line, SheetError, read_sheet, read_text
from app.kernel.errors import InvalidInputError, KaravanError, Problem, RejectedError, TooManyRequestsError
from app.kernel.ids import new_id
from app.people.links import Links
from app.people.schemas import CrowdForm
from app.people.services.crowd import Crowd, Guest, write_back
from app.people.services.inviting import Inviting
from app.people.web.forms import came_back
from app.people.web.labels import role_names

HERE: Final = "/users/invitations/many"
_FILE: Final = "sheet"
_LIST: Final = "/users/invitations"
_SLOW: Final = {"permission": "user:edit", "deadline_s": 60}


class GuestRow(Struct, frozen=True):
    """One line of the preview, in words."""

    number: int
    email: str
    role: str
    organisation: str
    branch: str
    language: str  # in itself, where it is known
    lang: str
    problems: Sequence[str]


class CrowdPages(Controller):
    """Inviting many."""

    path = HERE
    opt = _SLOW

    @get()
    async def ask(self, actor: Actor, page: Page) -> PageResponse:
        """Ask for a table."""
        return _page(page, actor)

    @post(status_code=200)
    async def check(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        links: Links,
        page: Page,
        wording: Wording,
    ) -> PageResponse:
        """Show what each line would become; nothing is sent."""
        form = await read_form(request, CrowdForm, [_FILE])
        text = form.raw.get("text", "")
        try:
            lines = await _lines(request, form.result().text)
            text = write_back(lines)
            guests = await Crowd(Inviting(transaction, actor, policy, links)).read(lines)
        except InvalidInputError as error:
            return _page(page, actor, text, error=error, wording=wording)
        return _page(page, actor, text, guests, wording=wording)

    @post("/send", opt={**_SLOW, "idempotent": True}, status_code=200)
    async def send(  # noqa: PLR0917 - dependencies arrive by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        links: Links,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Invite everybody of the table, or nobody where a line is wrong by now."""
        form = await read_form(request, CrowdForm)
        text = form.raw.get("text", "")
        crowd = Crowd(Inviting(transaction, actor, policy, links))
        try:
            guests = await crowd.read(_read(form.result().text))
            if any(one.problems for one in guests):
                return _page(page, actor, text, guests, wording=wording)
            sent = await crowd.invite([one.order for one in guests if one.order is not None])
        except (InvalidInputError, TooManyRequestsError) as error:
            return _page(page, actor, text, error=error, wording=wording)
        words = ngettext(
            page.locale, "%(num)s invitation is on its way", "%(num)s invitations are on their way", len(sent)
        )
        return page.redirect(_LIST, flash=Flash(words))


async def _lines(request: Request[object, object, State], text: str) -> list[Line]:
    """Read the file, or what was pasted where there is none."""
    sent = (await request.form()).get(_FILE)
    body = await sent.read() if isinstance(sent, UploadFile) else b""
    if not body:
        return _read(text)
    try:
        return read_sheet(body)
    except SheetError as error:
        raise RejectedError([Problem(error.code, _FILE, error.params)]) from None


def _read(text: str) -> list[Line]:
    try:
        return read_text(text)
    except SheetError as error:
        raise RejectedError([Problem(error.code, "text", error.params)]) from None


def _page(
    page: Page,
    actor: Actor,
    text: str = "",
    guests: Sequence[Guest] = (),
    *,
    error: KaravanError | None = None,
    wording: Wording | None = None,
) -> PageResponse:
    names = role_names(page.locale)
    rows = [_row(one, names, page.locale, wording) for one in guests] if wording else []
    wrong = [
        FieldProblem("text", f"{row.number}. {row.email}: {' '.join(row.problems)}") for row in rows if row.problems
    ]
    status = 422 if wrong else 200
    if error is not None and wording is not None:
        back = came_back({}, error, wording, page.locale)
        wrong, status = list(back.problems), back.status
    return page.render(
        "people/crowd.html",
        status_code=422 if status == 400 else status,  # noqa: PLR2004 - a page knows no difference
        headers=None,
        text=text,
        rows=rows,
        problems=wrong,
        errors={one.field: one.text for one in wrong if one.field == "sheet" or not rows},
        has_errors=bool(wrong),
        send_key=str(new_id()),
        is_staff=actor.is_staff,
        roles=sorted(names.values()),
    )


def _row(guest: Guest, names: Mapping[str, str], locale: str, wording: Wording) -> GuestRow:
    order, said = guest.order, guest.said
    return GuestRow(
        number=guest.number,
        email=said["email"],
        role=names.get(order.role, order.role) if order else said["role"],
        organisation=guest.organisation or said["organisation"],
        branch=said["branch"],
        language=LANGUAGES[order.locale].name if order else said["language"],
        lang=order.locale if order else locale,
        problems=[wording.problem(locale, one) for one in guest.problems],
    )
