"""What the catalogue's page shows of rooms above it: the order at hand and the contract's limit and plan."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction


class Basket(Struct, frozen=True, kw_only=True):
    """The draft a quantity typed in the catalogue goes to. ``quantities`` are by product, in order units."""

    order_id: UUID
    number: str
    contract_id: UUID | None
    lines: int
    gross: Decimal | None  # None where the reader may not see money
    currency: str
    kg: Decimal
    capacity_kg: Decimal  # of one truck
    quantities: Mapping[UUID, Decimal]


class Terms(Struct, frozen=True, kw_only=True):
    """Limit and plan of one contract; None where there is none or the reader may not know."""

    credit_left: Decimal | None
    currency: str
    plan_kg: Decimal | None
    fact_kg: Decimal | None
    as_of: datetime | None


class Surroundings(Struct, frozen=True):
    """What stands around the list."""

    basket: Basket | None = None
    terms: Terms | None = None


@runtime_checkable  # the framework checks what it injects
class Desk(Protocol):
    """Supplied by the orders room, wired where the application is put together."""

    async def surroundings(
        self, transaction: Transaction, actor: Actor, policy: Policy, contract_id: UUID | None
    ) -> Surroundings:
        """Read what surrounds the catalogue; ``contract_id`` is set when the reader looks at one contract."""
        ...
