"""Reading the room's lists as one person: which decision guards which list, and what a right hides."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar, cast
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Actor
from app.access.policy import Facts, Policy
from app.caching.shelf import read
from app.infra.db.transaction import Transaction
from app.kernel.clock import business_date, utc_now
from app.kernel.errors import NotFoundError
from app.partners import queries
from app.partners.families import (
    AGREEMENTS,
    CONSIGNEES,
    CONTRACTS,
    ORGANISATIONS,
    REGIONS,
    Ask,
    ContractsAsk,
)
from app.partners.queries import ContractFilter, Place, Slice
from app.partners.schemas import AgreementView, ConsigneeView, ContractView, OrganisationView, RegionView

V = TypeVar("V")
_ONE = Place(limit=1)
# More papers or addresses than one contract or client has; a page shows them all.
_ALL = Place(limit=500)


class FeedAge(Struct, frozen=True):
    """When the ERP last answered; ``away_since`` is None while it does."""

    at: datetime | None = None
    away_since: datetime | None = None


class Reader(Struct, frozen=True):
    """One person reading in one transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy

    @property
    def today(self) -> date:
        """The tenant's business date."""
        return business_date(utc_now(), self.actor.zone)

    async def contracts(self, wanted: ContractFilter, place: Place) -> Slice[ContractView]:
        """List contracts."""
        decision = await self.policy.decision(self.transaction, self.actor, "contract", "view")
        if wanted.text:
            return await queries.read_contracts(self.transaction, decision, self.today, wanted, place)
        ask = ContractsAsk(decision, place, self.today, wanted, self.actor.partner_id)
        return await read(self.transaction, CONTRACTS, ask)

    async def contract(self, contract_id: UUID) -> ContractView:
        """Read one contract.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        return _only((await self.contracts(ContractFilter(id=contract_id), _ONE)).rows)

    async def agreements(self, place: Place = _ALL, *, contract_id: UUID | None = None) -> Slice[AgreementView]:
        """List agreements; discounts are left out where the actor may not see prices."""
        return await self._agreements(place, contract_id=contract_id)

    async def agreement(self, agreement_id: UUID) -> AgreementView:
        """Read one agreement.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        return _only((await self._agreements(_ONE, agreement_id=agreement_id)).rows)

    async def consignees(self, place: Place = _ALL, *, partner_id: UUID | None = None) -> Slice[ConsigneeView]:
        """List delivery addresses."""
        decision = await self.policy.decision(self.transaction, self.actor, "consignee", "view")
        ask = Ask(decision, place, self.actor.partner_id, part_of=partner_id)
        return await read(self.transaction, CONSIGNEES, ask)

    async def consignee(self, address_id: UUID) -> ConsigneeView:
        """Read one delivery address.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        decision = await self.policy.decision(self.transaction, self.actor, "consignee", "view")
        ask = Ask(decision, _ONE, self.actor.partner_id, of=address_id)
        return _only((await read(self.transaction, CONSIGNEES, ask)).rows)

    async def organisations(self, place: Place) -> Slice[OrganisationView]:
        """List organisations."""
        decision = await self.policy.decision(self.transaction, self.actor, "organisation", "view")
        return await read(self.transaction, ORGANISATIONS, Ask(decision, place, self.actor.partner_id))

    async def organisation(self, organisation_id: UUID) -> OrganisationView:
        """Read one organisation.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        found = await self.organisation_or_none(organisation_id)
        return _only([] if found is None else [found])

    async def organisation_or_none(self, organisation_id: UUID) -> OrganisationView | None:
        """Read an organisation for a page that is about something else; None if the actor may not see it."""
        decision = await self.policy.decision(self.transaction, self.actor, "organisation", "view")
        ask = Ask(decision, _ONE, self.actor.partner_id, of=organisation_id)
        found = await read(self.transaction, ORGANISATIONS, ask)
        return found.rows[0] if found.rows else None

    async def regions(self, place: Place) -> Slice[RegionView]:
        """List regions."""
        decision = await self.policy.decision(self.transaction, self.actor, "region", "view")
        return await read(self.transaction, REGIONS, Ask(decision, place))

    async def region(self, region_id: UUID) -> RegionView:
        """Read one region.

        Raises:
            NotFoundError: none within the actor's rights.
        """
        decision = await self.policy.decision(self.transaction, self.actor, "region", "view")
        return _only((await read(self.transaction, REGIONS, Ask(decision, _ONE, of=region_id))).rows)

    async def feed_age(self) -> FeedAge:
        """Tell how old what the ERP masters may be."""
        row = await queries.read_feed_age(self.transaction)
        if row is None:
            return FeedAge()
        return FeedAge(cast("datetime | None", row["feed_at"]), cast("datetime | None", row["away_since"]))

    async def may(self, resource: str, action: str) -> bool:
        """Whether the actor has any such right, so that a page need offer the way there."""
        return not (await self.policy.decision(self.transaction, self.actor, resource, action)).is_empty

    async def _agreements(
        self, place: Place, *, agreement_id: UUID | None = None, contract_id: UUID | None = None
    ) -> Slice[AgreementView]:
        decision = await self.policy.decision(self.transaction, self.actor, "agreement", "view")
        prices = await self.policy.decision(self.transaction, self.actor, "price", "view")
        ask = Ask(decision, place, self.actor.partner_id, agreement_id, contract_id, self.today)
        found = await read(self.transaction, AGREEMENTS, ask)
        rows = [row if prices.check(facts_of(row)) else replace(row, discount_pct=None) for row in found.rows]
        return replace(found, rows=rows)


def facts_of(row: AgreementView) -> Facts:
    """What a rule may ask about an agreement that was read."""
    return Facts(reg=row.rule_region_id, org=row.partner_id, ctr=row.contract_id, agr=row.id, live=row.is_live)


def _only(rows: Sequence[V]) -> V:
    if not rows:
        raise NotFoundError
    return rows[0]
