"""The catalogue as JSON (CONTRACT, section 3): the same list under the same policy as the pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from litestar import Request, get
from litestar.controller import Controller
from litestar.datastructures import State
from litestar.params import Parameter
from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.catalog.asked import read_filters, read_sort
from app.catalog.labels import value_label
from app.catalog.rows import price_of
from app.catalog.schemas import FacetName, ListPage, Offer, ProductCard
from app.catalog.services import open_reader, show_product
from app.infra.db.transaction import Transaction
from app.infra.http.collections import CursorText, Limit
from app.infra.http.page import Page

_PAGE: Final = 50
Ids = Annotated[list[UUID] | None, Parameter(description="Any of these")]
Codes = Annotated[list[str] | None, Parameter(description="Any of these")]


class PriceOut(Struct, frozen=True, omit_defaults=True):
    """The contract price of one order unit; decimal strings in ``currency``."""

    currency: str
    net: Decimal
    gross: Decimal
    vat_pct: Decimal | None
    discount_pct: Decimal
    per_litre: Decimal | None
    per_kg: Decimal | None
    synced_at: datetime


class StockOut(Struct, frozen=True):
    """Free to promise in order units, and when the ERP last stood by it."""

    free: Decimal
    unit: str
    as_of: datetime


class OfferOut(Struct, frozen=True, omit_defaults=True):
    """The product under one agreement; without the right to prices or stock those parts are absent."""

    agreement_id: UUID
    agreement: str
    contract_id: UUID
    contract: str
    warehouse_id: UUID
    price: PriceOut | None = None
    stock: StockOut | None = None


class ProductOut(Struct, frozen=True):
    """A product with the caller's offers, best first; masses in kg, volumes in litres.

    Offers in the currency of the contract's country come first, then currency by currency, each from the lowest
    price. ``offers_total`` exceeds the offers listed only for staff, who look across all clients.
    """

    id: UUID
    sku: str
    former_skus: Sequence[str]
    name: Mapping[str, str]
    kind: str
    viscosity: str
    standards: Sequence[UUID]
    line_id: UUID | None
    plant_id: UUID | None
    package: str
    unit: str
    is_bulk: bool
    volume_l: Decimal
    net_kg: Decimal
    gross_kg: Decimal
    pack_multiple: Decimal
    per_layer: int
    per_pallet: int
    substitute_id: UUID | None
    offers: Sequence[OfferOut]
    offers_total: int


class FacetOut(Struct, frozen=True):
    """One value of a facet with the number of products behind it; ``label`` is in the reader's language."""

    value: str
    label: str
    count: int


class ProductsOut(Struct, frozen=True):
    """One answer of the list; ``total`` and facet counts count products and are exact."""

    items: Sequence[ProductOut]
    next: str | None
    total: int
    facets: Mapping[FacetName, Sequence[FacetOut]]


class CatalogApi(Controller):
    """Products the caller's agreements offer."""

    path = "/api/v1/catalog/products"
    tags = ("catalog",)
    opt = {"permission": "offer:view"}  # noqa: RUF012 - the framework reads a class attribute

    @get()
    async def every(  # noqa: PLR0913, PLR0917 - one parameter a filter; the framework documents them by name
        self,
        request: Request[object, object, State],
        actor: Actor,
        transaction: Transaction,
        policy: Policy,
        page: Page,
        contract: Ids = None,  # noqa: ARG002 - all filters are read, and refused, together
        agreement: Ids = None,  # noqa: ARG002
        plant: Ids = None,  # noqa: ARG002
        kind: Codes = None,  # noqa: ARG002
        line: Ids = None,  # noqa: ARG002
        standard: Ids = None,  # noqa: ARG002
        viscosity: Codes = None,  # noqa: ARG002
        package: Codes = None,  # noqa: ARG002
        mode: str | None = None,  # noqa: ARG002
        q: str | None = None,  # noqa: ARG002
        sort: str | None = None,
        limit: Limit = _PAGE,
        cursor: CursorText = None,
    ) -> ProductsOut:
        """List products with facets; values of one filter are alternatives, filters all hold."""
        filters = read_filters(list(request.query_params.multi_items()))
        reader = await open_reader(transaction, actor, policy, page.locale)
        found = await reader.list(filters, sort=read_sort(sort), cursor=cursor, limit=limit)
        return _answer(found, reader.today, page.locale)

    @get("/{product_id:uuid}")
    async def one(
        self, product_id: UUID, actor: Actor, transaction: Transaction, policy: Policy, page: Page
    ) -> ProductOut:
        """Tell one product; a hidden one answers exactly like one that does not exist."""
        reader = await open_reader(transaction, actor, policy, page.locale)
        sheet = await show_product(reader, product_id)
        return _product(sheet.card, sheet.offers[product_id], sheet.offers_total, reader.today)


def _answer(found: ListPage, today: date, locale: str) -> ProductsOut:
    return ProductsOut(
        items=[_product(row.card, row.offers, row.offers_total, today) for row in found.rows],
        next=found.next_cursor,
        total=found.counts.total,
        facets={
            name: [FacetOut(one.key, value_label(name, one.key, one.label, locale), one.count) for one in values]
            for name, values in found.counts.facets.items()
        },
    )


def _product(card: ProductCard, offers: Sequence[Offer], offers_total: int, today: date) -> ProductOut:
    return ProductOut(
        id=card.id,
        sku=card.sku,
        former_skus=card.old_skus,
        name=card.names,
        kind=card.kind,
        viscosity=card.viscosity,
        standards=card.standards,
        line_id=card.line_id,
        plant_id=card.plant_id,
        package=card.package,
        unit=card.unit,
        is_bulk=card.is_bulk,
        volume_l=card.volume_l,
        net_kg=card.net_kg,
        gross_kg=card.gross_kg,
        pack_multiple=card.pack_multiple,
        per_layer=card.per_layer,
        per_pallet=card.per_pallet,
        substitute_id=card.substitute_id,
        offers=[_offer(card, one, today) for one in offers],
        offers_total=offers_total,
    )


def _offer(card: ProductCard, offer: Offer, today: date) -> OfferOut:
    price, stock = price_of(card, offer, today), offer.stock
    return OfferOut(
        agreement_id=offer.agreement_id,
        agreement=offer.agreement_number,
        contract_id=offer.contract_id,
        contract=offer.contract_number,
        warehouse_id=offer.warehouse_id,
        price=None
        if price is None
        else PriceOut(
            currency=offer.currency,
            net=price.unit.net,
            gross=price.unit.gross,
            vat_pct=price.vat,
            discount_pct=offer.discount_pct,
            per_litre=price.unit.per_litre,
            per_kg=price.unit.per_kg,
            synced_at=offer.price_synced_at,
        ),
        stock=None if stock is None else StockOut(stock.free, card.unit, stock.as_of),
    )


API: Final = [CatalogApi]
