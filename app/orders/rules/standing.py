"""Whether an order that was submitted may still be let through: what moved under it while it waited (R2).

Its prices stay as they were frozen (R6), so a price that ended since is no obstacle; credit and stock are taken
anew and have the last word.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from msgspec import Struct

from app.kernel.errors import Problem
from app.orders.rules.facts import AddressFacts, ContractFacts, Delivery


class LineStanding(Struct, frozen=True):
    """What the agreement a line was ordered from, and its product, are like today."""

    sku: str
    is_blocked: bool
    agreement_number: str
    is_live: bool  # agreed, not closed, and within its dates
    is_covered: bool  # the agreement still sells the product
    region_id: UUID | None  # delivery only there; None: anywhere


def find_standing_problems(
    contract: ContractFacts | None,
    address: AddressFacts | None,
    delivery: Delivery,
    lines: Sequence[LineStanding],
) -> Iterator[Problem]:
    """List everything that no longer holds; a line's path counts from zero in the order of the lines."""
    if contract is None or not contract.is_live:
        yield Problem("contract_closed_since", "contract_id", {"number": contract.number if contract else "—"})
    around = address.regions if address else frozenset[UUID]()
    for index, line in enumerate(lines):
        field, about = f"lines[{index}].product_id", {"sku": line.sku, "number": line.agreement_number}
        if line.is_blocked:
            yield Problem("product_blocked_since", field, {"sku": line.sku})
        if not line.is_live:
            yield Problem("agreement_closed_since", field, about)
        elif not line.is_covered:
            yield Problem("not_in_agreement_since", field, about)
        # An address that is gone lies in no region: what cannot be shown to be allowed is not.
        elif delivery == "delivery" and line.region_id is not None and line.region_id not in around:
            yield Problem("region_not_allowed_since", field, about)
