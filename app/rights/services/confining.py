"""A client's head gives no more than the tenant gave the head."""

from app.access.compiler import compile_decision
from app.access.decisions import Conjunction
from app.access.terms import ANY, DIMENSIONS
from app.kernel.ids import new_id
from app.rights.rules.lines import Address, Cell, lines_of, rule_of
from app.rights.services.desk import Desk, refuse


async def insist_on_own_rights(desk: Desk, address: Address, wanted: Cell) -> None:
    """Refuse a cell that allows what its writer may not do, or that is about the writer.

    Raises:
        RejectedError: says which of the two.
    """
    actor = desk.actor
    if address.subject in {f"m:{actor.membership_id}", f"u:{actor.user_id}"}:
        raise refuse("own_rights", "subject")
    mine = await desk.policy.decision(desk.transaction, actor, address.resource, address.action)
    own = await desk.policy.own(desk.transaction, actor)
    for line in lines_of(Cell(allows=wanted.allows), address):
        said = compile_decision([rule_of(line, new_id())], own, line.terms.since or desk.now)
        for one in said.allow:
            # "Of my branch" means another branch for another person, so only rights without it can be handed on.
            allowed = any(wide.aut == ANY and wide.covers(one) for wide in mine.allow)
            if not allowed or any(_meet(ban, one) for ban in mine.deny):
                raise refuse("beyond_own_rights", "terms")


def _meet(ban: Conjunction, one: Conjunction) -> bool:
    """Whether some object may be within both; sets that have nothing in common keep them apart."""
    for dimension in DIMENSIONS:
        left, right = ban.ids(dimension), one.ids(dimension)
        if left is not None and right is not None and not left & right:
            return False
    return True
