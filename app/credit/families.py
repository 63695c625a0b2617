"""Limits as pages show them. Taking credit never asks here: it is a conditional update of the row itself."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.caching.families import Family
from app.caching.rules import Bounds
from app.credit.queries.accounts import LimitRow, read_limits
from app.infra.db.transaction import Transaction


class LimitsAsk(Struct, frozen=True):
    """Which limits. ``partner_id`` is set where the reader belongs to one client and sees no other."""

    decision: Decision
    partner_id: UUID | None
    limit: int
    after: tuple[str, UUID] | None = None
    contract_id: UUID | None = None


Limits = tuple[list[LimitRow], int]


async def _load_limits(transaction: Transaction, ask: LimitsAsk) -> Limits:
    return await read_limits(transaction, ask.decision, ask.after, ask.limit, ask.contract_id)


def _limits_parts(ask: LimitsAsk) -> Sequence[object]:
    return (ask.limit, ask.after, ask.contract_id)


LIMITS: Final = Family(
    "limits",
    "write-through",
    Limits,
    _load_limits,
    scope=lambda ask: (ask.decision.fingerprint,),
    parts=_limits_parts,
    tags=lambda ask: (("credit", ask.partner_id), ("terms", ask.partner_id), ("clients", ask.partner_id)),
    bounds=Bounds(ttl_s=60),
    owner=(14,),
)

FAMILIES: Final = [LIMITS]
