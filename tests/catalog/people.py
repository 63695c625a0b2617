"""Rights and transactions for tests, made by hand."""

from typing import cast
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.access.decisions import Conjunction, Decision
from app.catalog.schemas import Rights
from app.infra.db.transaction import Driver, Transaction

NOBODY = uuid4()


def may(*allow: Conjunction, deny: tuple[Conjunction, ...] = ()) -> Decision:
    """A decision of these rules."""
    return Decision(allow, deny, NOBODY, "")


def own_offers(partner: UUID) -> Decision:
    """What a buyer has: the live offers of the own company."""
    return may(Conjunction(org=frozenset((partner,)), live=True))


def all_rights(offers: Decision) -> Rights:
    """See money and stock of whatever offer is seen."""
    return Rights(offers, offers, offers)


def on_driver(driver: asyncpg.Connection, tenant_id: int = 1) -> Transaction:
    """A transaction of the driver alone: the catalogue's statements ask for nothing else."""
    nothing = cast("object", None)
    return Transaction(
        connection=cast("AsyncConnection", nothing),
        session=cast("AsyncSession", nothing),
        driver=cast("Driver", cast("object", driver)),
        tenant_id=tenant_id,
    )
