"""Offers and products for rooms above: everything is read from rows, under the caller's decision."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from app.access.decisions import Decision
from app.catalog.queries.cards import read_cards, read_keyed_cards
from app.catalog.queries.offers import read_offers
from app.catalog.schemas import Offer, ProductCard, ProductKey
from app.infra.db.transaction import Transaction


async def current_offers(
    transaction: Transaction,
    decision: Decision,
    product_ids: Sequence[UUID],
    contract_id: UUID,
    on: date,
    *,
    region_id: UUID | None = None,
) -> Mapping[UUID, Sequence[Offer]]:
    """Read what these products cost under one contract on a business date, in one statement.

    The first offer of a product has the best contract price within the contract and says which agreement
    that is; a product that cannot be ordered there (blocked, deleted, not covered, no price today, no right,
    another company's contract) is absent. ``region_id`` leaves out agreements that do not deliver there.
    ``decision`` is offer:order or offer:view. Prices are always filled: whoever may not see money
    (price:view) must not be shown them.
    """
    return await read_offers(transaction, decision, product_ids, on, contract_id=contract_id, region_id=region_id)


async def product_cards(transaction: Transaction, product_ids: Sequence[UUID]) -> Mapping[UUID, ProductCard]:
    """Name products of lines the caller may already see, blocked and deleted ones too; one statement."""
    return await read_cards(transaction, product_ids)


async def keyed_cards(transaction: Transaction, keys: Collection[ProductKey]) -> Mapping[ProductKey, ProductCard]:
    """Name products as pages ask for them, by id or by number; no right is looked at, one statement."""
    return await read_keyed_cards(transaction, keys)
