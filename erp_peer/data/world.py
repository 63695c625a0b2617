"""The invented world while it is being made: what later makers need to know about earlier rows."""

import datetime as dt
from collections import defaultdict
from hashlib import sha1
from random import Random
from uuid import UUID, uuid5

from msgspec import Struct, field

from erp_peer.data.catalogue.model import Line, Names
from erp_peer.data.figures import Manufacturer, Profile

# Text of every column after Ref_Key, DataVersion, DeletionMark; None is a null.
RowValues = tuple[str | None, ...]

ROOT = UUID("7d1c6a1e-52b0-5f6c-9f3d-0c1f5b7f2a11")


class Row(Struct, frozen=True):
    """One row of a stream in wire text."""

    ref: str
    values: RowValues
    deleted: bool = False


class Product(Struct):
    """What items, prices and orders need of a product."""

    ref: str
    sku: str
    line: Line
    price: float  # KZT per litre or kilogram in a drum
    density: float | None


class Item(Struct):
    """What prices, stock and orders need of a sellable item."""

    ref: str
    product: Product
    unit: str
    is_bulk: bool
    multiple: int
    net_kg: float
    price: float  # KZT per order unit, distributor list
    stock_scale: int  # usual stock in order units
    is_orderable: bool


class PriceList(Struct, frozen=True):
    """One of the price types."""

    ref: str
    currency: str
    factor: float
    rate: float  # KZT per unit of the currency
    has_vat: bool


class Warehouse(Struct, frozen=True):
    """One place of shipment."""

    ref: str
    loads_bulk: bool


class Partner(Struct):
    """One client organisation with what hangs on it."""

    ref: str
    name: str
    kind: str
    country: str
    region: str  # reference
    city: str
    domain: str
    manager: str
    counterparties: list[str] = field(default_factory=list)
    addresses: list[tuple[str, str, str]] = field(default_factory=list)  # ref, consignee, text


class Contract(Struct, frozen=True):
    """What agreements, orders and limits need of a contract."""

    ref: str
    partner: Partner
    counterparty: str
    currency: str
    is_live: bool
    vat_country: str
    vat_regime: str
    limit: int  # cents; 0: not limited
    debt: int  # cents
    overdue: int  # cents
    overdue_days: int
    pay_days: int


class Agreement(Struct, frozen=True):
    """What orders need of an agreement."""

    ref: str
    contract: Contract
    segment: int
    price_list: int
    warehouse: int
    discount: int  # hundredths of a percent
    is_live: bool


class Reserve(Struct, frozen=True):
    """What an open order holds: milli-units of an item, cents of the limit."""

    order: str
    line: str
    item: str
    warehouse: str
    contract: str
    quantity: int
    amount: int


class Sold(Struct, frozen=True, gc=False):
    """One line that has left: number of the item, milli-units, and cents without VAT and of VAT."""

    code: int
    item: int
    quantity: int
    amount: int
    vat: int


class Sale(Struct, frozen=True):
    """What has left of an order; shipment, invoice and payment follow from it."""

    order: str
    number: int  # of the order
    agreement: Agreement
    shipped_at: dt.datetime
    consignee: str
    address: str
    mode: str
    is_paid: bool
    lines: tuple[Sold, ...]

    @property
    def vat(self) -> int:
        """Cents."""
        return sum(line.vat for line in self.lines)

    @property
    def amount(self) -> int:
        """Cents with VAT."""
        return sum(line.amount + line.vat for line in self.lines)


class World(Struct):
    """Everything made so far in one infobase."""

    maker: Manufacturer
    profile: Profile
    seed: int
    today: dt.date
    regions: dict[str, str] = field(default_factory=dict)  # code -> reference
    plants: dict[str, list[str]] = field(default_factory=dict)  # kind -> references
    warehouses: list[Warehouse] = field(default_factory=list)
    standards: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    products: list[Product] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    segments: list[tuple[str, list[int]]] = field(default_factory=list)  # reference, item numbers
    price_lists: list[PriceList] = field(default_factory=list)
    prices: list[list[int]] = field(default_factory=list)  # list x item, 1/10,000; 0 = no price
    managers: list[tuple[str, str]] = field(default_factory=list)  # reference, role
    people: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    logins: set[str] = field(default_factory=set)
    partners: list[Partner] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    stocked: list[list[int]] = field(default_factory=list)  # warehouse -> item numbers
    reserves: list[Reserve] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)
    advances: list[tuple[Contract, int]] = field(default_factory=list)  # cents
    claims: list[str] = field(default_factory=list)
    batches: dict[tuple[str, int], str] = field(default_factory=dict)  # product and half-year -> reference

    def rng(self, part: str) -> Random:
        """A generator of its own for each part, so that one part may change without the others."""
        return Random(f"{self.maker.ib}/{self.seed}/{part}")

    def day(self, offset: int) -> str:
        """The seeding day moved by so many days."""
        return (self.today + dt.timedelta(days=offset)).isoformat()


_SPACES: dict[str, bytes] = defaultdict(bytes)


def ref(world: World, kind: str, key: int | str) -> str:
    """UUIDv5 of kind and key in the name space of infobase and seed; the same for ever.

    Written out because the standard library's takes a third of the whole seeding time.
    """
    space_name = f"{world.maker.ib}/{world.seed}"
    space = _SPACES[space_name]
    if not space:
        space = uuid5(ROOT, space_name).bytes
        _SPACES[space_name] = space
    digest = sha1(space + f"{kind}:{key}".encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def names(values: Names) -> tuple[str, str, str]:
    """The three name columns."""
    return values.ru, values.kk, values.en


def wire(value: bool) -> str:  # noqa: FBT001 - a converter of one value
    """Wire text of a yes or no."""
    return "true" if value else "false"


def fixed(value: int, scale: int) -> str:
    """Wire text of a decimal kept as a whole number of its smallest parts."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    power = (1, 10, 100, 1_000, 10_000)[scale]
    return f"{sign}{value // power}.{value % power:0{scale}d}"
