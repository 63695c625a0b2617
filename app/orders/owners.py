"""Invoices and claims as owners of files: whoever sees the order, and of an invoice also its price.

What belongs to no order follows its contract: an invoice of an earlier debt the right to limits, a claim the right to
contracts.
"""

from typing import Final
from uuid import UUID

from app.documents.owners import Asking, Owner
from app.orders.queries.owners import is_alone, is_of_order


async def _sees_invoice(asking: Asking, invoice_id: UUID) -> bool:
    decide, transaction, actor = asking.policy.decision, asking.transaction, asking.actor
    orders = await decide(transaction, actor, "order", "view")
    prices = await decide(transaction, actor, "price", "view")
    limits = await decide(transaction, actor, "limit", "view")
    return await is_of_order(transaction, "invoices", invoice_id, orders, prices) or await is_alone(
        transaction, "invoices", invoice_id, limits
    )


async def _sees_claim(asking: Asking, claim_id: UUID) -> bool:
    decide, transaction, actor = asking.policy.decision, asking.transaction, asking.actor
    orders = await decide(transaction, actor, "order", "view")
    contracts = await decide(transaction, actor, "contract", "view")
    return await is_of_order(transaction, "claims", claim_id, orders, None) or await is_alone(
        transaction, "claims", claim_id, contracts
    )


OWNERS: Final = [Owner("invoice", _sees_invoice), Owner("claim", _sees_claim)]
