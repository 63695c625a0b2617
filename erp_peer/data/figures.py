"""How much of everything each profile holds (protocol, section 12), and who the manufacturers are."""

from msgspec import Struct

from erp_peer.data.catalogue.model import Names


class Profile(Struct, frozen=True):
    """Row counts of one infobase; `order_days` is how far back the history of orders goes."""

    name: str
    products: int
    items: int
    partners: int
    counterparties: int
    contacts: int
    addresses: int
    contracts: int
    agreements: int
    segments: int
    price_lists: int
    warehouses: int
    stock_rows: int
    orders: int
    order_days: int
    order_lines: int  # most lines of a historical order
    managers: int
    sales: int  # closed orders whose shipment, invoice and payment are kept; older ones were folded
    claims: int


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("tiny", 200, 300, 20, 25, 40, 60, 20, 40, 5, 3, 2, 400, 50, 120, 6, 9, 40, 5),
        Profile("demo", 2_000, 3_000, 300, 360, 700, 900, 200, 500, 40, 6, 4, 9_000, 5_000, 540, 6, 14, 4_000, 200),
        Profile(
            "full", 20_000, 30_000, 2_000, 2_500, 6_000, 8_000, 2_000, 5_000, 300, 10, 12, 120_000,
            365_000, 365, 2, 40, 300_000, 10_000,
        ),
    )
}  # fmt: skip


class Plant(Struct, frozen=True):
    """A blending plant and the kinds of goods it makes."""

    region: str
    city: Names
    kinds: tuple[str, ...]


class Manufacturer(Struct, frozen=True):
    """The owner of one infobase."""

    ib: str
    tenant: str
    names: Names
    number_prefix: str
    sku_prefix: str
    tax_id: str
    domain: str
    plants: tuple[Plant, ...]


MANUFACTURERS = (
    Manufacturer(
        ib="erp",
        tenant="alatau",
        names=Names("Алатау Лубрикантс", "Алатау Лубрикантс", "Alatau Lubricants"),
        number_prefix="АЛ00",
        sku_prefix="AL",
        tax_id="180340012346",
        domain="alatau-lubricants.example",
        plants=(
            Plant("KZ-79", Names("Шымкент", "Шымкент", "Shymkent"), ("oil", "base_oil")),
            Plant("KZ-35", Names("Караганда", "Қарағанды", "Karaganda"), ("oil", "grease")),
            Plant("KZ-19", Names("Конаев", "Қонаев", "Konaev"), ("fluid",)),
        ),
    ),
    Manufacturer(
        ib="erp2",
        tenant="hantengri",
        names=Names("Хан-Тенгри Ойл", "Хан-Тәңірі Ойл", "Khan-Tengri Oil"),
        number_prefix="ХТ00",
        sku_prefix="HT",
        tax_id="190540020029",
        domain="khan-tengri-oil.example",
        plants=(
            Plant("KZ-33", Names("Талдыкорган", "Талдықорған", "Taldykorgan"), ("oil", "base_oil", "fluid")),
            Plant("KZ-55", Names("Павлодар", "Павлодар", "Pavlodar"), ("oil", "grease")),
        ),
    ),
)
BY_IB = {maker.ib: maker for maker in MANUFACTURERS}
