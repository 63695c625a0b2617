"""The page of the audit trail and its files."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.downloads import offer
from app.access.policy import Policy
from app.admin.audit_showing import Show
from app.admin.audit_wording import DEEDS, KINDS, THINGS, thing_of
from app.admin.queries.audit import Standing
from app.admin.schemas.audit import Asked, Export, Format
from app.admin.services.audit import Trail, TrailPage
from app.admin.services.audit_export import export
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText
from app.infra.http.forms import read_form
from app.infra.http.page import Page, PageResponse
from app.infra.http.request import EdgeRequest
from app.infra.i18n.dates import short_date
from app.infra.i18n.wording import gettext, pgettext
from app.infra.pages.views import Chip, Choice
from app.kernel.clock import business_date, utc_now
from app.kernel.errors import InvalidInputError, Problem

_PATH: Final = "/audit"
TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv",  # the framework adds the charset
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Group(Struct, frozen=True):
    """Deeds done to one kind of thing, for the choice of a deed."""

    label: str
    choices: Sequence[Choice]


class AuditPages(Controller):
    """Who did what, on whose behalf, before and after."""

    @get(_PATH, opt={"permission": "audit:view"})
    async def trail(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        q: str = "",
        person: str = "",
        action: str = "",
        kind: str = "",
        object: str = "",  # noqa: A002 - the name in the address
        since: str = "",
        until: str = "",
        cursor: CursorText = None,
    ) -> PageResponse:
        """List what was done, newest first."""
        asked = _asked(q, person, action, kind, object, since, until)
        trail = Trail(transaction, actor, policy)
        found = await trail.page(asked, cursor)
        show = Show(page.locale, actor.zone, links_orders=await trail.sees_orders())
        context = {
            **_answer(found, show, page.locale, is_first=cursor is None),
            **_standing(await trail.standing(), show),
            "today": business_date(utc_now(), actor.zone).isoformat(),
        }
        if page.is_partial:
            told = {"HX-Push-Url": _href(_query(found.asked))}
            return page.fragment("admin/audit.html", "trail", status_code=200, headers=told, **context)
        return page.render("admin/audit.html", status_code=200, headers=None, **context)

    @post(f"{_PATH}/export", opt={"permission": "audit:view"}, status_code=200)
    async def take(
        self, request: EdgeRequest, actor: Actor, transaction: Transaction, policy: Policy
    ) -> Response[bytes]:
        """Give the same rows as a file."""
        form = (await read_form(request, Export)).result()
        offer(request.scope, await export(Trail(transaction, actor, policy), form))
        return file_answer(form.format, actor.zone)


class Found(Struct, frozen=True):
    """How many rows there are; ``has_more``: more than were counted."""

    shown: int
    total: int
    has_more: bool


def file_answer(form: Format, zone: str) -> Response[bytes]:
    """Give the head of a file whose pieces follow."""
    name = f"audit-{business_date(utc_now(), zone):%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(b"", media_type=TYPES[form], headers=headers)


def _answer(found: TrailPage, show: Show, locale: str, *, is_first: bool) -> dict[str, object]:
    asked, query = found.asked, _query(found.asked)
    return {
        "days": show.days(found.records),
        "asked": asked,
        "since": query.get("since", ""),
        "until": query.get("until", ""),
        "groups": _groups(locale),
        "kinds": [Choice(code, gettext(locale, text)) for code, text in KINDS.items()],
        "chips": _chips(asked, show, locale),
        "found": Found(len(found.records), found.total, found.has_more),
        "first_href": "" if is_first else _href(query),
        "next_href": _href({**query, "cursor": found.next}) if found.next else "",
        "hidden": [Choice(name, value) for name, value in query.items()],
    }


def _standing(standing: Standing, show: Show) -> dict[str, object]:
    last = standing.last
    return {
        "sealed_at": "" if last is None else show.moment(last.at),
        "block": 0 if last is None else last.n,
        "digest": "" if last is None else last.hash.hex()[:16],
        "waiting": standing.waiting,
    }


def _asked(  # noqa: PLR0917 - one argument a field of the form
    q: str, person: str, action: str, kind: str, thing: str, since: str, until: str
) -> Asked:
    return Asked(
        q=q,
        person=person,
        action=action,
        kind=kind,
        object=_id(thing),
        since=_day(since, "since"),
        until=_day(until, "until"),
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidInputError([Problem("not_an_id", "object")]) from None


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInputError([Problem("not_a_date", field)]) from None


def _query(asked: Asked) -> dict[str, str]:
    said = {
        "q": asked.q,
        "person": asked.person,
        "action": asked.action,
        "kind": asked.kind,
        "object": "" if asked.object is None else str(asked.object),
        "since": "" if asked.since is None else asked.since.isoformat(),
        "until": "" if asked.until is None else asked.until.isoformat(),
    }
    return {name: value for name, value in said.items() if value}


def _href(query: Mapping[str, str]) -> str:
    return f"{_PATH}?{urlencode(query)}" if query else _PATH


def _chips(asked: Asked, show: Show, locale: str) -> list[Chip]:
    words = {
        "q": f"«{asked.q}»",
        "person": asked.person,
        "action": show.deed(asked.action),
        "kind": show.kind(asked.kind),
        "object": pgettext(locale, "audit", "One object"),
        "since": "" if asked.since is None else gettext(locale, "From %(day)s", day=short_date(locale, asked.since)),
        "until": "" if asked.until is None else gettext(locale, "To %(day)s", day=short_date(locale, asked.until)),
    }
    query = _query(asked)
    return [Chip(words[name], _href({one: value for one, value in query.items() if one != name})) for name in query]


def _groups(locale: str) -> list[Group]:
    return [
        Group(
            gettext(locale, label),
            [Choice(code, gettext(locale, text)) for code, text in DEEDS.items() if thing_of(code) == thing],
        )
        for thing, label in THINGS.items()
    ]
