"""Drafts at work and versions published: who, when, why, and the way back."""

from typing import Final

from litestar import Response, get, post
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText, read_numbered, write_cursor
from app.infra.http.page import Page, PageResponse
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import Pager
from app.kernel.clock import utc_now
from app.kernel.errors import NotFoundError
from app.rights import wording as words
from app.rights.dimensions import find_permission
from app.rights.queries import drafts, history, rules
from app.rights.queries.history import Version
from app.rights.rules.lines import Cell, Line, line_of
from app.rights.services import publishing
from app.rights.services.desk import Desk
from app.rights.services.telling import Vocabulary, read_vocabulary
from app.rights.web.matrix import EDIT, VIEW

_ROWS: Final = 20
_OPEN: Final = 50


class Written(Struct, frozen=True):
    """One line of a version, in words."""

    subject: str
    permission: str
    words: str
    is_allow: bool


class VersionPages(Controller):
    """The history of rights."""

    @get("/access/versions", opt=VIEW)
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, page: Page, cursor: CursorText = None
    ) -> PageResponse:
        """List drafts at work and everything published, the last first."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.require("view")
        before = read_numbered(cursor)
        found, total = await history.list_versions(transaction, desk.partner_id, _ROWS + 1, before)
        shown = found[:_ROWS]
        following = f"/access/versions?cursor={write_cursor(shown[-1].n)}" if len(found) > _ROWS else ""
        at_work, _ = await drafts.list_drafts(transaction, desk.partner_id, ("draft", "waiting"), _OPEN)
        return page.render(
            "rights/versions.html",
            versions=shown,
            drafts=[(one, gettext(page.locale, words.STATES[one.state])) for one in at_work],
            pager=Pager(len(shown), total, "/access/versions" if cursor else "", following),
            last=await history.read_last(transaction),
            now=desk.now,
            may_edit=await desk.may("edit"),
            is_client=desk.partner_id is not None,
        )

    @get("/access/versions/{n:int}", opt=VIEW)
    async def one(
        self, n: int, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse | Response[None]:
        """Show what a publication changed; what the portal began with changed nothing and stands in the list."""
        desk = Desk(transaction, policy, actor, utc_now())
        await desk.require("view")
        if n == 1:
            return page.redirect("/access/versions")
        is_known = 1 < n <= await history.read_last(transaction)
        version = await history.read_version(transaction, desk.partner_id, n) if is_known else None
        if version is None:
            raise NotFoundError
        ended = [line_of(rule) for rule in await rules.read_some(transaction, version.ended)]
        added = [line_of(rule) for rule in await rules.read_some(transaction, version.added)]
        cells = [Cell(frozenset({one.terms})) for one in (*ended, *added)]
        vocabulary = await read_vocabulary(desk, page.locale, cells, [one.subject for one in (*ended, *added)])
        return page.render(
            "rights/version.html",
            version=version,
            ended=[_written(vocabulary, one) for one in ended],
            added=[_written(vocabulary, one) for one in added],
            figures=_figures(version, page.locale),
            may_edit=await desk.may("edit"),
        )

    @post("/access/versions/{n:int}/revert", opt=EDIT, status_code=200)
    async def revert(
        self, n: int, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> Response[None]:
        """Begin a draft that brings a version back."""
        desk = Desk(transaction, policy, actor, utc_now())
        title = gettext(page.locale, words.BACK_TITLE, version=str(n))
        draft = await publishing.go_back(desk, n, title)
        done = words.DONE["back" if draft.changes else "same"]
        return page.redirect(f"/access?draft={draft.id}", flash=Flash(gettext(page.locale, done)))


def _written(vocabulary: Vocabulary, line: Line) -> Written:
    permission = find_permission(f"{line.resource}:{line.action}")
    return Written(
        vocabulary.subject(line.subject),
        f"{line.resource}:{line.action}" if permission is None else permission.label(vocabulary.locale),
        vocabulary.terms(line.resource, line.terms),
        line.effect == "allow",
    )


def _figures(version: Version, locale: str) -> list[tuple[str, int, int]]:
    found = [("", version.impact.get("people_gaining", 0), version.impact.get("people_losing", 0))]
    for kind, label in words.KINDS.items():
        gained, lost = (version.impact.get(f"{kind}s_{way}", 0) for way in ("gained", "lost"))
        if gained or lost:
            found.append((gettext(locale, label), gained, lost))
    return found
