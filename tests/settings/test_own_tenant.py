"""Whatever the code asks for, staff change the settings of their own tenant, and clients change none."""

from typing import cast

import asyncpg
import pytest

from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from tests.orders.shop import TENANT, Shop

OTHER = 2
_SECOND = (
    "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase, order_prefix)"
    " VALUES (2, 'other', 'Other', '', '', '', 'Asia/Bishkek', 'KG', 'erp2', 'O')"
)


async def rename(url: str, tenant: int, context: int) -> None:
    """Change the name of a tenant in the context of one."""
    engine = make_engine(url)
    try:
        async with open_tenant_transaction(engine, context) as transaction:
            await transaction.driver.execute("UPDATE tenants SET name = 'Taken' WHERE id = $1", tenant)
    finally:
        await engine.dispose()


async def names(shop: Shop) -> list[str]:
    """The names of all tenants."""
    return [str(cast("object", row["name"])) for row in await shop.look("SELECT name FROM tenants ORDER BY id")]


async def test_staff_rename_their_own_tenant_and_no_other(shop: Shop) -> None:
    await shop.change(_SECOND)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await rename(shop.database.staff_url, OTHER, TENANT)
    assert await names(shop) == ["Alatau", "Other"]
    await rename(shop.database.staff_url, TENANT, TENANT)
    assert await names(shop) == ["Taken", "Other"]


async def test_clients_rename_nobody(shop: Shop) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await rename(shop.database.client_url, TENANT, TENANT)


@pytest.mark.parametrize("column", ["id", "code", "infobase", "order_prefix", "country"])
async def test_what_decides_who_a_tenant_is_no_administrator_changes(shop: Shop, column: str) -> None:
    engine = make_engine(shop.database.staff_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with open_tenant_transaction(engine, TENANT) as transaction:
                await transaction.driver.execute(f"UPDATE tenants SET {column} = {column} WHERE id = $1", TENANT)
    finally:
        await engine.dispose()
