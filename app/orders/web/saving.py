"""Saving a step of a draft: one way for every form of it, from what was typed to the next page."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from litestar import Response
from msgspec import Struct

from app.infra.http.failures import status_of
from app.infra.http.forms import Form
from app.infra.http.page import Page, PageResponse
from app.infra.http.words import Wording
from app.infra.pages.views import FieldProblem
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet
from app.orders.web.stage import StepName, draw_block, field_problems, set_stage

Typed = TypeVar("Typed", bound=Struct)
Saved = TypeVar("Saved")
Again = Callable[[Sequence[FieldProblem], int], Awaitable[PageResponse]]
CHANGED: Final = 412  # somebody saved meanwhile: the form comes back with what both wrote


async def save_step(
    form: Form[Typed],
    page: Page,
    wording: Wording,
    *,
    save: Callable[[Typed], Awaitable[Saved]],
    again: Again,
    done: Callable[[Typed, Saved], Awaitable[PageResponse | Response[None]]],
    repeated: Callable[[Typed], Awaitable[Saved | None]] | None = None,
) -> PageResponse | Response[None]:
    """Save what was typed and go on with ``done``, or show the form ``again`` with its problems and a status.

    A button pressed twice sends a form whose version its first press has used up. ``repeated`` looks whether
    everything typed stands there already; if so, the second press goes on like the first and loses nobody's work.
    """
    try:
        value = form.result()
        saved = await save(value)
    except ChangedMeanwhileError:
        same = None if repeated is None else await repeated(form.result())
        return await again([], CHANGED) if same is None else await done(form.result(), same)
    except InvalidInputError as error:
        return await again(field_problems(error.problems, wording, page.locale), status_of(error))
    return await done(value, saved)


async def draw_saved(
    desk: Desk, page: Page, sheet: Sheet, step: StepName, problems: Sequence[FieldProblem] = (), status: int = 200
) -> PageResponse:
    """Tell a script that saves while one types how it went: when it was saved, or why it was not."""
    stage = await set_stage(desk, sheet, step, problems=problems)
    context = {**stage.context, "has_changed": status == CHANGED}
    return draw_block(page, "orders/draft.html", "saved_block", context, status)
