"""What pages of this room show again and again: papers and addresses as the ERP masters them, regions as a dictionary.

Every value was read under its reader's decision and is found only under the same one. A list narrowed by typed words
is not kept: nobody else asks for it.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.caching.families import Family, Tag
from app.caching.rules import Bounds
from app.infra.db.transaction import Transaction
from app.partners import queries
from app.partners.queries import ContractFilter, Place, Slice
from app.partners.schemas import AgreementView, ConsigneeView, ContractView, OrganisationView, RegionView

V = TypeVar("V", bound=Struct)

_MINUTE: Final = Bounds(ttl_s=60)


class Ask(Struct, frozen=True):
    """Which rows a list holds. ``partner_id`` is set where the reader belongs to one client and sees no other."""

    decision: Decision
    place: Place
    partner_id: UUID | None = None
    of: UUID | None = None  # one row, or the rows of one client or contract
    part_of: UUID | None = None
    today: date = date.min


class ContractsAsk(Struct, frozen=True):
    """Which contracts."""

    decision: Decision
    place: Place
    today: date
    wanted: ContractFilter
    partner_id: UUID | None = None


def _scope(ask: Ask | ContractsAsk) -> Sequence[object]:
    return (ask.decision.fingerprint,)


def _parts(ask: Ask) -> Sequence[object]:
    return (ask.place, ask.of, ask.part_of, ask.today)


def _client(ask: Ask | ContractsAsk) -> Sequence[Tag]:
    return (("clients", ask.partner_id),)


def _terms(ask: Ask | ContractsAsk) -> Sequence[Tag]:
    return (("terms", ask.partner_id), ("clients", ask.partner_id))


async def _load_contracts(transaction: Transaction, ask: ContractsAsk) -> Slice[ContractView]:
    return await queries.read_contracts(transaction, ask.decision, ask.today, ask.wanted, ask.place)


async def _load_agreements(transaction: Transaction, ask: Ask) -> Slice[AgreementView]:
    return await queries.read_agreements(
        transaction, ask.decision, ask.today, ask.place, agreement_id=ask.of, contract_id=ask.part_of
    )


async def _load_consignees(transaction: Transaction, ask: Ask) -> Slice[ConsigneeView]:
    return await queries.read_consignees(
        transaction, ask.decision, ask.place, address_id=ask.of, partner_id=ask.part_of
    )


async def _load_organisations(transaction: Transaction, ask: Ask) -> Slice[OrganisationView]:
    return await queries.read_organisations(transaction, ask.decision, ask.place, ask.of)


async def _load_regions(transaction: Transaction, ask: Ask) -> Slice[RegionView]:
    return await queries.read_regions(transaction, ask.decision, ask.place, ask.of)


CONTRACTS: Final = Family(
    "contracts",
    "synchronized",
    Slice[ContractView],
    _load_contracts,
    scope=_scope,
    parts=lambda ask: (ask.place, ask.today, ask.wanted),
    tags=_terms,
    bounds=_MINUTE,
    owner=(7,),
)
AGREEMENTS: Final = Family(
    "agreements",
    "synchronized",
    Slice[AgreementView],
    _load_agreements,
    scope=_scope,
    parts=_parts,
    # Names of assortments and warehouses are in it.
    tags=lambda ask: (*_terms(ask), ("goods", None)),
    bounds=_MINUTE,
    owner=(8,),
)
CONSIGNEES: Final = Family(
    "consignees",
    "synchronized",
    Slice[ConsigneeView],
    _load_consignees,
    scope=_scope,
    parts=_parts,
    tags=_client,
    bounds=_MINUTE,
    owner=(3, 4),
)
ORGANISATIONS: Final = Family(
    "organisations",
    "synchronized",
    Slice[OrganisationView],
    _load_organisations,
    scope=_scope,
    parts=_parts,
    tags=_client,
    bounds=_MINUTE,
    owner=(1, 2, 11),
)
REGIONS: Final = Family(
    "regions",
    "lazy",
    Slice[RegionView],
    _load_regions,
    scope=_scope,
    parts=_parts,
    bounds=Bounds(ttl_s=300, stale_s=300, error_s=3600),
    owner=(5,),
    is_near=True,
)

FAMILIES: Final = [CONTRACTS, AGREEMENTS, CONSIGNEES, ORGANISATIONS, REGIONS]
