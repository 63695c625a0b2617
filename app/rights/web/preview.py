"""What a draft would do: counts first, people one click away, objects one more."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.page import Page, PageResponse
from app.infra.http.text import clean_text
from app.infra.i18n.wording import gettext
from app.kernel.clock import utc_now
from app.rights import wording as words
from app.rights.dimensions import find_permission
from app.rights.services import impact
from app.rights.services.desk import Desk
from app.rights.services.drafting import Work, read_work
from app.rights.services.impact import Direction, Tally
from app.rights.services.telling import read_vocabulary
from app.rights.web.matrix import VIEW

_ROWS: Final = 50
_PEOPLE: Final = 200
_KEY: Final = 80


class TallyLine(Struct, frozen=True):
    """One permission's numbers in words; each number leads to its names."""

    label: str
    kind: str
    tally: Tally
    gained_href: str
    lost_href: str


class PreviewPages(Controller):
    """The impact of a draft."""

    path = "/access/drafts/{draft_id:uuid}/preview"

    @get(opt={**VIEW, "deadline_s": 60})
    async def counts(
        self, draft_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> PageResponse:
        """Count who gains and who loses what."""
        desk, work = await _work(transaction, policy, actor, draft_id)
        found = await impact.compute(desk, work)
        lines = [_line(one, draft_id, page.locale) for one in found.tallies]
        orders = sum(one.lost for one in found.tallies if one.kind == "order")
        context: dict[str, object] = {"impact": found, "lines": lines, "orders_lost": orders, "draft": work.draft}
        if page.is_partial:
            return page.fragment("rights/preview.html", "counts_block", status_code=200, headers=None, **context)
        return page.render("rights/preview.html", status_code=200, headers=None, **context)

    @get("/people", opt={**VIEW, "deadline_s": 60})
    async def people(  # noqa: PLR0917 - dependencies arrive by name
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        permission: str = "",
        direction: Direction = "lost",
    ) -> PageResponse:
        """Name the people behind a number."""
        desk, work = await _work(transaction, policy, actor, draft_id)
        found = await impact.list_people(desk, work, permission, direction)
        vocabulary = await read_vocabulary(desk, page.locale, (), ())
        query = {"permission": permission, "direction": direction}
        rows = [
            (one, vocabulary.subject(f"r:{one.role}"),
             _href(draft_id, "objects", {**query, "membership": str(one.membership_id)}))
            for one in found[:_PEOPLE]
        ]  # fmt: skip
        return page.render(
            "rights/people.html",
            rows=rows,
            total=len(found),
            title=_title(permission, page.locale),
            direction=direction,
            draft=work.draft,
            kind=_kind(impact.KINDS.get(permission.partition(":")[0], ""), page.locale),
        )

    @get("/objects", opt={**VIEW, "deadline_s": 60})
    async def objects(  # noqa: PLR0913, PLR0917 - dependencies arrive by name
        self,
        draft_id: UUID,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        permission: str = "",
        membership: UUID | None = None,
        direction: Direction = "lost",
        after: str = "",
    ) -> PageResponse:
        """Name what one person gains or loses."""
        desk, work = await _work(transaction, policy, actor, draft_id)
        place = clean_text(after, field="after", max_length=_KEY)
        found = (
            []
            if membership is None
            else await impact.list_objects(desk, work, permission, direction, membership, _ROWS + 1, place)
        )
        query = {"permission": permission, "direction": direction}
        shown = found[:_ROWS]
        following = {**query, "membership": str(membership), "after": shown[-1].key} if len(found) > _ROWS else {}
        return page.render(
            "rights/objects.html",
            names=[one.name for one in shown],
            title=_title(permission, page.locale),
            direction=direction,
            back_href=_href(draft_id, "people", query),
            next_href=_href(draft_id, "objects", following) if following else "",
        )


async def _work(transaction: Transaction, policy: Policy, actor: Actor, draft_id: UUID) -> tuple[Desk, Work]:
    desk = Desk(transaction, policy, actor, utc_now())
    return desk, await read_work(desk, await desk.read(draft_id))


def _title(permission: str, locale: str) -> str:
    found = find_permission(permission)
    return gettext(locale, words.ALL_RIGHTS) if found is None else found.label(locale)


def _kind(kind: str, locale: str) -> str:
    return gettext(locale, words.KINDS[kind]) if kind else ""


def _href(draft_id: UUID, page: str, query: Mapping[str, str]) -> str:
    return f"/access/drafts/{draft_id}/preview/{page}?{urlencode(query)}"


def _line(tally: Tally, draft_id: UUID, locale: str) -> TallyLine:
    permission = f"{tally.resource}:{tally.action}"
    return TallyLine(
        _title(permission, locale),
        _kind(tally.kind, locale),
        tally,
        _href(draft_id, "people", {"permission": permission, "direction": "gained"}),
        _href(draft_id, "people", {"permission": permission, "direction": "lost"}),
    )
