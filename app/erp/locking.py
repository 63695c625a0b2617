"""One order of locks for everybody: versions, then orders, credit, and stock by product (RELIABILITY 4.2).

Whoever writes for a person holds the versions of rules and of the client's facts from the first statement (migration
0025); a batch that will move them takes them first, too.

A batch of the feed writes figures stream by stream and then tells orders, whose holds reach back to credit and
stock. Whatever it will touch of these is therefore locked first, in the order in which submits and answers lock it.
A full load writes one stream in one transaction: stock row by row, so rows are locked in order of their key, and
orders with their holds, so those are locked as for a batch. Credit alone is one lock for everybody else.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.erp.mappings.clients import AGREEMENTS, CONTRACTS, PARTNERS
from app.erp.mappings.orders import NOBODY, ORDERS
from app.erp.mappings.places import REGIONS
from app.erp.mappings.trade import LIMITS, STOCK
from app.erp.wire.messages import Entry
from app.infra.db.transaction import Transaction

# Others hold several rows of these at once: a load must take its own in the common order.
CONTENDED: Final = frozenset({"stock_levels"})

_STAGED_ORDERS: Final = f"""
    SELECT s."Ref_Key" AS id FROM {ORDERS.stage} s JOIN orders o ON o.tenant_id = $1 AND o.id = s."Ref_Key"
    WHERE o.author_id <> {NOBODY}"""
_LOCK_RULES: Final = "SELECT pg_advisory_xact_lock(-1, $1)"
_LOCK_FACTS: Final = """
    SELECT FROM facts_versions WHERE tenant_id = $1 AND partner_id IN (
        SELECT unnest($2::uuid[])
        UNION SELECT partner_id FROM contracts WHERE tenant_id = $1 AND id = ANY ($3::uuid[])
        UNION SELECT partner_id FROM agreements WHERE tenant_id = $1 AND id = ANY ($3::uuid[]))
    ORDER BY partner_id FOR UPDATE"""
_LOCK_ORDERS: Final = "SELECT FROM orders WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE"
_LOCK_CREDIT: Final = """
    SELECT FROM credit_accounts WHERE tenant_id = $1 AND (contract_id = ANY ($3) OR contract_id IN (
        SELECT h.contract_id FROM credit_holds h WHERE h.tenant_id = $1 AND h.order_id = ANY ($2)))
    ORDER BY contract_id FOR UPDATE"""
_LOCK_STOCK: Final = """
    SELECT FROM stock_levels WHERE tenant_id = $1 AND (product_id, warehouse_id) IN (
        SELECT * FROM unnest($3::uuid[], $4::uuid[])
        UNION SELECT h.product_id, h.warehouse_id FROM stock_holds h
        WHERE h.tenant_id = $1 AND h.order_id = ANY ($2))
    ORDER BY product_id, warehouse_id FOR UPDATE"""


class _Limit(Struct):
    contract: UUID = msgspec.field(name="Договор_Key")


class _Level(Struct):
    product: UUID = msgspec.field(name="Характеристика_Key")
    warehouse: UUID = msgspec.field(name="Склад_Key")


class _Paper(Struct):
    partner: UUID = msgspec.field(name="Партнер_Key")


async def lock_in_order(transaction: Transaction, entries: Sequence[Entry]) -> None:
    """Lock what a batch will touch of versions, orders, credit and stock.

    A row that cannot be read is left to its stream.
    """
    await _lock_versions(transaction, entries)
    orders = [entry.ref for entry in entries if entry.set_name == ORDERS.set_name]
    contracts = [entry.ref for entry in entries if entry.set_name == CONTRACTS.set_name]
    levels: list[_Level] = []
    for entry in entries:
        try:
            if entry.set_name == LIMITS.set_name:
                contracts.append(msgspec.json.decode(entry.data, type=_Limit).contract)
            elif entry.set_name == STOCK.set_name:
                levels.append(msgspec.json.decode(entry.data, type=_Level))
        except msgspec.DecodeError:
            continue
    await _lock(transaction, orders, contracts, levels)


async def _lock_versions(transaction: Transaction, entries: Sequence[Entry]) -> None:
    if any(entry.set_name == REGIONS.set_name for entry in entries):
        await transaction.driver.execute(_LOCK_RULES, transaction.tenant_id)
    papers = [entry for entry in entries if entry.set_name in {CONTRACTS.set_name, AGREEMENTS.set_name}]
    partners = [entry.ref for entry in entries if entry.set_name == PARTNERS.set_name]
    for entry in papers:
        with suppress(msgspec.DecodeError):
            partners.append(msgspec.json.decode(entry.data, type=_Paper).partner)
    if partners or papers:
        await transaction.driver.execute(_LOCK_FACTS, transaction.tenant_id, partners, [entry.ref for entry in papers])


async def lock_staged_orders(transaction: Transaction) -> None:
    """Lock the portal's own orders among those that are staged, with the credit and stock they hold."""
    rows = await transaction.driver.fetch(_STAGED_ORDERS, transaction.tenant_id)
    await lock_orders(transaction, [cast("UUID", row["id"]) for row in rows])


async def lock_orders(transaction: Transaction, ids: Sequence[UUID]) -> None:
    """Lock orders with the credit and stock they hold."""
    await _lock(transaction, ids, (), ())


async def _lock(
    transaction: Transaction, orders: Sequence[UUID], contracts: Sequence[UUID], levels: Sequence[_Level]
) -> None:
    driver, tenant_id = transaction.driver, transaction.tenant_id
    if orders:
        await driver.execute(_LOCK_ORDERS, tenant_id, orders)
    if orders or contracts:
        await driver.execute(_LOCK_CREDIT, tenant_id, orders, contracts)
    if orders or levels:
        products, warehouses = [one.product for one in levels], [one.warehouse for one in levels]
        await driver.execute(_LOCK_STOCK, tenant_id, orders, products, warehouses)
