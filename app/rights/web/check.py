"""The page "check one user": who, which right, which object; and why the answer is what it is."""

from typing import Annotated, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from litestar.params import Parameter
from msgspec import Struct
from msgspec.structs import asdict, replace

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.http.text import clean_text
from app.infra.i18n.wording import gettext
from app.infra.pages.views import Choice
from app.kernel.clock import utc_now
from app.rights import wording as words
from app.rights.dimensions import Permission, find_permission, grouped
from app.rights.queries import names
from app.rights.queries.objects import KIND_OF
from app.rights.rules.lines import Level
from app.rights.services import asking, matrix
from app.rights.services.asking import Answer
from app.rights.services.desk import Desk
from app.rights.services.drafting import read_discreet_work
from app.rights.services.seeing import may_see_as
from app.rights.services.telling import read_vocabulary
from app.rights.web.answers import tell
from app.rights.web.matrix import VIEW

_LONGEST: Final = 100
_FOUND: Final = 10
Name = Annotated[str, Parameter(max_length=80)]


class Question(Struct, frozen=True):
    """What the address asks."""

    person: UUID | None = None
    permission: str = ""
    item: UUID | None = None  # the object
    who: str = ""  # part of a person's name
    find: str = ""  # part of an object's name

    def href(self, **changes: object) -> str:
        """Give the address of this question with changes; what is empty is left out."""
        asked = cast("dict[str, object]", asdict(replace(self, **changes)))
        query = {name: str(value) for name, value in asked.items() if value}
        return f"/access/check?{urlencode(query)}" if query else "/access/check"


class RightLine(Struct, frozen=True):
    """One right of the person, in one word; the link asks about it."""

    label: str
    level: Level
    words: str
    chips: list[str]
    href: str
    is_asked: bool


class RightGroup(Struct, frozen=True):
    """Rights under one heading."""

    label: str
    rights: list[RightLine]


class CheckPages(Controller):
    """Check one user."""

    @get("/access/check", opt=VIEW)
    async def check(  # noqa: PLR0913, PLR0917 - what the address says arrives by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        person: UUID | None = None,
        permission: Name = "",
        item: UUID | None = None,
        who: str = "",
        find: str = "",
    ) -> PageResponse:
        """Show the question and, once it is whole, the answer."""
        desk = Desk(transaction, policy, actor, utc_now())
        typed = {name: clean_text(text, field=name, max_length=_LONGEST) for name, text in
                 (("who", who), ("find", find))}  # fmt: skip
        right = find_permission(permission)
        kind = None if right is None else KIND_OF.get(right.resource)
        asked = Question(person, "" if right is None else right.name, item if kind else None, **typed)
        answer = None
        if person is not None and right is not None:
            answer = await asking.ask(desk, person, right, asked.item, page.locale)
        context: dict[str, object] = {
            "asked": asked,
            "chosen": await _chosen(desk, asked, answer, page.locale),
            "people": await _people(desk, asked, page.locale) if person is None else [],
            "rights": _rights(page.locale),
            "kind": kind or "",
            "kind_label": gettext(page.locale, words.KIND_LABELS[kind]) if kind else "",
            "objects": await _objects(desk, asked, right, page.locale) if asked.item is None else [],
            "told": None if answer is None else await tell(desk, answer, page.locale),
            "groups": await _effective(desk, asked, page.locale) if person is not None else [],
            "matrix_href": f"/access?subject=m%3A{person}" if person is not None and not desk.partner_id else "",
        }
        return page.render("rights/check.html", status_code=200, headers=None, **context)


class Chosen(Struct, frozen=True):
    """Whom the question is about; ``may_see_as``: whether the reader may look as they do."""

    name: str
    note: str
    may_see_as: bool


async def _chosen(desk: Desk, asked: Question, answer: Answer | None, locale: str) -> Chosen | None:
    if asked.person is None:
        return None
    if answer is None:
        person, organisation = await asking.find_person(desk, asked.person)
    else:
        person, organisation = answer.person, answer.organisation
    role = (await read_vocabulary(desk, locale, (), ())).subject(f"r:{person.role}")
    note = f"{role}, {organisation}" if organisation else role
    return Chosen(person.name, note, await may_see_as(desk, person))


async def _people(desk: Desk, asked: Question, locale: str) -> list[Choice]:
    found = await names.search_people(desk.transaction, asked.who, desk.partner_id, _FOUND)
    spoken = await read_vocabulary(desk, locale, (), ())
    return [
        Choice(asked.href(person=one.id, who=""), one.name, ", ".join(
            part for part in (spoken.subject(f"r:{one.role}"), one.organisation) if part))
        for one in found
    ]  # fmt: skip


async def _objects(desk: Desk, asked: Question, right: Permission | None, locale: str) -> list[Choice]:
    kind = None if right is None else KIND_OF.get(right.resource)
    if kind is None or not asked.find:
        return []
    found = await asking.find_objects(desk, kind, asked.find, locale)
    return [Choice(asked.href(item=one.id, find=""), one.name) for one in found]


def _rights(locale: str) -> list[tuple[str, list[Choice]]]:
    return [
        (gettext(locale, words.GROUPS[name]), [Choice(one.name, one.label(locale)) for one in permissions])
        for name, permissions in grouped()
    ]


async def _effective(desk: Desk, asked: Question, locale: str) -> list[RightGroup]:
    """Tell everything the person may, whatever object: one column of the matrix."""
    work = await read_discreet_work(desk, None)
    columns = await matrix.exception_columns(desk, work, f"m:{asked.person}")
    groups = matrix.draw(work, columns, None, "", locale) if columns else []
    spoken = await read_vocabulary(desk, locale, matrix.all_cells(groups), ())
    return [
        RightGroup(gettext(locale, words.GROUPS[group.name]), [
            RightLine(
                row.permission.label(locale), cell.level, spoken.level(cell.cell),
                spoken.chips(row.permission.resource, cell.cell) if cell.level == "some" else [],
                asked.href(permission=row.permission.name, item=_kept(asked, row.permission), find=""),
                asked.permission == row.permission.name,
            )
            for row in group.rows for cell in row.cells
        ])
        for group in groups
    ]  # fmt: skip


def _kept(asked: Question, permission: Permission) -> UUID | None:
    """Keep the object where the other right is about the same kind of thing."""
    before = find_permission(asked.permission)
    same = before is not None and KIND_OF.get(before.resource) == KIND_OF.get(permission.resource)
    return asked.item if same else None
