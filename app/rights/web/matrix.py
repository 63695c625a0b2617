"""The page of the matrix: look, search, open a cell, change it. All of it is in the address."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.controller import Controller
from litestar.datastructures import State

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.profile_web import CameBack
from app.infra.db.transaction import Transaction
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse, safe_path
from app.infra.http.text import clean_text
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.views import FieldProblem
from app.kernel.clock import utc_now
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError, NotFoundError, Problem
from app.rights import wording as words
from app.rights.dimensions import find_permission
from app.rights.rules.lines import ALL, BLOCKED, NO, Address, Cell, Slice, Terms, cell_of
from app.rights.rules.lines import line_of as line_of_rule
from app.rights.schemas import CellForm, DimensionName
from app.rights.services import drafting, publishing
from app.rights.services.administrators import may_invite
from app.rights.services.desk import Desk, refuse
from app.rights.services.drafting import Work
from app.rights.services.matrix import OWN_VARIANTS
from app.rights.web import frame as frames
from app.rights.web.frame import Frame, read_frame
from app.rights.web.moved import list_clashes, list_moved
from app.rights.web.place import Place

VIEW: Final = {"permission": "access:view"}
EDIT: Final = {"permission": "access:edit"}
_LONGEST: Final = 100
_WHOLE: Final[Mapping[str, Cell]] = {"all": ALL, "no": NO, "blocked": BLOCKED}


class MatrixPages(Controller):
    """Who may do what."""

    @get("/access", opt=VIEW)
    async def show(  # noqa: PLR0913, PLR0917 - what the address says arrives by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        slice: DimensionName = "",  # noqa: A002 - the name of the query parameter
        item: UUID | None = None,
        columns: str = "",
        subject: str = "",
        q: str = "",
        find: str = "",
        look: str = "",
        draft: UUID | None = None,
        of: str = "",
        cell: str = "",
    ) -> PageResponse:
        """Show the matrix, the open cell beside it and what the draft would do."""
        desk = Desk(transaction, policy, actor, utc_now())
        typed = {"q": q, "find": find, "look": look}
        clean = {name: clean_text(text, field=name, max_length=_LONGEST) for name, text in typed.items()}
        place = Place(slice, item, columns, subject, draft=draft, of=of, cell=cell, **clean)
        return await draw(page, await read_frame(desk, place, page.locale))

    @post("/access/cells", opt=EDIT, status_code=200)
    async def change(
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        wording: Wording,
    ) -> PageResponse | Response[None]:
        """Change one cell in the draft; without a draft one is begun."""
        desk = Desk(transaction, policy, actor, utc_now())
        form = await read_form(request, CellForm)
        value = form.result()
        draft_id, version = value.draft, value.version
        address = _address(value)
        try:
            if draft_id is None:
                begun = await drafting.open_draft(desk, gettext(page.locale, words.TITLE))
                draft_id, version = begun.id, begun.version
            work = await drafting.read_work(desk, await desk.read(draft_id))
            wanted = _wanted(desk, work, address, value)
            await drafting.set_cell(desk, draft_id, version, address, wanted)
        except ChangedMeanwhileError:
            told = FieldProblem("", gettext(page.locale, words.MEANWHILE))
            return await _again(desk, page, value, CameBack(412, form.raw, (told,)))
        except InvalidInputError as error:
            problems = tuple(_worded(wording, page.locale, one) for one in error.problems)
            return await _again(desk, page, value, CameBack(422, form.raw, problems))
        return page.redirect(safe_path(value.back, "/access").partition("#")[0] + "#cell")


async def draw(page: Page, frame: Frame, wrong: CameBack | None = None) -> PageResponse:
    """Draw the page of a frame; ``wrong``: a form on it that could not be taken."""
    wrong = wrong or CameBack()
    draft, place = frame.draft, frame.place
    outlook = None if draft is None else await publishing.foresee(frame.desk, frame.work)
    context: dict[str, object] = {
        "place": place,
        "here": place.href(),
        "draft": draft,
        "is_mine": draft is not None and draft.author_id == frame.desk.actor.user_id,
        "version": frame.version,
        "is_client": frame.desk.partner_id is not None,
        "tabs": frames.tabs(frame),
        "slice_label": gettext(frame.locale, words.DIMENSIONS[place.slice]) if place.slice else "",
        "slices": await frames.slice_choices(frame),
        "is_searched": place.slice not in {"", "reg", "lin"},
        "heads": frames.heads(frame),
        "sheets": frames.sheets(frame),
        "exceptions": frames.exceptions(frame),
        "found": await frames.found_subjects(frame),
        "panel": await frames.read_panel(frame),
        "outlook": outlook,
        "moved": [] if draft is None else await list_moved(frame),
        "conflicts": [] if outlook is None else await list_clashes(frame, outlook),
        "may_edit": await frame.desk.may("edit"),
        "may_approve": await frame.desk.may("approve"),
        "may_invite": await may_invite(frame.desk),
        "typed": wrong.raw,
        **wrong.context,
    }
    if page.is_partial:
        return page.fragment("rights/matrix.html", "cell_block", status_code=wrong.status, headers=None, **context)
    return page.render("rights/matrix.html", status_code=wrong.status, headers=None, **context)


async def _again(desk: Desk, page: Page, value: CellForm, wrong: CameBack) -> PageResponse:
    """Show the cell as it is now, beside what was wanted of it."""
    look = parse_qs(urlsplit(value.back).query).get("look", [""])[0][:_LONGEST]  # among what was chosen from
    place = Place(
        value.slice, value.item, subject="" if value.subject[0] == "r" else value.subject,
        columns="groups" if value.subject[2:] in words.ROLE_GROUPS else "",
        draft=value.draft, of=value.subject, cell=value.permission, look=look,
    )  # fmt: skip
    return await draw(page, await read_frame(desk, place, page.locale), wrong)


def _worded(wording: Wording, locale: str, problem: Problem) -> FieldProblem:
    """Word a problem; that of a condition says which."""
    said, label = wording.problem(locale, problem), words.DIMENSIONS.get(problem.field)
    if label is not None:
        said = gettext(locale, words.OF_FIELD, field=gettext(locale, label), problem=said)
    return FieldProblem(problem.field if label is not None or problem.field in {"since", "until"} else "", said)


def _address(value: CellForm) -> Address:
    permission = find_permission(value.permission)
    if permission is None:
        raise refuse("unknown_permission", "permission")
    here = None
    if value.slice and value.item is not None:
        here = Slice(value.slice, value.item)
    return Address(value.subject, permission.resource, permission.action, here)


def _wanted(desk: Desk, work: Work, address: Address, value: CellForm) -> Cell:
    if value.do in _WHOLE:
        return _WHOLE[value.do]
    if value.do.startswith("own:"):
        terms = OWN_VARIANTS.get(value.do[4:])
        if terms is None:
            raise refuse("term_unknown", "do")
        return Cell(allows=frozenset({terms}))
    cell = drafting.proposed_cell(work, address, desk.partner_id)
    if value.do == "add":
        return drafting.toggled(cell, value.effect, _terms(desk, value))
    return _toggle_line(work, address, cell, value.do)


def _toggle_line(work: Work, address: Address, cell: Cell, do: str) -> Cell:
    """Take out the line with this id, or put back the one that would end."""
    known = {str(one.rule.id): line_of_rule(one.rule) for one in work.standing}
    known |= {str(one.id): one.line for one in work.changes if one.op == "add"}
    line = known.get(do.removeprefix("line:"))
    if line is None:
        raise NotFoundError
    said = cell_of([line], address)
    return Cell(cell.allows ^ said.allows, cell.denies ^ said.denies)


def _terms(desk: Desk, value: CellForm) -> Terms:
    return Terms(
        reg=value.reg, org=value.org, ctr=value.ctr, agr=value.agr, lin=value.lin, prd=value.prd,
        val=value.val, aut=value.aut,
        since=_midnight(desk, value.since), until=_midnight(desk, value.until),
    )  # fmt: skip


def _midnight(desk: Desk, day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZoneInfo(desk.actor.zone))
