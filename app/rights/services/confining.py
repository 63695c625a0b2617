"""A client's head gives no more than the tenant gave the head, and no more than the tenant gives any such head."""

from app.access.compiler import compile_decision
from app.kernel.ids import new_id
from app.rights.rules.lines import Address, Cell, lines_of, rule_of
from app.rights.services.desk import Desk, refuse


async def insist_on_own_rights(desk: Desk, address: Address, wanted: Cell) -> None:
    """Refuse a cell that allows what its writer may not do, or that is about the writer.

    What the tenant takes away from heads later needs no second look here: lent rights are compiled within the
    rights of the head's role, each time.

    Raises:
        RejectedError: says which of the two.
    """
    actor = desk.actor
    if address.subject in {f"m:{actor.membership_id}", f"u:{actor.user_id}"}:
        raise refuse("own_rights", "subject")
    mine = await desk.policy.decision(desk.transaction, actor, address.resource, address.action)
    role = await desk.policy.frame(desk.transaction, actor, address.resource, address.action)
    own = await desk.policy.own(desk.transaction, actor)
    for line in lines_of(Cell(allows=wanted.allows), address):
        said = compile_decision([rule_of(line, new_id())], own, line.terms.since or desk.now)
        for one in said.allow:
            if not (mine.includes(one) and role.includes(one)):
                raise refuse("beyond_own_rights", "terms")
