"""What all pages of settings share: their tabs, and how a form comes back with everything that was typed."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, cast

from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from msgspec import Struct

from app.access.actors import Actor
from app.access.tenants import Tenants
from app.infra.db.transaction import Transaction
from app.infra.http.failures import status_of
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem, Tab
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError, KaravanError
from app.settings.services.office import Office
from app.settings.wording import DONE, FIELDS, SECTIONS

ADMIN: Final = {"permission": "tenant:admin"}
Answer = PageResponse | Response[None]
_NONE: Final = "–"


class Difference(Struct, frozen=True):
    """A field two people changed: what is saved now, and what this person wrote."""

    label: str
    theirs: str
    mine: str


class Returned(Struct, frozen=True):
    """A form that could not be taken as it was."""

    status: int = 200
    problems: Sequence[FieldProblem] = ()
    differences: Sequence[Difference] = ()
    is_older: bool = False  # somebody saved meanwhile


NOTHING_WRONG: Final = Returned()


def returned(page: Page, wording: Wording, error: KaravanError) -> Returned:
    """Describe why a form came back; every problem at once."""
    if not isinstance(error, InvalidInputError):
        return Returned(status_of(error), (), (), is_older=True)
    # What cannot be understood and what may not be are the same to a reader of a page.
    return Returned(422, [FieldProblem(one.field, wording.problem(page.locale, one)) for one in error.problems])


class Section(Struct, frozen=True):
    """One press of a button on a page of settings: who, where, and the page that answers."""

    request: Request[object, object, State]
    office: Office
    page: Page
    wording: Wording
    tenants: Tenants

    async def take(
        self, doing: Awaitable[object], again: Callable[[Returned], Awaitable[PageResponse]], here: str, what: str = ""
    ) -> Answer:
        """Wait for what is changed and say so; what cannot be taken is drawn ``again`` with every reason."""
        try:
            await doing
        except (ChangedMeanwhileError, InvalidInputError) as error:
            return await again(returned(self.page, self.wording, error))
        # What everybody sees of the tenant is read anew.
        self.tenants.forget()
        return self.page.redirect(here, flash=done(self.page, what) if what else None)


def make_section(
    request: Request[object, object, State],
    actor: Actor,
    transaction: Transaction,
    page: Page,
    wording: Wording,
    tenants: Tenants,
) -> Section:
    """Put together what every button of a page needs."""
    return Section(request, Office(transaction, actor), page, wording, tenants)


SECTION: Final = {"section": Provide(make_section, sync_to_thread=False)}


def differ(locale: str, theirs: Mapping[str, str], mine: Mapping[str, str]) -> list[Difference]:
    """Set the fields beside each other in which two versions differ."""
    return [
        Difference(gettext(locale, FIELDS[name]), theirs[name] or _NONE, mine.get(name, "") or _NONE)
        for name in theirs
        if theirs[name] != mine.get(name, "")
    ]


async def sent_values(request: Request[object, object, State], name: str) -> list[str]:
    """List what was chosen under a name that may come more than once, as it was sent."""
    pairs = cast("Iterable[tuple[str, object]]", (await request.form()).multi_items())
    return [value for key, value in pairs if key == name and isinstance(value, str)]


def draw(page: Page, section: str, found: Returned, /, **context: object) -> PageResponse:
    """Draw the page of a section."""
    return page.render(
        f"settings/{section or 'overview'}.html",
        status_code=found.status,
        headers=None,
        tabs=tabs(page.locale, section),
        problems=found.problems,
        errors={one.field: one.text for one in found.problems},
        has_errors=bool(found.problems) or found.is_older,
        came_back=found,
        **context,
    )


def tabs(locale: str, active: str) -> Iterable[Tab]:
    """List the sections."""
    return [
        Tab(gettext(locale, label), f"/settings/{name}".rstrip("/"), is_active=name == active)
        for name, label in SECTIONS.items()
    ]


def done(page: Page, what: str) -> Flash:
    """Say what was done."""
    return Flash(gettext(page.locale, DONE[what]))
