"""A form that came back: its status, what was typed, every problem in the reader's words."""

from collections.abc import Mapping

from app.access.profile_web import CameBack
from app.infra.http.failures import describe
from app.infra.http.page import Page
from app.infra.http.words import Wording
from app.infra.i18n.wording import gettext
from app.infra.pages.shell import Flash
from app.infra.pages.views import FieldProblem
from app.kernel.errors import InvalidInputError, KaravanError
from app.people.wording import DONE


def came_back(raw: Mapping[str, str], error: KaravanError, wording: Wording, locale: str) -> CameBack:
    """Say what keeps a form from being taken."""
    if isinstance(error, InvalidInputError):
        problems = [FieldProblem(one.field, wording.problem(locale, one)) for one in error.problems]
    else:
        problems = [FieldProblem("", wording.text(locale, error.code, error.params))]
    return CameBack(describe(error).status, raw, tuple(problems))


def done(page: Page, what: str, *, undo: str = "") -> Flash:
    """Say what was done, and offer to take it back by posting to ``undo``."""
    return Flash(gettext(page.locale, DONE[what]), undo_action=undo)
