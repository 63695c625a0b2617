"""Whom one works for, on the home page: one's organisation, or how many are in one's care."""

from typing import Final

from app.cabinets.ports import Ask, Figure, Line, Panel
from app.infra.i18n.numbers import numbers
from app.infra.i18n.wording import N_, NC_, gettext
from app.partners.queries import ContractFilter, Place
from app.partners.schemas import OrganisationView
from app.partners.services import Reader

_TITLE: Final = NC_("home", "Clients")
_MINE: Final = NC_("home", "Your organisation")
_ORGANISATIONS: Final = N_("Organisations")
_CONTRACTS: Final = N_("Contracts in force")
_KINDS: Final = {
    "distributor": NC_("organisation", "Distributor"),
    "direct_buyer": NC_("organisation", "Direct buyer"),
    "logistics": NC_("organisation", "Logistics company"),
    "prospect": NC_("organisation", "Future partner"),
}
_MANAGER: Final = N_("Your manager")
_ONE: Final = Place(limit=1)


class ClientsPart:
    """Organisations and contracts within a person's rights."""

    async def panel(self, ask: Ask) -> Panel | None:
        """Count them, or name the one."""
        if not await ask.may("organisation", "view"):
            return None
        locale = ask.actor.locale
        reader = Reader(ask.transaction, ask.actor, ask.policy)
        found = await reader.organisations(_ONE)
        contracts = await self._contracts(ask, reader)
        if ask.actor.partner_id is not None:
            lines = [line for one in found.rows for line in _about(one, locale)]
            return Panel(title=gettext(locale, _MINE), lines=lines, figures=contracts)
        count = numbers(locale).number(found.total)
        organisations = Figure(gettext(locale, _ORGANISATIONS), count, "/organisations")
        return Panel(title=gettext(locale, _TITLE), figures=[organisations, *contracts])

    async def _contracts(self, ask: Ask, reader: Reader) -> list[Figure]:
        if not await ask.may("contract", "view"):
            return []
        found = await reader.contracts(ContractFilter(is_live=True), _ONE)
        locale = ask.actor.locale
        return [Figure(gettext(locale, _CONTRACTS), numbers(locale).number(found.total), "/contracts")]


def _about(organisation: OrganisationView, locale: str) -> list[Line]:
    lines = [Line(organisation.name, "", gettext(locale, _KINDS[organisation.kind]))]
    manager = organisation.manager
    if manager is None:
        return lines
    lines.append(Line(manager.name, "", gettext(locale, _MANAGER)))
    if manager.phone:
        lines.append(Line(manager.phone, f"tel:{manager.phone.replace(' ', '')}"))
    if manager.email:
        lines.append(Line(manager.email, f"mailto:{manager.email}"))
    return lines
