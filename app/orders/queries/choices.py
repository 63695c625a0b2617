"""What a draft may choose from: clients, contracts and addresses within the actor's rights."""

from collections.abc import Mapping
from datetime import date
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.decisions import Decision
from app.infra.db.transaction import Transaction

_CONTRACTS: Final = """
    SELECT c.id, c.number, c.currency, c.counterparty_id, coalesce(p.name, '') AS counterparty_name, c.valid_to,
        c.status = 'live' AND coalesce(c.valid_from, $3) <= $3 AND coalesce(c.valid_to, $3) >= $3 AS is_live
    FROM contracts c
    JOIN partners o ON o.tenant_id = $1 AND o.id = c.partner_id
    LEFT JOIN counterparties p ON p.tenant_id = $1 AND p.id = c.counterparty_id
    WHERE c.tenant_id = $1 AND c.partner_id = $2 AND c.deleted_at IS NULL AND {allowed}
    ORDER BY is_live DESC, c.number, c.id
"""
_ADDRESSES: Final = """
    SELECT a.id, a.counterparty_id, coalesce(g.name, '') AS consignee_name, a.text, a.kind = 'rail' AS is_rail,
        a.station, a.station_code
    FROM consignee_addresses a
    JOIN partners o ON o.tenant_id = $1 AND o.id = a.partner_id
    LEFT JOIN counterparties g ON g.tenant_id = $1 AND g.id = a.counterparty_id
    WHERE a.tenant_id = $1 AND a.partner_id = $2 AND a.deleted_at IS NULL AND {allowed}
    ORDER BY g.name, a.text, a.id
"""
_BUYS: Final = "o.kind IN ('distributor', 'direct_buyer')"
_PARTNER: Final = """
    SELECT o.id, o.name, o.region_id, {buys} AS buys FROM partners o
    WHERE o.tenant_id = $1 AND o.id = $2 AND o.deleted_at IS NULL AND {allowed}
"""
_PARTNERS: Final = """
    SELECT o.id, o.name, o.region_id, {buys} AS buys FROM partners o
    WHERE o.tenant_id = $1 AND o.deleted_at IS NULL AND {buys} AND {allowed}
    ORDER BY o.name, o.id
"""
_CONTRACT_COLUMNS: Final[Mapping[str, str]] = {"reg": "o.region_id", "org": "c.partner_id", "ctr": "c.id"}
_ADDRESS_COLUMNS: Final[Mapping[str, str]] = {"reg": "o.region_id", "org": "a.partner_id"}
_PARTNER_COLUMNS: Final[Mapping[str, str]] = {
    "reg": "o.region_id",
    "org": "o.id",
    "author": "NULL::uuid",
    "branch": "NULL::text",
    "shared": "true",
    "live": "false",  # what begins is a draft
}


class ContractChoice(Struct, frozen=True):
    """A contract that may be named in an order."""

    id: UUID
    number: str
    currency: str
    counterparty_id: UUID
    counterparty_name: str
    valid_to: date | None
    is_live: bool


class AddressChoice(Struct, frozen=True):
    """A place goods may be sent to, with its consignee."""

    id: UUID
    counterparty_id: UUID
    consignee_name: str
    text: str
    is_rail: bool
    station: str
    station_code: str


class PartnerChoice(Struct, frozen=True):
    """A client; only whoever ``buys`` has orders, carriers and prospects do not."""

    id: UUID
    name: str
    region_id: UUID | None
    buys: bool


async def read_contracts(
    transaction: Transaction, decision: Decision, partner_id: UUID, today: date
) -> list[ContractChoice]:
    """List a client's contracts, those in force first. ``decision`` is contract:view."""
    allowed, values = decision.text(_CONTRACT_COLUMNS, 4)
    rows = await transaction.driver.fetch(
        _CONTRACTS.format(allowed=allowed), transaction.tenant_id, partner_id, today, *values
    )
    found = [msgspec.convert(dict(cast("dict[str, object]", row)), ContractChoice) for row in rows]
    transaction.admit("contract", *(one.id for one in found))
    return found


async def read_addresses(transaction: Transaction, decision: Decision, partner_id: UUID) -> list[AddressChoice]:
    """List a client's delivery addresses by consignee. ``decision`` is consignee:view."""
    allowed, values = decision.text(_ADDRESS_COLUMNS, 3)
    rows = await transaction.driver.fetch(
        _ADDRESSES.format(allowed=allowed), transaction.tenant_id, partner_id, *values
    )
    return [msgspec.convert(dict(cast("dict[str, object]", row)), AddressChoice) for row in rows]


async def read_partner(transaction: Transaction, decision: Decision, partner_id: UUID) -> PartnerChoice | None:
    """Read one client, None where there is none to see. ``decision`` is organisation:view."""
    allowed, values = decision.text({"reg": "o.region_id", "org": "o.id"}, 3)
    statement = _PARTNER.format(buys=_BUYS, allowed=allowed)
    row = await transaction.driver.fetchrow(statement, transaction.tenant_id, partner_id, *values)
    return None if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), PartnerChoice)


async def read_partners(transaction: Transaction, decision: Decision) -> list[PartnerChoice]:
    """List the clients the actor may make drafts for. ``decision`` is order:draft."""
    allowed, values = decision.text({**_PARTNER_COLUMNS, "ctr": "NULL::uuid"}, 2)
    rows = await transaction.driver.fetch(_PARTNERS.format(buys=_BUYS, allowed=allowed), transaction.tenant_id, *values)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), PartnerChoice) for row in rows]
