"""What all pages of settings share: their tabs, and how a form comes back with everything that was typed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from litestar import Request
from litestar.datastructures import State
from msgspec import Struct

from app.infra.http.failures import status_of
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem, Tab
from app.kernel.errors import InvalidInputError, KaravanError
from app.settings.wording import DONE, FIELDS, SECTIONS

ADMIN: Final = {"permission": "tenant:admin"}
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
