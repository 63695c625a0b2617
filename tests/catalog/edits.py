"""Changes as the exchange makes them, one SQL statement each: what every kind of row may go through."""

import random
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from tests.catalog.factory import COLUMNS, World


class Edit(Struct, frozen=True):
    """A change and the trigger that must notice it."""

    trigger: str
    statement: str


_ANY_PRODUCT: Final = "(SELECT id FROM products WHERE tenant_id = 1 ORDER BY md5(id::text || {dice}) LIMIT 1)"
_SOME_PRODUCTS: Final = "(SELECT id FROM products WHERE tenant_id = 1 ORDER BY md5(id::text || {dice}) LIMIT 9)"
_ANY_GRADE: Final = "(SELECT id FROM grades WHERE tenant_id = 1 ORDER BY md5(id::text || {dice}) LIMIT 1)"
_ANY_SEGMENT: Final = "(SELECT id FROM segments WHERE tenant_id = 1 ORDER BY md5(id::text || {dice}) LIMIT 1)"
_ANY_LIST: Final = "(SELECT id FROM price_lists WHERE tenant_id = 1 ORDER BY md5(id::text || {dice}) LIMIT 1)"
_ANY_STANDARD: Final = "(SELECT id FROM standards WHERE tenant_id = 1 ORDER BY md5(code || {dice}) LIMIT 1)"

EDITS: Final[dict[str, Edit]] = {
    "a price amount": Edit(
        "", f"UPDATE prices SET amount = amount + 1 WHERE tenant_id = 1 AND amount > 0 AND product_id = {_ANY_PRODUCT}"
    ),
    "a price becomes zero": Edit(
        "prices_catalog_update", f"UPDATE prices SET amount = 0 WHERE tenant_id = 1 AND product_id IN {_SOME_PRODUCTS}"
    ),
    "a price ends": Edit(
        "prices_catalog_update",
        f"UPDATE prices SET valid_to = '2021-01-01' WHERE tenant_id = 1 AND product_id IN {_SOME_PRODUCTS}",
    ),
    "prices go": Edit(
        "prices_catalog_delete", f"DELETE FROM prices WHERE tenant_id = 1 AND product_id IN {_SOME_PRODUCTS}"
    ),
    "prices come": Edit(
        "prices_catalog_insert",
        "INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)"
        f" SELECT 1, {_ANY_LIST}, p.id, 12.5, '2020-01-01', 9 FROM products p WHERE p.tenant_id = 1 AND NOT EXISTS"
        " (SELECT FROM prices r WHERE r.tenant_id = 1 AND r.product_id = p.id AND r.price_list_id ="
        f" {_ANY_LIST}) LIMIT 5",
    ),
    "a price is put": Edit(
        "",
        "INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)"
        f" SELECT 1, l.id, {_ANY_PRODUCT}, 7, '2020-01-01', 9 FROM price_lists l WHERE l.tenant_id = 1"
        " ON CONFLICT (tenant_id, price_list_id, product_id) DO UPDATE SET amount = excluded.amount, valid_to = NULL",
    ),
    "items leave a segment": Edit(
        "segment_items_catalog_delete",
        f"DELETE FROM segment_items WHERE tenant_id = 1 AND product_id IN {_SOME_PRODUCTS}",
    ),
    "items enter a segment": Edit(
        "segment_items_catalog_insert",
        f"INSERT INTO segment_items (tenant_id, segment_id, product_id, src_version) SELECT 1, {_ANY_SEGMENT}, p.id, 9"
        " FROM products p WHERE p.tenant_id = 1 ON CONFLICT DO NOTHING",
    ),
    "an item moves": Edit(
        "segment_items_catalog_update",
        "UPDATE segment_items i SET segment_id = free.segment_id FROM ("
        "SELECT p.id AS product_id, s.id AS segment_id, o.segment_id AS from_id FROM products p"
        " JOIN segment_items o ON o.tenant_id = 1 AND o.product_id = p.id JOIN segments s ON s.tenant_id = 1"
        " WHERE p.tenant_id = 1 AND NOT EXISTS (SELECT FROM segment_items h WHERE h.tenant_id = 1"
        " AND h.segment_id = s.id AND h.product_id = p.id) ORDER BY md5(p.id::text || {dice}) LIMIT 1) AS free"
        " WHERE i.tenant_id = 1 AND i.product_id = free.product_id AND i.segment_id = free.from_id",
    ),
    "products are blocked": Edit(
        "products_catalog_update",
        f"UPDATE products SET is_blocked = NOT is_blocked WHERE tenant_id = 1 AND id IN {_SOME_PRODUCTS}",
    ),
    "products are deleted": Edit(
        "products_catalog_update",
        "UPDATE products SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END"
        f" WHERE tenant_id = 1 AND id IN {_SOME_PRODUCTS}",
    ),
    "products are renamed": Edit(
        "products_catalog_update",
        "UPDATE products SET name_ru = name_ru || ' Жаңа М-8ДМ', old_skus = old_skus || sku, sku = sku || 'N'"
        f" WHERE tenant_id = 1 AND id IN {_SOME_PRODUCTS}",
    ),
    "a product moves to another grade and package": Edit(
        "products_catalog_update",
        f"UPDATE products SET grade_id = {_ANY_GRADE}, package = 'keg' WHERE tenant_id = 1 AND id = {_ANY_PRODUCT}",
    ),
    "a product comes, after its price and its segment": Edit("products_catalog_insert", ""),
    "a product goes for good": Edit(
        "products_catalog_delete", f"DELETE FROM products WHERE tenant_id = 1 AND id = {_ANY_PRODUCT}"
    ),
    "a grade changes": Edit(
        "grades_catalog_update",
        "UPDATE grades SET kind = 'additive', viscosity = 'SAE 60',"
        f" standards = ARRAY[{_ANY_STANDARD}] WHERE tenant_id = 1 AND id = {_ANY_GRADE}",
    ),
    "a grade is deleted": Edit(
        "grades_catalog_update",
        "UPDATE grades SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END"
        f" WHERE tenant_id = 1 AND id = {_ANY_GRADE}",
    ),
    "a grade goes": Edit("grades_catalog_delete", f"DELETE FROM grades WHERE tenant_id = 1 AND id = {_ANY_GRADE}"),
    "standards are superseded": Edit(
        "standards_catalog_update",
        f"UPDATE standards SET superseded_by = {_ANY_STANDARD} WHERE tenant_id = 1 AND code = 'JASO MA2'"
        " OR tenant_id = 1 AND code = 'ACEA C2'",
    ),
    "a standard is withdrawn": Edit(
        "standards_catalog_update", "UPDATE standards SET deleted_at = now() WHERE tenant_id = 1 AND code = 'API SN'"
    ),
    "a plant is renamed": Edit(
        "plants_catalog_update", "UPDATE plants SET name_kk = name_kk || '!' WHERE tenant_id = 1"
    ),
    "a line is renamed": Edit(
        "product_lines_catalog_update", "UPDATE product_lines SET name_en = name_en || '!' WHERE tenant_id = 1"
    ),
    "an agreement gets another segment": Edit(
        "", f"UPDATE agreements SET segment_id = {_ANY_SEGMENT} WHERE tenant_id = 1 AND number < 'A-0008'"
    ),
}
# As the exchange numbers what it brings.
_NEXT_POS: Final = "(SELECT max(pos) + 1 FROM products WHERE tenant_id = 1)"
_NEW_PRODUCT: Final = """
    INSERT INTO products (tenant_id, id, pos, grade_id, sku, old_skus, name_ru, name_kk, name_en, package, net_kg,
                          gross_kg, src_version, src_label)
    SELECT 1, $1::uuid, {pos}, g.id, 'NEW-' || right($1::uuid::text, 5), '{{}}', 'Жаңа өнім', 'Жаңа өнім', 'New',
        'drum', 1, 1, 9, ''
    FROM grades g WHERE g.tenant_id = 1 AND g.deleted_at IS NULL ORDER BY md5(g.id::text || $1::uuid::text) LIMIT 1
"""


async def make(connection: asyncpg.Connection, name: str, dice: random.Random) -> None:
    """Make one change as the exchange would: under the staff role, with the tenant set."""
    if name == "a product comes, after its price and its segment":
        await bring_product(connection, UUID(int=dice.getrandbits(128), version=4), _NEXT_POS)
        return
    await connection.execute(EDITS[name].statement.replace("{dice}", f"'{dice.random()}'"))


async def bring_product(connection: asyncpg.Connection, product: UUID, pos: str) -> None:
    """Bring price and segment first: the feed promises no order."""
    await connection.execute(
        "INSERT INTO prices (tenant_id, price_list_id, product_id, amount, valid_from, src_version)"
        " SELECT 1, id, $1, 5, '2020-01-01', 9 FROM price_lists WHERE tenant_id = 1",
        product,
    )
    await connection.execute(
        "INSERT INTO segment_items (tenant_id, segment_id, product_id, src_version)"
        " SELECT 1, id, $1, 9 FROM segments WHERE tenant_id = 1",
        product,
    )
    await connection.execute(_NEW_PRODUCT.format(pos=pos), product)


async def read_world(connection: asyncpg.Connection, world: World) -> World:
    """Read back what the rows are now, so that plain Python judges the present."""
    rows: dict[str, list[tuple[object, ...]]] = {}
    for table, columns in COLUMNS.items():
        found = await connection.fetch(f"SELECT {', '.join(columns)} FROM {table} WHERE tenant_id = $1", world.tenant)
        rows[table] = [tuple(one) for one in found]
    return World(world.tenant, rows, world.partners)


async def audit(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    """What the audit finds wrong."""
    return [tuple(one) for one in await connection.fetch("SELECT * FROM catalog_audit(1)")]
