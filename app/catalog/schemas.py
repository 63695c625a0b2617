"""What the catalogue hands to pages, to the API and to the orders room. Times are aware UTC."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from asyncpg import BitString
from msgspec import Struct

from app.access.decisions import Decision
from app.catalog.rules import Fill, Unit

MatchKind = Literal["sku", "old_sku", "look_alike", "none"]
Mode = Literal["packaged", "tank_truck", "rail_tank"]
Sort = Literal["name", "sku"]
FacetName = Literal["contract", "plant", "kind", "line", "standard", "viscosity", "package"]

# A product by its id, or by the short number pages know it by (``ProductCard.number``).
ProductKey = UUID | int

FACETS: Final[tuple[FacetName, ...]] = ("contract", "plant", "kind", "line", "standard", "viscosity", "package")


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
    """A product as lines, rows and pages name it; ``names`` has ru, kk and en.

    ``number`` is the product's own within the tenant, given once and for ever; a page names it a hundred times,
    and it is short. To the API a product is its id.
    """

    id: UUID
    number: int
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


class Rights(Struct, frozen=True):
    """What the reader may do here: see offers, see money, see stock."""

    offers: Decision
    prices: Decision
    stock: Decision


class Filters(Struct, frozen=True, kw_only=True):
    """What a reader asked the catalogue for. Values of one field are alternatives, fields all hold.

    What the ERP names by an id may also be asked for by its number (``FacetValue``).
    """

    contract: Sequence[UUID] = ()
    agreement: Sequence[UUID] = ()
    plant: Sequence[UUID | int] = ()
    kind: Sequence[str] = ()
    line: Sequence[UUID | int] = ()
    standard: Sequence[UUID | int] = ()
    viscosity: Sequence[str] = ()
    package: Sequence[str] = ()
    mode: Mode | None = None
    q: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the catalogue."""
        return self == Filters()


class FacetValue(Struct, frozen=True):
    """One value of a facet; ``key`` filters by it, ``count`` leaves its own facet out of account.

    ``label`` is empty where the wording of the portal names the value (kinds, packages). ``number`` is the
    value's own within the tenant, given once and for ever; a page has hundreds of values, and it is short.
    """

    key: str
    label: str
    count: int
    number: int = 0


class Freshness(Struct, frozen=True):
    """How old what the ERP told us is; ``away_since`` is set while it does not answer."""

    as_of: datetime | None
    away_since: datetime | None


class Counts(Struct, frozen=True):
    """Exact counts of products: in all, and by facet value; only values the reader can meet are listed."""

    total: int
    sellable: int  # of the whole tenant: tells how to look for the page
    facets: Mapping[FacetName, Sequence[FacetValue]]
    mask: bytes  # bit n, from the left, is the product with ordinal n
    freshness: Freshness


class Hits(Struct, frozen=True):
    """Products that match a text: bits by block. ``is_similar``: no word was found as it was typed."""

    blocks: Sequence[int]
    bits: Sequence[BitString]
    is_similar: bool


class Row(Struct, frozen=True):
    """A product with the reader's offers, best first.

    ``offers_total`` is larger than the offers listed only for staff who look across all clients.
    """

    card: ProductCard
    offers: Sequence[Offer]
    offers_total: int


class ListPage(Struct, frozen=True):
    """One page of the catalogue; ``next_cursor`` is None on the last one."""

    counts: Counts
    rows: Sequence[Row]
    next_cursor: str | None
    is_similar: bool = False
