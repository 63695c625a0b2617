"""What the catalogue hands to pages, to the API and to the orders room. Times are aware UTC."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.catalog.rules import Fill, Unit

MatchKind = Literal["sku", "old_sku", "look_alike", "none"]


class Stock(Struct, frozen=True):
    """What a warehouse can promise, in order units, and when the ERP said so. Shown, never decided on."""

    free: Decimal
    as_of: datetime


class Offer(Struct, frozen=True, kw_only=True):
    """A product under one agreement on one business date, read from rows.

    ``price`` is the list price of one order unit without VAT and before ``discount_pct``; with its version
    and list it is what an order freezes (R6). ``price`` is None where the reader may not see money.
    """

    product_id: UUID
    agreement_id: UUID
    agreement_number: str
    contract_id: UUID
    contract_number: str
    partner_id: UUID
    region_id: UUID | None  # where the agreement delivers; None: anywhere
    warehouse_id: UUID
    currency: str
    price_list_id: UUID
    price: Decimal | None
    price_version: int
    price_synced_at: datetime
    discount_pct: Decimal
    min_amount: Decimal
    vat_country: str
    vat_regime: str
    stock: Stock | None


class ProductCard(Struct, frozen=True, kw_only=True):
    """A product as lines, rows and pages name it; ``names`` has ru, kk and en."""

    id: UUID
    grade_id: UUID
    sku: str
    old_skus: Sequence[str]
    names: Mapping[str, str]
    package: str
    unit: Unit
    volume_l: Decimal  # 0 where sold by mass
    net_kg: Decimal
    gross_kg: Decimal
    pack_multiple: Decimal
    per_layer: int
    per_pallet: int
    is_bulk: bool
    is_blocked: bool  # also true for what the ERP deleted: it cannot be ordered
    substitute_id: UUID | None
    line_id: UUID | None
    plant_id: UUID | None
    kind: str
    viscosity: str
    standards: Sequence[UUID]
    density: Decimal | None

    @property
    def fill(self) -> Fill:
        """What one order unit holds."""
        return Fill(self.unit, self.volume_l, self.net_kg, self.density)


class Match(Struct, frozen=True):
    """What one pasted code stands for within a contract.

    ``card`` and ``offers`` are of the found product, or of ``kind`` none: of the nearest one, to suggest.
    Both are empty where nothing visible comes near. ``offers`` has the best price first.
    """

    text: str
    kind: MatchKind
    card: ProductCard | None
    offers: Sequence[Offer]
