"""Brand, currencies and time zone, in the row everybody may see. Every write names the version it saw."""

from collections.abc import Sequence
from typing import Final, cast

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Row, Transaction

_TENANT: Final = """
    SELECT code, name AS name_ru, name_kk, name_en, tagline_ru, tagline_kk, tagline_en, accent, logo, brand_version,
           currencies, currency, money_version, zone, time_version, country
    FROM tenants WHERE id = $1
"""
_BRAND: Final = """
    UPDATE tenants SET name = $3, name_kk = $4, name_en = $5, tagline_ru = $6, tagline_kk = $7, tagline_en = $8,
        accent = $9, brand_version = brand_version + 1
    WHERE id = $1 AND brand_version = $2
"""
_LOGO: Final = "UPDATE tenants SET logo = $3, brand_version = brand_version + 1 WHERE id = $1 AND brand_version = $2"
_MONEY: Final = """
    UPDATE tenants SET currencies = $3, currency = $4, money_version = money_version + 1
    WHERE id = $1 AND money_version = $2
"""
_TIME: Final = "UPDATE tenants SET zone = $3, time_version = time_version + 1 WHERE id = $1 AND time_version = $2"
_IN_USE: Final = """
    SELECT /*free existence*/ DISTINCT currency FROM contracts
    WHERE tenant_id = $1 AND status = 'live' AND deleted_at IS NULL
      AND coalesce(valid_to, 'infinity') >= (SELECT (now() AT TIME ZONE zone)::date FROM tenants WHERE id = $1)
"""
_OLD_LOGOS: Final = """
    DELETE FROM tenant_logos WHERE tenant_id = $1 AND digest <> $2 AND created_at < now() - interval '1 day'
"""


class Brand(Struct, frozen=True):
    """The columns of the brand, in the order the update takes them."""

    name_ru: str
    name_kk: str
    name_en: str
    tagline_ru: str
    tagline_kk: str
    tagline_en: str
    accent: str


class TenantRow(Struct, frozen=True):
    """A tenant's own settings."""

    code: str
    country: str
    brand: Brand
    logo: str
    brand_version: int
    currencies: tuple[str, ...]
    currency: str
    money_version: int
    zone: str
    time_version: int


async def read_tenant(transaction: Transaction) -> TenantRow:
    """Read the settings of the tenant of this transaction."""
    row = cast("Row", await transaction.driver.fetchrow(_TENANT, transaction.tenant_id))
    return TenantRow(
        code=str(row["code"]),
        country=str(row["country"]),
        brand=msgspec.convert({name: str(row[name]) for name in Brand.__struct_fields__}, Brand),
        logo=str(row["logo"]),
        brand_version=cast("int", row["brand_version"]),
        currencies=tuple(cast("list[str]", row["currencies"])),
        currency=str(row["currency"]),
        money_version=cast("int", row["money_version"]),
        zone=str(row["zone"]),
        time_version=cast("int", row["time_version"]),
    )


async def write_brand(transaction: Transaction, brand: Brand, version: int) -> bool:
    """Change names and colour; False if somebody was faster."""
    values = (brand.name_ru, brand.name_kk, brand.name_en, brand.tagline_ru, brand.tagline_kk, brand.tagline_en)
    return await _changed(transaction, _BRAND, version, *values, brand.accent)


async def write_logo(transaction: Transaction, digest: str, body: bytes, version: int) -> bool:
    """Change the logo, or take it away with an empty digest; False if somebody was faster.

    Earlier pictures stay for a day, for pages that are still open.
    """
    if not await _changed(transaction, _LOGO, version, digest):
        return False
    if digest:
        await transaction.driver.execute(
            "INSERT INTO tenant_logos (tenant_id, digest, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            *(transaction.tenant_id, digest, body),
        )
    await transaction.driver.execute(_OLD_LOGOS, transaction.tenant_id, digest)
    return True


async def write_money(transaction: Transaction, currencies: Sequence[str], currency: str, version: int) -> bool:
    """Change the currencies; False if somebody was faster."""
    return await _changed(transaction, _MONEY, version, list(currencies), currency)


async def write_zone(transaction: Transaction, zone: str, version: int) -> bool:
    """Change the time zone; False if somebody was faster."""
    return await _changed(transaction, _TIME, version, zone)


async def read_used_currencies(transaction: Transaction) -> frozenset[str]:
    """Name the currencies some contract in force is in; whose, and how many, is not told."""
    rows = await transaction.driver.fetch(_IN_USE, transaction.tenant_id)
    return frozenset(str(row["currency"]) for row in rows)


async def _changed(transaction: Transaction, statement: str, version: int, *values: object) -> bool:
    done = await transaction.driver.execute(statement, transaction.tenant_id, version, *values)
    return not done.endswith(" 0")
