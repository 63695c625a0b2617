"""Everything the page of the matrix shows, put together from what the services read."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.terms import ANY, DIMENSIONS, Dimension
from app.infra.i18n.wording import gettext
from app.infra.pages.views import Choice, Tab
from app.rights import wording
from app.rights.dimensions import Permission, find_permission, terms_of_resource
from app.rights.queries import drafts, history, names
from app.rights.queries.drafts import Draft
from app.rights.rules.lines import Address, Cell, reach_of
from app.rights.rules.lines import line_of as line_of_rule
from app.rights.services import matrix
from app.rights.services.desk import Desk
from app.rights.services.drafting import Work, read_discreet_work
from app.rights.services.matrix import Column, Group, Spoken
from app.rights.services.telling import Vocabulary, read_vocabulary
from app.rights.web.place import Place

_LONGEST: Final = 100  # what people type into a search
_CHOICES: Final = 200  # regions, product lines
_FOUND: Final = 30
_SHORT: Final = frozenset({"reg", "lin"})  # few enough to be listed whole
_HEADS: Final[Sequence[Dimension]] = ("ctr", "agr", "lin", "prd")  # slices that make sense within one client


class Head(Struct, frozen=True):
    """A column's heading."""

    subject: str
    label: str
    note: str


class Box(Struct, frozen=True):
    """One cell as drawn."""

    id: str
    level: str
    words: str
    chips: list[str]
    label: str
    href: str
    is_changed: bool
    is_own: bool
    is_open: bool


class Band(Struct, frozen=True):
    """One row as drawn."""

    label: str
    name: str
    boxes: list[Box]


class Sheet(Struct, frozen=True):
    """Rows under a heading, as drawn."""

    label: str
    bands: list[Band]


class SpokenView(Struct, frozen=True):
    """One line of the open cell."""

    id: str
    words: str
    is_allow: bool
    origin: str
    origin_href: str
    note: str
    author: str
    fate: str
    can_end: bool


class Panel(Struct, frozen=True):
    """The open cell."""

    permission: Permission
    label: str
    subject: str
    subject_label: str
    level: str
    words: str
    lines: list[SpokenView]
    can_edit: bool
    levels: list[Choice]
    terms: list[tuple[str, str, list[Choice]]]  # name, label, choices
    authors: list[Choice]
    live: str  # what the word asks of this resource; "" where no rule may ask it


class Frame(Struct, frozen=True):
    """The page."""

    desk: Desk
    place: Place
    locale: str
    work: Work
    version: int
    columns: list[Column]
    groups: list[Group]
    words: Vocabulary

    @property
    def draft(self) -> Draft | None:
        """The draft shown, if any."""
        return self.work.draft


async def choose_draft(desk: Desk, place: Place) -> Draft | None:
    """Find the draft to show: the one asked for, else the reader's own that is still open."""
    if place.draft is not None:
        return await desk.read(place.draft)
    found, _ = await drafts.list_drafts(desk.transaction, desk.partner_id, ("draft", "waiting"), _FOUND)
    return next((one for one in found if one.author_id == desk.actor.user_id), None)


async def read_frame(desk: Desk, place: Place, locale: str) -> Frame:
    """Read the matrix of a place."""
    work = await read_discreet_work(desk, await choose_draft(desk, place))
    columns = await _columns(desk, work, place)
    groups = matrix.draw(work, columns, place.within, place.q, locale)
    subjects = [one.subject for one in columns] + matrix.exceptions(work)
    words = await read_vocabulary(desk, locale, matrix.all_cells(groups), subjects)
    version = await history.read_last(desk.transaction)
    return Frame(desk, place, locale, work, version, columns, groups, words)


async def _columns(desk: Desk, work: Work, place: Place) -> list[Column]:
    if desk.partner_id is not None:
        return await matrix.own_columns(desk, work, place.find)
    if place.subject[:2] in {"u:", "m:", "o:"} and _uuid(place.subject[2:]) is not None:
        return await matrix.exception_columns(desk, work, place.subject)
    return await matrix.role_columns(work, groups=place.columns == "groups")


def heads(frame: Frame) -> list[Head]:
    """Name the columns."""
    return [
        Head(one.subject, frame.words.subject(one.subject), frame.words.subject(f"r:{one.note}") if one.note else "")
        for one in frame.columns
    ]


def sheets(frame: Frame) -> list[Sheet]:
    """Word the rows."""
    titles = {one.subject: frame.words.subject(one.subject) for one in frame.columns}
    return [
        Sheet(
            gettext(frame.locale, wording.GROUPS[group.name]),
            [
                Band(row.permission.label(frame.locale), row.permission.name, [
                    _box(frame, row.permission, titles, number, view)
                    for number, view in enumerate(row.cells)
                ])
                for row in group.rows
            ],
        )
        for group in frame.groups
    ]  # fmt: skip


def _box(frame: Frame, permission: Permission, titles: Mapping[str, str], number: int, view: matrix.CellView) -> Box:
    place, subject = frame.place, view.address.subject
    return Box(
        id=f"c-{permission.resource}-{permission.action}-{number}",
        level=view.level,
        words=frame.words.level(view.cell),
        chips=frame.words.chips(permission.resource, view.cell) if view.level == "some" else [],
        label=f"{permission.label(frame.locale)}, {titles[subject]}",
        href=place.href(of=subject, cell=permission.name) + "#cell",
        is_changed=view.is_changed,
        is_own=view.is_own,
        is_open=(place.of, place.cell) == (subject, permission.name),
    )


def tabs(frame: Frame) -> list[Tab]:
    """The slices the matrix can be cut by."""
    names_of = ("", *(DIMENSIONS if frame.desk.partner_id is None else _HEADS))
    return [
        Tab(
            gettext(frame.locale, wording.TABS[name] if name or frame.desk.partner_id is None else wording.OWN_PEOPLE),
            frame.place.href(slice=name, item=None, look="", of="", cell=""),
            is_active=frame.place.slice == name,
        )
        for name in names_of
    ]


async def slice_choices(frame: Frame) -> list[Choice]:
    """List the objects the matrix can be narrowed to; long lists only as far as they were searched."""
    place, desk = frame.place, frame.desk
    if not place.slice:
        return []
    most = _CHOICES if place.slice in _SHORT else _FOUND
    found = await names.search_names(desk.transaction, place.slice, place.look, frame.locale, most)
    if place.item is not None and place.item not in {one.id for one in found}:
        known = await names.read_names(desk.transaction, place.slice, [place.item], frame.locale)
        found = [*(names.Named(key, name) for key, name in known.items()), *found]
    return [Choice(str(one.id), one.name) for one in found]


def exceptions(frame: Frame) -> list[Choice]:
    """List everybody with rules of their own; ``hint`` is the address of their column."""
    return [
        Choice(one, frame.words.subject(one), hint=frame.place.href(subject=one, of="", cell="", find=""))
        for one in matrix.exceptions(frame.work)
    ]


async def found_subjects(frame: Frame) -> list[Choice]:
    """Find people and organisations by part of a name."""
    place, desk = frame.place, frame.desk
    if not place.find or desk.partner_id is not None:
        return []
    people = await names.search_people(desk.transaction, place.find, None, _FOUND)
    partners = await names.search_names(desk.transaction, "org", place.find, frame.locale, _FOUND)
    subjects = [(f"o:{one.id}", one.name, "") for one in partners]
    for one in people:
        note = frame.words.subject(f"r:{one.role}")
        subjects.append((f"u:{one.user_id}", one.name, f"{note}, {one.organisation}" if one.organisation else note))
    return [Choice(place.href(subject=subject, of="", cell=""), label, hint=note) for subject, label, note in subjects]


async def read_panel(frame: Frame) -> Panel | None:
    """Read the open cell; None when none is open, or there is no such cell."""
    place = frame.place
    column = next((one for one in frame.columns if one.subject == place.of), None)
    permission = find_permission(place.cell)
    if column is None or permission is None:
        return None
    address = Address(column.subject, permission.resource, permission.action, place.within)
    lines = matrix.spoken(frame.work, column, address, frame.desk.partner_id)
    cell = reach_of([line_of_rule(rule) for rule in frame.work.proposed], address, column.subjects)
    said = [Cell(frozenset({one.terms})) for one in lines]
    words = await read_vocabulary(
        frame.desk, frame.locale, [cell, *said], [column.subject, *(one.subject for one in lines)]
    )
    draft = frame.draft
    is_fixed = frame.desk.partner_id is not None and column.subject == f"m:{frame.desk.actor.membership_id}"
    return Panel(
        permission=permission,
        label=permission.label(frame.locale),
        subject=column.subject,
        subject_label=words.subject(column.subject),
        level=matrix.level_of(cell),
        words=words.level(cell),
        lines=[_spoken(frame, words, permission.resource, one) for one in lines],
        can_edit=await frame.desk.may("edit") and not is_fixed and (draft is None or draft.state == "draft"),
        levels=_levels(frame, permission.resource),
        terms=await _terms(frame, permission.resource),
        authors=_authors(frame, permission.resource),
        live=_live(frame, permission.resource),
    )


def _spoken(frame: Frame, words: Vocabulary, resource: str, one: Spoken) -> SpokenView:
    origin = "" if one.is_here else words.subject(one.subject)
    href = ""
    if origin and frame.desk.partner_id is None:
        moved: dict[str, object] = {"of": one.subject, "slice": "", "item": None, "subject": ""}
        if one.subject[0] == "r":
            moved["columns"] = "groups" if one.subject[2:] in wording.ROLE_GROUPS else ""
        else:
            moved["subject"] = one.subject
        href = frame.place.href(**moved) + "#cell"
    return SpokenView(
        id=str(one.id),
        words=words.terms(resource, one.terms),
        is_allow=one.effect == "allow",
        origin=origin,
        origin_href=href,
        note=one.note if one.author else "",  # what came with the portal has notes for developers
        author=one.author,
        fate=one.fate,
        can_end=one.is_here and one.is_owned,
    )


def _live(frame: Frame, resource: str) -> str:
    if "val" not in terms_of_resource(resource):
        return ""
    return gettext(frame.locale, wording.ONLY_PLACED if resource in wording.PLACEABLE else wording.ONLY_LIVE)


def _levels(frame: Frame, resource: str) -> list[Choice]:
    """The levels a cell can be set to at once; "own" once for every way of being own."""
    locale = frame.locale
    icons = {"all": "check", "no": "minus", "blocked": "ban"}
    levels = [Choice(name, gettext(locale, wording.LEVELS[name]), gettext(locale, wording.MEANINGS[name]), icon)
              for name, icon in icons.items()]  # fmt: skip
    word = wording.LEVELS["own"]
    own = [
        Choice(f"own:{name}", gettext(locale, word), gettext(locale, wording.OWN_WAYS[name]), "filter")
        for name in matrix.own_variants(resource)
        if frame.place.slice not in {"org", "ctr", "reg"}
    ]
    return [levels[0], *own, *levels[1:]]


async def _terms(frame: Frame, resource: str) -> list[tuple[str, str, list[Choice]]]:
    known, locale = terms_of_resource(resource), frame.locale
    found: list[tuple[str, str, list[Choice]]] = []
    for dimension in DIMENSIONS:
        if dimension not in known or dimension == frame.place.slice:
            continue
        choices = [Choice(ANY, gettext(locale, wording.ANY_OBJECT))]
        if dimension in wording.OWN:
            choices.append(Choice("@own", gettext(locale, wording.OWN[dimension])))
        if dimension in _SHORT or frame.place.look:
            most = _CHOICES if dimension in _SHORT else _FOUND
            text = "" if dimension in _SHORT else frame.place.look
            some = await names.search_names(frame.desk.transaction, dimension, text, locale, most)
            choices.extend(Choice(str(one.id), one.name) for one in some)
        found.append((dimension, gettext(locale, wording.DIMENSIONS[dimension]), choices))
    return found


def _authors(frame: Frame, resource: str) -> list[Choice]:
    if "aut" not in terms_of_resource(resource):
        return []
    words = {ANY: wording.ANY_AUTHOR, **wording.AUTHORS}
    return [Choice(value, gettext(frame.locale, text)) for value, text in words.items()]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
