"""What all pages of the exchange share: who looks, their tabs, and how a refusal comes back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.erp.services.post import Post
from app.erp.wording import DONE, TABS
from app.infra.db.transaction import Transaction
from app.infra.http.failures import status_of
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem, Tab
from app.kernel.errors import BusyError, ChangedMeanwhileError, InvalidInputError

VIEW: Final = {"permission": "erp:view"}
MANAGE: Final = {"permission": "erp:manage"}
Answer = PageResponse | Response[None]


class Returned(Struct, frozen=True):
    """Why a form came back."""

    status: int = 200
    problems: tuple[FieldProblem, ...] = ()
    is_older: bool = False


NOTHING_WRONG: Final = Returned()


class Press(Struct, frozen=True):
    """One press of a button: who, where, and the page that answers."""

    request: Request[object, object, State]
    post: Post
    page: Page
    wording: Wording

    async def take(
        self, doing: Awaitable[object], again: Callable[[Returned], Awaitable[PageResponse]], here: str, what: str
    ) -> Answer:
        """Wait for what is done and say so; what cannot be done is drawn ``again`` with the reason."""
        try:
            await doing
        except (BusyError, ChangedMeanwhileError) as error:
            return await again(Returned(status_of(error), is_older=True))
        except InvalidInputError as error:
            problems = tuple(
                FieldProblem(one.field, self.wording.problem(self.page.locale, one)) for one in error.problems
            )
            return await again(Returned(422, problems))
        return self.page.redirect(here, flash=Flash(gettext(self.page.locale, DONE[what])))


def make_post(actor: Actor, transaction: Transaction, policy: Policy) -> Post:
    """Put together who looks at the exchange."""
    return Post(transaction, actor, policy)


def make_press(
    request: Request[object, object, State],
    actor: Actor,
    transaction: Transaction,
    policy: Policy,
    page: Page,
    wording: Wording,
) -> Press:
    """Put together what every button needs."""
    return Press(request, Post(transaction, actor, policy), page, wording)


GIVEN: Final = {
    "post": Provide(make_post, sync_to_thread=False),
    "press": Provide(make_press, sync_to_thread=False),
}


async def draw(page: Page, post: Post, name: str, found: Returned, /, **context: object) -> PageResponse:
    """Draw a page of the exchange."""
    can_manage = await post.may("manage")
    return page.render(
        f"erp/{name}.html",
        status_code=found.status,
        headers=None,
        tabs=tabs(page.locale, name, can_manage=can_manage),
        can_manage=can_manage,
        came_back=found,
        has_errors=bool(found.problems) or found.is_older,
        **context,
    )


def tabs(locale: str, active: str, *, can_manage: bool) -> list[Tab]:
    """List the pages of the exchange this person may open."""
    names: Mapping[str, str] = TABS if can_manage else {"": TABS[""]}
    section = {"overview": "", "message": "messages", "conflict": "conflicts", "comparison": "comparisons"}.get(
        active, active
    )
    return [
        Tab(gettext(locale, label), f"/erp/{name}".rstrip("/"), is_active=name == section)
        for name, label in names.items()
    ]
