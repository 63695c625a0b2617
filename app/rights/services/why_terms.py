"""The reader asks why about the terms they buy at: a contract, its credit, a plan."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.decisions import Decision
from app.access.policy import Policy
from app.access.terms import Facts
from app.credit.queries.accounts import LimitRow, PlanRow, read_limits, read_plans
from app.infra.db.transaction import Transaction
from app.kernel.errors import NotFoundError
from app.partners.schemas import ContractView
from app.partners.services import Reader, facts_of
from app.rights.services.contract_uses import ASKS, Use, UseOf, Way, uses, way_to

_LINES = 100  # a client has a dozen product lines


class Seen(Struct, frozen=True):
    """A contract, through what it is seen and what it can be used for."""

    contract: ContractView
    way: Way
    uses: Sequence[UseOf]


async def why_contract(transaction: Transaction, actor: Actor, policy: Policy, contract_id: UUID) -> Seen:
    """Tell through what a contract is seen, and why not more can be done under it.

    Raises:
        NotFoundError: no such contract within the reader's rights.
    """
    reader = Reader(transaction, actor, policy)
    contract = await reader.contract(contract_id)
    agreements = (await reader.agreements(contract_id=contract_id)).rows
    facts = Facts(reg=contract.region_id, org=contract.partner_id, ctr=contract.id, live=contract.is_live)
    decisions: dict[Use, Decision] = {
        use: await policy.decision(transaction, actor, *right) for use, right in ASKS.items()
    }
    any_in_force = any(one.is_live for one in agreements)
    found = uses(facts, [facts_of(one) for one in agreements], decisions, any_in_force=any_in_force)
    way = way_to(await policy.decision(transaction, actor, "contract", "view"), facts)
    return Seen(contract, way, found)


async def why_limit(transaction: Transaction, actor: Actor, policy: Policy, contract_id: UUID) -> LimitRow:
    """Tell what the credit of a contract is made of.

    Raises:
        NotFoundError: no credit of such a contract within the reader's rights.
    """
    decision = await policy.decision(transaction, actor, "limit", "view")
    rows, _ = await read_limits(transaction, decision, None, 1, contract_id)
    if not rows:
        raise NotFoundError
    return rows[0]


async def why_plan(
    transaction: Transaction, actor: Actor, policy: Policy, month: date, organisation: UUID | None
) -> Sequence[PlanRow]:
    """Tell what the plan of a month is made of; nothing where it is hidden, as where there is none."""
    decision = await policy.decision(transaction, actor, "plan", "view")
    of = organisation or actor.partner_id
    if of is None:
        return []
    rows, _ = await read_plans(transaction, decision, month.replace(day=1), None, _LINES, partner_id=of)
    return sorted(rows, key=lambda row: row.planned_kg, reverse=True)
