"""A small shop: two clients of one manufacturer, their contracts, goods of every kind, stock and credit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actors import Actor
from app.access.defaults import default_links, default_rules
from app.access.logins import login_key
from app.access.policy import Policy
from app.infra.db.engine import make_engine
from app.infra.db.grounds import Grounds
from app.infra.db.transaction import open_tenant_transaction
from app.orders.services.desk import Desk
from tests.access.people import HASH
from tests.access.tenants import with_versions, write_rules
from tests.support.databases import Database

TENANT: Final = 1
NOW: Final = datetime.now(UTC)
TODAY: Final = (NOW + timedelta(hours=5)).date()  # in Almaty
SOON: Final = TODAY + timedelta(days=5)


def uid(number: int) -> UUID:
    """Make an id that is easy to recognise in a failure."""
    return UUID(int=number)


REGION, CITY, ELSEWHERE = uid(0x10), uid(0x11), uid(0x12)
ALPHA, BETA, CARRIER = uid(0x20), uid(0x21), uid(0x22)
ALPHA_LLP, BETA_LLP, ALPHA_SITE = uid(0x30), uid(0x31), uid(0x32)
ALPHA_YARD, ALPHA_STATION, BETA_YARD = uid(0x40), uid(0x41), uid(0x42)
CONTRACT, SECOND, BETA_CONTRACT, CLOSED = uid(0x50), uid(0x51), uid(0x52), uid(0x53)
AGREEMENT, DEARER, SECOND_AGREEMENT, BETA_AGREEMENT = uid(0x60), uid(0x61), uid(0x62), uid(0x63)
SEGMENT, BETA_SEGMENT = uid(0x70), uid(0x71)
LIST, DEAR_LIST = uid(0x80), uid(0x81)
WAREHOUSE, LINE_OF_GOODS, GRADE = uid(0x90), uid(0xA0), uid(0xB0)
DRUM, PAIL, TANK, WAGON, BLOCKED, BETA_ONLY, UNPRICED, RARE = (uid(0xC0 + place) for place in range(8))


def person(number: int, role: str, partner: UUID | None, **more: object) -> Actor:
    """Invent somebody."""
    actor = Actor(
        tenant_id=TENANT,
        user_id=uid(0xF00 + number),
        membership_id=uid(0xE00 + number),
        name=f"Person {number}",
        email=f"person{number}@example.test",
        role=role,
        partner_id=partner,
        branch="",
        regions=(),
        partners=(),
        locale="en",
        theme="auto",
        zone="Asia/Almaty",
        rules_v=0,
        facts_v=0,
    )
    return replace(actor, **more)


BUYER: Final = person(1, "distributor_manager", ALPHA, branch="north")
COLLEAGUE: Final = person(2, "distributor_manager", ALPHA, branch="north")
SENIOR: Final = person(3, "distributor_senior", ALPHA, branch="north")
HEAD: Final = person(4, "distributor_head", ALPHA)
STRANGER: Final = person(5, "distributor_head", BETA)
MANAGER: Final = person(6, "manager_full", None, regions=(REGION,))
LIMITED: Final = person(7, "manager_limited", None, partners=(ALPHA,))
LOGISTICIAN: Final = person(8, "logistician", None, regions=(REGION,))
ADMIN: Final = person(9, "admin", None)
FAR_MANAGER: Final = person(10, "manager_full", None, regions=(ELSEWHERE,))
FORWARDER: Final = person(11, "forwarder", CARRIER)

PEOPLE: Final = (
    BUYER, COLLEAGUE, SENIOR, HEAD, STRANGER, MANAGER, LIMITED, LOGISTICIAN, ADMIN, FAR_MANAGER, FORWARDER
)  # fmt: skip
_SYNC: Final = (1, "a")


async def open_shop(database: Database) -> None:
    """Fill a fresh database."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        await connection.execute(f"SET app.tenant = '{TENANT}'")
        await _tenant(connection)
        await _clients(connection)
        await _goods(connection)
        await connection.execute("SELECT catalog_rebuild($1)", TENANT)
        await _people(connection)
    finally:
        await connection.close()
    engine = make_engine(database.staff_url)
    try:
        async with open_tenant_transaction(engine, TENANT) as transaction:
            await write_rules(transaction, default_rules("alatau"), default_links())
    finally:
        await engine.dispose()


async def _people(connection: asyncpg.Connection) -> None:
    """Give everybody an account, with the password of the access room's people."""
    for one in PEOPLE:
        await connection.execute(
            "INSERT INTO users (tenant_id, id, email, name, password_hash, locale) VALUES ($1, $2, $3, $4, $5, $6)",
            *(TENANT, one.user_id, one.email, one.name, HASH, one.locale),
        )
        await connection.execute("INSERT INTO logins VALUES ($1, $2, $3)", login_key(one.email), TENANT, one.user_id)
        await connection.execute(
            "INSERT INTO memberships (tenant_id, id, user_id, partner_id, role, branch, regions, partners)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            *(TENANT, one.membership_id, one.user_id, one.partner_id, one.role, one.branch),
            *(list(one.regions), list(one.partners)),
        )


async def _insert(connection: asyncpg.Connection, table: str, columns: str, *rows: tuple[object, ...]) -> None:
    names = [name.strip() for name in columns.split(",")]
    records = [(TENANT, *row, *_SYNC) if "src_label" in names else (TENANT, *row) for row in rows]
    await connection.copy_records_to_table(table, columns=["tenant_id", *names], records=records)


async def _tenant(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,"
        " order_prefix) VALUES (1, 'alatau', 'Alatau', '', '', '', 'Asia/Almaty', 'KZ', 'erp', 'P')"
    )
    await _insert(
        connection,
        "regions",
        "id, parent_id, country, name_ru, name_kk, name_en, src_version, src_label",
        (REGION, None, "KZ", "Область", "Облыс", "Region"),
        (CITY, REGION, "KZ", "Город", "Қала", "City"),
        (ELSEWHERE, None, "KZ", "Далеко", "Алыс", "Elsewhere"),
    )


async def _clients(connection: asyncpg.Connection) -> None:
    await _insert(
        connection,
        "partners",
        "id, kind, name, region_id, src_version, src_label",
        (ALPHA, "distributor", "Alpha", REGION),
        (BETA, "distributor", "Beta", REGION),
        (CARRIER, "logistics", "Carrier", REGION),
    )
    await _insert(
        connection,
        "counterparties",
        "id, partner_id, name, tax_id, country, src_version, src_label",
        (ALPHA_LLP, ALPHA, "Alpha LLP", "111", "KZ"),
        (ALPHA_SITE, ALPHA, "Alpha Site LLP", "112", "KZ"),
        (BETA_LLP, BETA, "Beta LLP", "222", "KZ"),
    )
    await _insert(
        connection,
        "consignee_addresses",
        "id, partner_id, counterparty_id, kind, text, region_id, src_version, src_label",
        (ALPHA_YARD, ALPHA, ALPHA_SITE, "road", "Yard street 1", CITY),
        (ALPHA_STATION, ALPHA, ALPHA_SITE, "rail", "Station", CITY),
        (BETA_YARD, BETA, BETA_LLP, "road", "Beta street 2", ELSEWHERE),
    )
    since, until = date(2020, 1, 1), TODAY + timedelta(days=300)
    await _insert(
        connection,
        "contracts",
        "id, partner_id, counterparty_id, number, valid_from, valid_to, currency, status, credit_limited,"
        " credit_limit, vat_country, src_version, src_label",
        (CONTRACT, ALPHA, ALPHA_LLP, "KZ-1", since, until, "KZT", "live", True, Decimal(10_000_000), "KZ"),
        (SECOND, ALPHA, ALPHA_LLP, "KZ-2", since, None, "KZT", "live", False, Decimal(0), "KZ"),
        (CLOSED, ALPHA, ALPHA_LLP, "KZ-0", since, until, "KZT", "closed", False, Decimal(0), "KZ"),
        (BETA_CONTRACT, BETA, BETA_LLP, "KZ-9", since, until, "KZT", "live", True, Decimal(10_000_000), "KZ"),
    )
    await _insert(
        connection,
        "credit_accounts",
        "contract_id, partner_id, currency, limited, erp_limit, erp_debt, erp_orders, as_of, as_of_batch, src_version",
        (CONTRACT, ALPHA, "KZT", True, Decimal(10_000_000), Decimal(1_000_000), Decimal(0), NOW, 100, 1),
        (SECOND, ALPHA, "KZT", False, Decimal(0), Decimal(0), Decimal(0), NOW, 100, 1),
        (BETA_CONTRACT, BETA, "KZT", True, Decimal(10_000_000), Decimal(0), Decimal(0), NOW, 100, 1),
    )
    await _insert(
        connection,
        "agreements",
        "id, partner_id, contract_id, number, name, segment_id, price_list_id, warehouse_id, region_id, discount_pct,"
        " min_amount, valid_from, valid_to, status, src_version, src_label",
        (AGREEMENT, ALPHA, CONTRACT, "A-1", "Main", SEGMENT, LIST, WAREHOUSE, None, Decimal(3), Decimal(1000), since,
         until, "live"),
        (DEARER, ALPHA, CONTRACT, "A-2", "Dear", SEGMENT, DEAR_LIST, WAREHOUSE, REGION, Decimal(0), Decimal(0), since,
         until, "live"),
        (SECOND_AGREEMENT, ALPHA, SECOND, "A-3", "Second", SEGMENT, LIST, WAREHOUSE, None, Decimal(0), Decimal(0),
         since, until, "live"),
        (BETA_AGREEMENT, BETA, BETA_CONTRACT, "B-1", "Beta", BETA_SEGMENT, LIST, WAREHOUSE, None, Decimal(0),
         Decimal(0), since, until, "live"),
    )  # fmt: skip


async def _goods(connection: asyncpg.Connection) -> None:
    names = ("Имя", "Аты", "Name")
    await _insert(
        connection, "warehouses", "id, name_ru, name_kk, name_en, src_version, src_label", (WAREHOUSE, *names)
    )
    await _insert(
        connection, "product_lines", "id, name_ru, name_kk, name_en, src_version, src_label", (LINE_OF_GOODS, *names)
    )
    await _insert(
        connection,
        "segments",
        "id, name_ru, name_kk, name_en, src_version, src_label",
        (SEGMENT, *names),
        (BETA_SEGMENT, *names),
    )
    await _insert(
        connection,
        "price_lists",
        "id, name, currency, src_version, src_label",
        (LIST, "List", "KZT"),
        (DEAR_LIST, "Dear", "KZT"),
    )
    await _insert(
        connection,
        "grades",
        "id, code, name_ru, name_kk, name_en, line_id, kind, density, src_version, src_label",
        (GRADE, "G1", *names, LINE_OF_GOODS, "oil", Decimal("0.87")),
    )
    goods: list[tuple[object, ...]] = []
    for place, (product, sku, package, multiple, kg, unit) in enumerate(
        (
            (DRUM, "AL-5W30-205", "drum", 1, "178", "piece"),
            (PAIL, "AL-5W40-020", "canister", 4, "3.44", "piece"),
            (TANK, "AL-TANK", "tank_truck", 1, "1000", "t"),
            (WAGON, "AL-WAGON", "rail_tank", 1, "1000", "t"),
            (BLOCKED, "AL-BLOCKED", "drum", 1, "178", "piece"),
            (BETA_ONLY, "AL-BETA", "drum", 1, "178", "piece"),
            (UNPRICED, "AL-FREE", "drum", 1, "178", "piece"),
            (RARE, "AL-RARE", "drum", 1, "178", "piece"),
        )
    ):
        bulk = unit == "t"
        goods.append((
            product, place, GRADE, sku, [f"OLD-{place}"], f"Товар {place}", f"Тауар {place}", f"Goods {place}",
            package, Decimal(0), Decimal(kg), Decimal(kg), Decimal(multiple), 4, 4, unit, bulk, product == BLOCKED,
            [Decimal(6000), Decimal(6000), Decimal(8000)] if bulk else [],
        ))  # fmt: skip
    await _insert(
        connection,
        "products",
        "id, pos, grade_id, sku, old_skus, name_ru, name_kk, name_en, package, volume_l, net_kg, gross_kg,"
        " pack_multiple, per_layer, per_pallet, unit, is_bulk, is_blocked, compartments_l, src_version, src_label",
        *goods,
    )
    sold = [DRUM, PAIL, TANK, WAGON, BLOCKED, UNPRICED, RARE]
    await _insert(
        connection,
        "segment_items",
        "segment_id, product_id, src_version",
        *[(SEGMENT, one, 1) for one in sold],
        *[(BETA_SEGMENT, one, 1) for one in (DRUM, BETA_ONLY)],
    )
    prices = {DRUM: "100000.0000", PAIL: "3333.3300", TANK: "500000.0000", WAGON: "450000.0000", BLOCKED: "1.0000",
              BETA_ONLY: "70000.0000", RARE: "100.0000"}  # fmt: skip
    since = date(2020, 1, 1)
    await _insert(
        connection,
        "prices",
        "price_list_id, product_id, amount, valid_from, src_version",
        *[(LIST, one, Decimal(price), since, 7) for one, price in prices.items()],
        *[(DEAR_LIST, one, Decimal(price) * 2, since, 8) for one, price in prices.items()],
    )
    await _insert(
        connection,
        "stock_levels",
        "product_id, warehouse_id, erp_free, as_of, as_of_batch, src_version",
        *[(one, WAREHOUSE, Decimal(10), NOW, 100, 1) for one in (DRUM, BETA_ONLY, BLOCKED, UNPRICED, RARE)],
        (PAIL, WAREHOUSE, Decimal(1000), NOW, 100, 1),
        (TANK, WAREHOUSE, Decimal(100), NOW, 100, 1),
        (WAGON, WAREHOUSE, Decimal(200), NOW, 100, 1),
    )


class Shop(Struct, frozen=True):
    """An open shop: pools of both classes and one policy, as in a process of the portal."""

    database: Database
    client: AsyncEngine
    staff: AsyncEngine
    policy: Policy

    @asynccontextmanager
    async def desk(self, actor: Actor = BUYER, *, now: datetime = NOW) -> AsyncIterator[Desk]:
        """Work as somebody in one transaction, committed when the block ends well."""
        engine = self.staff if actor.is_staff else self.client
        partners = () if actor.partner_id is None else (actor.partner_id,)
        async with open_tenant_transaction(
            engine, TENANT, user_id=actor.user_id, partners=partners, grounds=Grounds()
        ) as transaction:
            current = await with_versions(transaction, actor)
            yield Desk(transaction, self.policy, current, now)

    async def look(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Look past every wall at what was written."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(query, *args)
        finally:
            await connection.close()
        return rows

    async def change(self, query: str, *args: object) -> None:
        """Change something behind the portal's back, as the feed would."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            await connection.execute(f"SELECT set_config('app.tenant', '{TENANT}', false)")
            await connection.execute(query, *args)
        finally:
            await connection.close()

    async def close(self) -> None:
        """Let go of the pools."""
        await self.client.dispose()
        await self.staff.dispose()


def serve(database: Database, *, pool_size: int = 20) -> Shop:
    """Open the pools of a filled database."""
    return Shop(
        database, make_engine(database.client_url, pool_size), make_engine(database.staff_url, pool_size), Policy()
    )
