"""Organisations, contracts, agreements, consignees and regions as JSON (CONTRACT, section 3)."""

from typing import Annotated, Final, TypeVar
from uuid import UUID

from litestar import get
from litestar.controller import Controller
from litestar.params import Parameter
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction
from app.infra.http.collections import Collection, CursorText, Limit
from app.partners.paging import read_place, write_place
from app.partners.queries import ContractFilter, Slice
from app.partners.schemas import AgreementView, ConsigneeView, ContractView, OrganisationView, RegionView
from app.partners.services import Reader

V = TypeVar("V", bound=Struct)
_PAGE: Final = 50
OfPartner = Annotated[UUID | None, Parameter(description="Only of this organisation")]
OfContract = Annotated[UUID | None, Parameter(description="Only of this contract")]
InForce = Annotated[bool | None, Parameter(description="Only in force today, or only not")]


class OrganisationsApi(Controller):
    """Client organisations and logistics companies."""

    path = "/api/v1/organisations"
    tags = ("organisations",)
    opt = {"permission": "organisation:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, limit: Limit = _PAGE, cursor: CursorText = None
    ) -> Collection[OrganisationView]:
        """List the organisations the caller may see, by name; a client sees its own."""
        return _collection(await Reader(transaction, actor, policy).organisations(read_place(limit, cursor)))

    @get("/{organisation_id:uuid}")
    async def one(
        self, organisation_id: UUID, actor: Actor, transaction: Transaction, policy: Policy
    ) -> OrganisationView:
        """Tell one organisation."""
        return await Reader(transaction, actor, policy).organisation(organisation_id)


class ContractsApi(Controller):
    """Sales contracts."""

    path = "/api/v1/contracts"
    tags = ("contracts",)
    opt = {"permission": "contract:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(  # noqa: PLR0917 - dependencies arrive by name
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        organisation: OfPartner = None,
        live: InForce = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[ContractView]:
        """List the contracts the caller may see, by number."""
        wanted = ContractFilter(partner_id=organisation, is_live=live)
        return _collection(await Reader(transaction, actor, policy).contracts(wanted, read_place(limit, cursor)))

    @get("/{contract_id:uuid}")
    async def one(self, contract_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> ContractView:
        """Tell one contract."""
        return await Reader(transaction, actor, policy).contract(contract_id)


class AgreementsApi(Controller):
    """What contracts allow."""

    path = "/api/v1/agreements"
    tags = ("agreements",)
    opt = {"permission": "agreement:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        contract: OfContract = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[AgreementView]:
        """List the agreements the caller may see, by number; without the right to prices no discount is told."""
        place = read_place(limit, cursor)
        return _collection(await Reader(transaction, actor, policy).agreements(place, contract_id=contract))

    @get("/{agreement_id:uuid}")
    async def one(self, agreement_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> AgreementView:
        """Tell one agreement."""
        return await Reader(transaction, actor, policy).agreement(agreement_id)


class ConsigneesApi(Controller):
    """Delivery addresses."""

    path = "/api/v1/consignees"
    tags = ("consignees",)
    opt = {"permission": "consignee:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self,
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        organisation: OfPartner = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> Collection[ConsigneeView]:
        """List the delivery addresses the caller may see."""
        place = read_place(limit, cursor)
        return _collection(await Reader(transaction, actor, policy).consignees(place, partner_id=organisation))

    @get("/{address_id:uuid}")
    async def one(self, address_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> ConsigneeView:
        """Tell one delivery address."""
        return await Reader(transaction, actor, policy).consignee(address_id)


class RegionsApi(Controller):
    """Sales regions."""

    path = "/api/v1/regions"
    tags = ("regions",)
    opt = {"permission": "region:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(
        self, actor: Actor, transaction: Transaction, policy: Policy, limit: Limit = _PAGE, cursor: CursorText = None
    ) -> Collection[RegionView]:
        """List the regions, by country."""
        return _collection(await Reader(transaction, actor, policy).regions(read_place(limit, cursor)))

    @get("/{region_id:uuid}")
    async def one(self, region_id: UUID, actor: Actor, transaction: Transaction, policy: Policy) -> RegionView:
        """Tell one region."""
        return await Reader(transaction, actor, policy).region(region_id)


def _collection(found: Slice[V]) -> Collection[V]:
    return Collection(items=found.rows, next=write_place(found.next), total=found.total)


API: Final = [OrganisationsApi, ContractsApi, AgreementsApi, ConsigneesApi, RegionsApi]
