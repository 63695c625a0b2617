"""The fields of step 1: what they offer, what stands in them, what was typed."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.infra.i18n.dates import short_date
from app.infra.i18n.wording import gettext
from app.infra.pages.filters import legal_letters
from app.infra.pages.views import Choice
from app.orders.labels import delivery_label
from app.orders.models import Order
from app.orders.queries.choices import AddressChoice, ContractChoice, read_addresses, read_contracts
from app.orders.schemas.forms import DetailsForm
from app.orders.schemas.inputs import Details
from app.orders.services.desk import Desk

Values = Mapping[str, str]
_NAMES: Final = ("contract_id", "counterparty_id", "address_id", "delivery", "ship_on", "customer_number", "comment")


class Choices(Struct, frozen=True):
    """What the selects of the page offer; ``live`` are the contracts in force."""

    live: Sequence[ContractChoice]
    contracts: Sequence[Choice]
    counterparties: Sequence[Choice]
    addresses: Sequence[Choice]
    deliveries: Sequence[Choice]

    def labels(self) -> dict[str, str]:
        """Name every value that may be chosen."""
        every = (*self.contracts, *self.counterparties, *self.addresses, *self.deliveries)
        return {one.value: one.label for one in every}


async def read_choices(desk: Desk, partner_id: UUID) -> Choices:
    """Read what a draft of this client may choose from."""
    locale = desk.actor.locale
    seen = await desk.decision("contract", "view")
    contracts = await read_contracts(desk.transaction, seen, partner_id, desk.today)
    addresses = await read_addresses(desk.transaction, await desk.decision("consignee", "view"), partner_id)
    buyers = {one.counterparty_id: one.counterparty_name for one in contracts}
    return Choices(
        live=[one for one in contracts if one.is_live],
        contracts=[Choice(str(one.id), _contract_label(one, locale)) for one in contracts],
        counterparties=[Choice(str(buyer), legal_letters(name)) for buyer, name in buyers.items()],
        addresses=[Choice(str(one.id), _address_label(one)) for one in addresses],
        deliveries=_deliveries(locale),
    )


def stored(order: Order) -> dict[str, str]:
    """Write what a draft holds as its fields show it."""
    return {
        "contract_id": str(order.contract_id or ""),
        "counterparty_id": str(order.counterparty_id or ""),
        "address_id": str(order.address_id or ""),
        "delivery": order.delivery,
        "ship_on": order.ship_on.isoformat() if order.ship_on else "",
        "customer_number": order.customer_number,
        "comment": order.comment,
    }


def kept(raw: Values) -> dict[str, str]:
    """Keep what was typed, to be shown again."""
    return {name: raw.get(name, "") for name in _NAMES}


def details_of(source: DetailsForm | Order) -> Details:
    """Read the details out of a form, or out of a draft as a form would give them."""
    return Details(
        contract_id=source.contract_id,
        counterparty_id=source.counterparty_id,
        address_id=source.address_id,
        delivery=source.delivery,
        ship_on=source.ship_on,
        customer_number=source.customer_number,
        comment=source.comment,
    )


def saved_meanwhile(order: Order, mine: Values, choices: Choices, locale: str) -> dict[str, str]:
    """Say, field by field, what stands now where this reader typed something else."""
    labels = choices.labels()
    if order.ship_on is not None:
        labels[order.ship_on.isoformat()] = short_date(locale, order.ship_on)
    nothing = gettext(locale, "nothing")
    theirs = stored(order)
    return {name: labels.get(value, value) or nothing for name, value in theirs.items() if mine.get(name, "") != value}


def _contract_label(one: ContractChoice, locale: str) -> str:
    parts = [one.number, legal_letters(one.counterparty_name), one.currency]
    if not one.is_live:
        parts.append(gettext(locale, "not in force"))
    return " · ".join(part for part in parts if part)


def _address_label(one: AddressChoice) -> str:
    station = " ".join(part for part in (one.station, one.station_code) if part)
    return " · ".join(part for part in (legal_letters(one.consignee_name), one.text, station) if part)


def _deliveries(locale: str) -> list[Choice]:
    return [
        Choice(
            "delivery", delivery_label("delivery", locale), gettext(locale, "We bring it to the consignee"), "truck"
        ),
        Choice("pickup", delivery_label("pickup", locale), gettext(locale, "Your vehicle comes for it"), "warehouse"),
    ]
