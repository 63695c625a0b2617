"""Invented catalogues of any size, loaded by COPY: the same rows stay in Python as the oracle's truth."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

import asyncpg
from msgspec import Struct, field

TODAY: Final = datetime.now(UTC).date()
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
CURRENCY: Final = "KZT"

_KINDS: Final = ("oil", "grease", "fluid", "base_oil", "service")
_VISCOSITIES: Final = (
    "SAE 0W-20", "SAE 5W-30", "SAE 5W-40", "SAE 10W-40", "SAE 15W-40", "SAE 75W-90", "SAE 80W-90",
    "ISO VG 32", "ISO VG 46", "ISO VG 68", "ISO VG 100", "ISO VG 220", "NLGI 1", "NLGI 2", "",
)  # fmt: skip
_STANDARDS: Final = (
    "API SL", "API SM", "API SN", "API SN PLUS", "API SP", "API SQ", "API CI-4", "API CJ-4", "API CK-4",
    "ACEA C2", "ACEA C3", "ACEA E7", "ACEA E9", "ILSAC GF-6A", "ILSAC GF-7A", "DIN 51524-2", "DIN 51524-3",
    "API GL-4", "API GL-5", "ГОСТ 17479.1", "ГОСТ 17479.4", "ГОСТ 20799", "JASO MA2", "ISO 6743-4",
)  # fmt: skip
_SUPERSEDES: Final = {  # older -> newer
    "API SL": "API SM", "API SM": "API SN", "API SN": "API SN PLUS", "API SN PLUS": "API SP", "API SP": "API SQ",
    "API CI-4": "API CJ-4", "API CJ-4": "API CK-4", "ILSAC GF-6A": "ILSAC GF-7A",
}  # fmt: skip
# package, litres, net kg, multiple, per layer, per pallet, unit
_PACKAGES: Final = (
    ("bottle", "1", "0.86", 12, 120, 600, "piece"),
    ("canister", "4", "3.44", 4, 40, 160, "piece"),
    ("jerrycan", "10", "8.7", 1, 24, 72, "piece"),
    ("pail", "20", "17.4", 1, 10, 30, "piece"),
    ("keg", "60", "52", 1, 4, 8, "piece"),
    ("drum", "205", "178", 1, 4, 4, "piece"),
    ("ibc", "1000", "870", 1, 1, 1, "piece"),
    ("tank_truck", "0", "1000", 1, 0, 0, "t"),
    ("rail_tank", "0", "1000", 1, 0, 0, "t"),
    ("cartridge", "0", "0.4", 24, 240, 1200, "piece"),
)
_PACKAGE_WORDS: Final = {
    "bottle": ("бутылка", "бөтелке", "bottle"), "canister": ("канистра", "канистр", "canister"),
    "jerrycan": ("канистра", "канистр", "jerrycan"), "pail": ("ведро", "шелек", "pail"),
    "keg": ("кег", "кег", "keg"), "drum": ("бочка", "бөшке", "drum"), "ibc": ("еврокуб", "еврокуб", "IBC"),
    "tank_truck": ("автоцистерна", "автоцистерна", "tank truck"),
    "rail_tank": ("ж/д цистерна", "теміржол цистернасы", "rail tank car"),
    "cartridge": ("картридж", "картридж", "cartridge"),
}  # fmt: skip
_BRANDS: Final = (
    ("Алатау Синт", "Алатау Синт", "Alatau Synth"), ("Жетісу Дизель", "Жетісу Дизель", "Zhetisu Diesel"),
    ("Тау Гидро", "Тау Гидро", "Tau Hydro"), ("Дала Редуктор", "Дала Редуктор", "Dala Gear"),
    ("Қыран Смазка", "Қыран майы", "Kyran Grease"), ("Мұз Антифриз", "Мұз Антифриз", "Muz Freeze"),
    ("Ёлка Турбо", "Шырша Турбо", "Yolka Turbo"), ("Ертіс Судовое", "Ертіс кеме майы", "Ertis Marine"),
    ("Өрлеу Компрессор", "Өрлеу Компрессор", "Orleu Compressor"), ("Эмба Турбина", "Ембі Турбина", "Emba Turbine"),
)  # fmt: skip
SYNC: Final = (1, "label")


class Scale(Struct, frozen=True):
    """How much of everything."""

    products: int = 400
    grades: int = 90
    plants: int = 3
    lines: int = 8
    segments: int = 7
    price_lists: int = 6
    prices: int = 1200
    partners: int = 4
    contracts: int = 8
    agreements: int = 16
    first_pos: int = 0
    segment_share: float = 0.5
    odd: bool = True  # blocked, deleted, zero and expired rows among the good ones


TINY: Final = Scale()
DEMO: Final = Scale(3_000, 600, 3, 20, 30, 30, 18_000, 50, 200, 500, odd=False)
FULL: Final = Scale(30_000, 6_000, 5, 40, 30, 30, 300_000, 500, 2_000, 5_000, odd=False)


class World(Struct):
    """Rows by table, each row in the order of ``COLUMNS``; ids are remembered for the tests."""

    tenant: int
    rows: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    partners: list[UUID] = field(default_factory=list)


COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "regions": ("tenant_id", "id", "country", "name_ru", "name_kk", "name_en", "src_version", "src_label"),
    "partners": ("tenant_id", "id", "kind", "name", "region_id", "src_version", "src_label"),
    "plants": ("tenant_id", "id", "name_ru", "name_kk", "name_en", "country", "src_version", "src_label"),
    "warehouses": ("tenant_id", "id", "name_ru", "name_kk", "name_en", "plant_id", "src_version", "src_label"),
    "product_lines": ("tenant_id", "id", "name_ru", "name_kk", "name_en", "src_version", "src_label"),
    "standards": ("tenant_id", "id", "code", "superseded_by", "src_version", "src_label", "deleted_at"),
    "segments": ("tenant_id", "id", "name_ru", "name_kk", "name_en", "src_version", "src_label"),
    "price_lists": ("tenant_id", "id", "name", "currency", "src_version", "src_label"),
    "grades": (
        "tenant_id", "id", "code", "name_ru", "name_kk", "name_en", "text_ru", "line_id", "plant_id", "kind",
        "viscosity", "standards", "density", "src_version", "src_label", "deleted_at",
    ),
    "products": (
        "tenant_id", "id", "pos", "grade_id", "sku", "old_skus", "name_ru", "name_kk", "name_en", "package",
        "volume_l", "net_kg", "gross_kg", "pack_multiple", "per_layer", "per_pallet", "unit", "is_bulk",
        "is_blocked", "substitute_id", "src_version", "src_label", "deleted_at",
    ),
    "segment_items": ("tenant_id", "segment_id", "product_id", "src_version"),
    "prices": ("tenant_id", "price_list_id", "product_id", "amount", "valid_from", "valid_to", "src_version"),
    "contracts": (
        "tenant_id", "id", "partner_id", "counterparty_id", "number", "valid_from", "valid_to", "currency",
        "status", "credit_limited", "vat_country", "src_version", "src_label",
    ),
    "agreements": (
        "tenant_id", "id", "partner_id", "contract_id", "number", "name", "segment_id", "price_list_id",
        "warehouse_id", "region_id", "discount_pct", "valid_from", "valid_to", "status", "src_version", "src_label",
    ),
    "stock_levels": ("tenant_id", "product_id", "warehouse_id", "erp_free", "as_of", "as_of_batch", "src_version"),
}  # fmt: skip


class _Maker:
    """The dice and the ids that several steps of one world share."""

    def __init__(self, scale: Scale, tenant: int, seed: int) -> None:
        self.scale = scale
        self.dice = random.Random(seed * 1000 + tenant)
        self.world = World(tenant, {table: [] for table in COLUMNS})
        self.regions, self.plants, self.lines = self.ids(5), self.ids(scale.plants), self.ids(scale.lines)
        self.segments, self.lists = self.ids(scale.segments), self.ids(scale.price_lists)
        self.standards, self.warehouses = self.ids(len(_STANDARDS)), self.ids(scale.plants)

    def ids(self, count: int) -> list[UUID]:
        return [UUID(int=self.dice.getrandbits(128), version=4) for _ in range(count)]

    def add(self, table: str, *values: object) -> None:
        self.world.rows[table].append((self.world.tenant, *values))


def make_world(scale: Scale, tenant: int = 1, seed: int = 7) -> World:
    """Invent everything; the same seed gives the same world."""
    maker = _Maker(scale, tenant, seed)
    _names(maker)
    _grades(maker)
    _products(maker)
    products = [cast("UUID", row[1]) for row in maker.world.rows["products"]]
    for segment in maker.segments:
        share = scale.segment_share * maker.dice.uniform(0.6, 1.4)
        for one in products:
            if maker.dice.random() < share:
                maker.add("segment_items", segment, one, 1)
    _prices(maker, products)
    _clients(maker)
    for one in products:
        for warehouse in maker.warehouses:
            if maker.dice.random() < 0.9:
                free = Decimal(maker.dice.choice((-3, 0, 2, 8, 40, 500, 12_000)))
                maker.add("stock_levels", one, warehouse, free, NOW, 5, 1)
    return maker.world


def _names(maker: _Maker) -> None:
    for place, one in enumerate(maker.regions):
        maker.add("regions", one, "KZ", f"Область {place}", f"Облыс {place}", f"Region {place}", *SYNC)
    for place, one in enumerate(maker.plants):
        names = (f"Завод {place + 1}", f"Зауыт {place + 1}", f"Plant {place + 1}")
        maker.add("plants", one, *names, "KZ", *SYNC)
        maker.add("warehouses", maker.warehouses[place], f"Склад {place}", f"Қойма {place}", "Store", one, *SYNC)
    for place, one in enumerate(maker.lines):
        maker.add("product_lines", one, f"Линейка {place}", f"Желі {place}", f"Line {place}", *SYNC)
    by_code: dict[str, UUID] = dict(zip(_STANDARDS, maker.standards, strict=True))
    for code, one in by_code.items():
        newer = by_code[_SUPERSEDES[code]] if code in _SUPERSEDES else None
        maker.add("standards", one, code, newer, *SYNC, NOW if maker.scale.odd and code == "JASO MA2" else None)
    for place, one in enumerate(maker.segments):
        maker.add("segments", one, f"Сегмент {place}", f"Сегмент {place}", f"Segment {place}", *SYNC)
    for place, one in enumerate(maker.lists):
        maker.add("price_lists", one, f"Прайс {place}", CURRENCY, *SYNC)


def _grades(maker: _Maker) -> None:
    dice, is_odd = maker.dice, maker.scale.odd
    for number in range(maker.scale.grades):
        brand, viscosity = dice.choice(_BRANDS), dice.choice(_VISCOSITIES)
        tail = f" {viscosity.rsplit(' ', 1)[-1]}" if viscosity else f" М-{number % 40}Г2к"
        maker.add(
            "grades",
            UUID(int=dice.getrandbits(128), version=4),
            f"G{number:05}",
            *(word + tail for word in brand),
            "Текст",
            None if is_odd and number % 17 == 3 else dice.choice(maker.lines),
            None if is_odd and number % 23 == 5 else dice.choice(maker.plants),
            dice.choice(_KINDS),
            viscosity,
            dice.sample(maker.standards, dice.randint(0, 3)),
            Decimal("0.8700"),
            *SYNC,
            NOW if is_odd and number % 31 == 7 else None,
        )


def _products(maker: _Maker) -> None:
    dice, scale = maker.dice, maker.scale
    grades = [(row[1], row[3:6]) for row in maker.world.rows["grades"]]
    for number in range(scale.products):
        grade, names = dice.choice(grades)
        package, volume, kg, multiple, layer, pallet, unit = dice.choice(_PACKAGES)
        words, fill = _PACKAGE_WORDS[package], "" if volume == "0" else f" {volume}"
        litres = (" л", " л", " l") if fill else ("", "", "")
        maker.add(
            "products",
            UUID(int=dice.getrandbits(128), version=4),
            scale.first_pos + number,
            grade,
            f"AL-{number:05}-{volume if fill else 'B'}",
            [f"OLD{number:05}"] if number % 5 == 0 else [],
            *(f"{names[i]}, {words[i]}{fill}{litres[i]}" for i in range(3)),
            package,
            Decimal(volume),
            Decimal(kg),
            Decimal(kg) * (2 if unit == "piece" else 1),
            Decimal(multiple),
            layer,
            pallet,
            unit,
            unit == "t",
            scale.odd and dice.random() < 0.06,
            None,
            *SYNC,
            NOW if scale.odd and dice.random() < 0.04 else None,
        )


def _prices(maker: _Maker, products: Sequence[UUID]) -> None:
    dice, scale = maker.dice, maker.scale
    each = min(scale.prices // len(maker.lists), len(products))
    for one in maker.lists:
        for product in dice.sample(products, each):
            amount = Decimal(dice.randint(50_000, 90_000_000)) / 100
            since, until = date(2020, 1, 1), None
            if scale.odd:
                luck = dice.random()
                amount = Decimal(0) if luck < 0.04 else amount
                until = date(2021, 1, 1) if 0.04 < luck < 0.08 else date(2999, 1, 1) if luck > 0.9 else None
                since = date(2998, 1, 1) if 0.08 < luck < 0.1 else since
            maker.add("prices", one, product, amount, since, until, 1)


def _clients(maker: _Maker) -> None:
    dice, scale = maker.dice, maker.scale
    partners = maker.world.partners = maker.ids(scale.partners)
    for number, one in enumerate(partners):
        maker.add("partners", one, "distributor", f"Клиент {number}", dice.choice(maker.regions), *SYNC)
    contracts = maker.ids(scale.contracts)
    for number, one in enumerate(contracts):
        partner, status = partners[number % len(partners)], "closed" if scale.odd and number % 7 == 6 else "live"
        dates = (date(2020, 1, 1), date(2999, 1, 1))
        maker.add(
            "contracts", one, partner, partner, f"KZ-2026/{number:04}", *dates, CURRENCY, status, True, "KZ", *SYNC
        )
    for number in range(scale.agreements):
        place, luck = number % len(contracts), dice.random() if scale.odd else 0.5
        maker.add(
            "agreements",
            UUID(int=dice.getrandbits(128), version=4),
            partners[place % len(partners)],
            contracts[place],
            f"A-{number:04}",
            "Соглашение",
            dice.choice(maker.segments),
            dice.choice(maker.lists),
            dice.choice(maker.warehouses),
            dice.choice((None, *maker.regions)),
            Decimal(dice.choice((0, 2, 5))),
            date(2020, 1, 1),
            date(2021, 1, 1) if luck < 0.08 else None,
            "closed" if luck > 0.94 else "live",
            *SYNC,
        )


async def load_world(connection: asyncpg.Connection, world: World, *, bulk: bool = True) -> None:
    """COPY everything as the superuser; ``bulk`` switches the triggers off and rebuilds at the end."""
    tenant = world.tenant
    await connection.execute(f"SET app.tenant = '{tenant}'; SET karavan.bulk = '{'on' if bulk else 'off'}'")
    await connection.execute(
        "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,"
        " order_prefix) VALUES ($1, 'tenant-' || chr(96 + $1), 'T', '', '', '', 'UTC', 'KZ', 'ib' || $1, 'P')"
        " ON CONFLICT DO NOTHING",
        tenant,
    )
    for table, columns in COLUMNS.items():
        await connection.copy_records_to_table(table, records=world.rows[table], columns=columns)
    if bulk:
        await connection.execute("SET karavan.bulk = 'off'")
        await connection.execute("SELECT catalog_rebuild($1)", tenant)
    await connection.execute("RESET app.tenant")
