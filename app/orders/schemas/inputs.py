"""What comes in: every input of the four steps as a strict struct, the same for pages and scripts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.catalog.schemas import ProductKey
from app.infra.http.fields import Code, Note
from app.orders.rules.facts import Delivery

Phone = Annotated[str, Meta(max_length=30)]
Plate = Annotated[str, Meta(max_length=15)]
OrderedQuantity = Annotated[
    Decimal,
    Meta(
        description="Decimal string in order units (pieces, or tonnes of bulk), more than zero, at most 3 decimals",
        extra={"scale": 3, "minimum": "0.001", "maximum": "100000"},
    ),
]
PastedText = Annotated[str, Meta(max_length=60_000, extra={"multiline": True})]


class Details(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 1, as a whole: what is left out is emptied."""

    contract_id: UUID | None = None
    counterparty_id: UUID | None = None
    address_id: UUID | None = None
    delivery: Delivery = "delivery"
    ship_on: date | None = None
    customer_number: Code = ""
    comment: Note = ""


class NewLine(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A product to add. Without an agreement the best price within the contract is taken."""

    product_id: UUID
    quantity: OrderedQuantity
    agreement_id: UUID | None = None


class CatalogueLine(Struct, frozen=True, kw_only=True):
    """What a row of the catalogue says: the quantity of a product under a contract; 0 takes it out of the order.

    ``field`` is the name of the field it was typed in.
    """

    product: ProductKey
    contract_id: UUID
    quantity: Decimal
    field: str


class LineQuantity(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A new quantity of a line."""

    quantity: OrderedQuantity


class PickupDetails(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Step 3, as a whole. Lengths are those of the ERP's transport document."""

    plate: Plate = ""
    trailer: Annotated[str, Meta(max_length=12)] = ""
    vehicle_model: Annotated[str, Meta(max_length=150)] = ""
    driver_name: Annotated[str, Meta(max_length=50)] = ""
    driver_document: Annotated[str, Meta(max_length=14)] = ""
    driver_phone: Phone = ""
    proxy_number: Annotated[str, Meta(max_length=60)] = ""
    proxy_date: date | None = None
    proxy_valid_to: date | None = None


class Pasted(Struct, forbid_unknown_fields=True, frozen=True):
    """Lines "code quantity" as copied from a table or a letter."""

    text: PastedText


Amount = Annotated[
    Decimal, Meta(description="Decimal string", extra={"scale": 2, "minimum": "0", "maximum": "9999999999999999"})
]


class Submission(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a submit may say: the total that was shown, and whether a manager may be asked about credit."""

    expected_gross: Amount | None = None
    ask_approval: bool = False


Choice = Literal["ours", "theirs"]


class Reason(Struct, forbid_unknown_fields=True, frozen=True):
    """A person's own words."""

    reason: Note = ""


class Settlement(Struct, forbid_unknown_fields=True, frozen=True):
    """How a difference with 1C:ERP ends; ``label`` is of the version of 1C:ERP that was looked at."""

    choice: Choice
    reason: Note
    label: Annotated[str, Meta(max_length=100)]


class NewOrder(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A draft to begin; ``partner_id`` is for the manufacturer's people, who draft for a client."""

    partner_id: UUID | None = None
    contract_id: UUID | None = None


class NewLines(Struct, forbid_unknown_fields=True, frozen=True):
    """Products to add, all or none."""

    lines: Annotated[Sequence[NewLine], Meta(min_length=1, max_length=500)]


class Sharing(Struct, forbid_unknown_fields=True, frozen=True):
    """Whether colleagues see a draft."""

    shared: bool
