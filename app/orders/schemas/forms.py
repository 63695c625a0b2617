"""Forms of the pages: the inputs of the API and what a form adds, its version and the button pressed."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.infra.http.fields import Code, Note
from app.orders.rules.facts import Delivery
from app.orders.schemas.inputs import Amount, CatalogueLine, Choice, OrderedQuantity, PastedText, PickupDetails

Version = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Do = Literal["", "save", "next"]
RowQuantity = Annotated[
    Decimal, Meta(description="Decimal string", extra={"scale": 3, "minimum": "0", "maximum": "100000"})
]


# A product as a field's name has it: ``quantities[n12]`` by its number, or by its id.
NamedProduct = Annotated[str, Meta(pattern="^(n[0-9]{1,7}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")]


class DetailsForm(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 1. ``partner_id`` only while the draft does not exist."""

    version: Version = 0
    do: Do = ""
    partner_id: UUID | None = None
    contract_id: UUID | None = None
    counterparty_id: UUID | None = None
    address_id: UUID | None = None
    delivery: Delivery = "delivery"
    ship_on: date | None = None
    customer_number: Code = ""
    comment: Note = ""


class LineInput(Struct, forbid_unknown_fields=True, frozen=True):
    """The quantity of one line."""

    id: UUID
    quantity: OrderedQuantity


class LinesForm(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 2: all quantities; ``remove`` is the line whose bin was pressed."""

    version: Version
    do: Do = ""
    remove: UUID | None = None
    lines: Annotated[tuple[LineInput, ...], Meta(max_length=500)] = ()


class PasteForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Step 2: lines as pasted."""

    version: Version
    text: PastedText


class BadLineForm(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 2: what to do with a pasted line that could not be read."""

    version: Version
    do: Literal["fix", "retry", "drop"]
    text: Annotated[str, Meta(max_length=200)] = ""


class PickupForm(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 3; names are those of the order's fields, so that problems lead to them."""

    version: Version
    pickup: PickupDetails
    do: Do = ""


class SubmitForm(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 4."""

    version: Version
    expected_gross: Amount | None = None
    ask_approval: bool = False


class SharingForm(Struct, forbid_unknown_fields=True, frozen=True):
    """Whether colleagues see a draft."""

    shared: bool


class ReasonForm(Struct, forbid_unknown_fields=True, frozen=True):
    """A person's own words."""

    reason: Note = ""


class SettleForm(Struct, forbid_unknown_fields=True, frozen=True):
    """How a difference with 1C:ERP ends."""

    choice: Choice
    label: Annotated[str, Meta(max_length=100)]
    reason: Note = ""


class CatalogueForm(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Quantities as they stand in the catalogue's rows, by product and contract.

    ``shown`` is what stood there when the page was drawn: without scripts all rows come back, and one that
    nobody touched must not undo what happened meanwhile. ``next`` is the page to go back to.
    """

    quantities: dict[NamedProduct, dict[UUID, RowQuantity | None]] = {}
    shown: dict[NamedProduct, dict[UUID, RowQuantity | None]] = {}
    next: Annotated[str, Meta(max_length=2000)] = ""

    @property
    def changed(self) -> list[CatalogueLine]:
        """What was typed; an emptied field takes its product out, as a zero does."""
        return [
            CatalogueLine(
                product=int(product[1:]) if product.startswith("n") else UUID(product),
                contract_id=contract,
                quantity=quantity or Decimal(0),
                field=f"quantities[{product}][{contract}]",
            )
            for product, by_contract in self.quantities.items()
            for contract, quantity in by_contract.items()
            if quantity != self.shown.get(product, {}).get(contract)
        ]
