"""Contracts as owners of files."""

from typing import Final
from uuid import UUID

from app.documents.owners import Asking, Owner
from app.kernel.clock import business_date, utc_now
from app.partners.queries import is_contract


async def _sees_contract(asking: Asking, contract_id: UUID) -> bool:
    visible = await asking.policy.decision(asking.transaction, asking.actor, "contract", "view")
    return await is_contract(asking.transaction, visible, business_date(utc_now(), asking.actor.zone), contract_id)


OWNERS: Final = [Owner("contract", _sees_contract)]
