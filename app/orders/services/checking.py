"""Step 4: every obstacle at once, in the words of codes; nothing is taken and nothing changes."""

from uuid import UUID

from msgspec import Struct

from app.kernel.errors import Problem
from app.orders.queries.access import facts_of
from app.orders.rules.obstacles import NEEDS_APPROVAL, find_problems
from app.orders.rules.plates import is_known_shape
from app.orders.services.desk import Desk
from app.orders.services.sheet import Sheet, read_sheet
from app.orders.services.sight import sees_credit, sees_money


class Check(Struct, frozen=True):
    """What stands between a draft and its submission."""

    problems: tuple[Problem, ...]  # to be corrected first
    approvals: tuple[Problem, ...]  # a manager may let these through
    warnings: tuple[Problem, ...]  # worth a look, no obstacle

    @property
    def may_submit(self) -> bool:
        """Whether the order may go as it stands."""
        return not self.problems and not self.approvals

    @property
    def may_ask(self) -> bool:
        """Whether only credit stands in the way, so that the manager may be asked."""
        return not self.problems and bool(self.approvals)


async def check(desk: Desk, order_id: UUID) -> tuple[Sheet, Check]:
    """Check an order the actor may see.

    Raises:
        NotFoundError: there is none, or it is not theirs to see.
    """
    sheet = await read_sheet(desk, await desk.read(order_id))
    return sheet, await examine(desk, sheet)


async def examine(desk: Desk, sheet: Sheet) -> Check:
    """Check an order already read; whoever may not see prices or the credit is told of no sums."""
    found = find_problems(sheet.facts, sheet.today)
    order = facts_of(sheet.order)
    with_credit, with_sums = await sees_credit(desk, order), await sees_money(desk, order)
    return Check(
        problems=tuple(
            without_figures(one) if one.code == "below_minimum" and not with_sums else one
            for one in found
            if one.code not in NEEDS_APPROVAL
        ),
        approvals=tuple(one if with_credit else without_figures(one) for one in found if one.code in NEEDS_APPROVAL),
        warnings=tuple(_warnings(sheet)),
    )


def without_figures(problem: Problem) -> Problem:
    """Keep the word and drop the sums: money is not for every role."""
    return Problem(f"{problem.code}_plain", problem.field)


def _warnings(sheet: Sheet) -> list[Problem]:
    context = sheet.context
    plates = (("pickup.plate", context.plate), ("pickup.trailer", context.trailer))
    if sheet.order.delivery != "pickup":
        return []
    return [
        Problem("plate_unusual", field, {"plate": plate})
        for field, plate in plates
        if plate and not is_known_shape(plate)
    ]
