"""The start of a business day: planned prices come into force, ended ones go, and the catalogue follows (R15).

A price or an agreement that starts or ends by its date changes what may be ordered without anybody writing a row.
"""

from datetime import date
from typing import Final, cast

import structlog

from app.erp import streams
from app.erp.applying import Applied, apply_stage
from app.erp.loading import Side
from app.erp.mappings.spec import HEAD
from app.erp.mappings.trade import PRICES
from app.erp.staging import create_stage, drop_stage
from app.infra.db.transaction import Transaction, open_tenant_transaction

# The stage gets one row of each price that is in question; what else is known of it joins by the mapping itself.
_IN_QUESTION: Final = """
    INSERT INTO erp_stage_prices ("Ref_Key", "DataVersion", "DeletionMark", "ВидЦены_Key", "Характеристика_Key",
        "Период", "ДействуетПо", "Цена", version, as_of_batch)
    SELECT p.price_list_id, '', false, p.price_list_id, p.product_id, p.valid_from,
        coalesce(p.valid_to, '0001-01-01'), p.amount, p.src_version, 0
    FROM planned_prices p WHERE p.tenant_id = $1 AND p.valid_from <= $2
    UNION ALL
    SELECT p.price_list_id, '', false, p.price_list_id, p.product_id, p.valid_from,
        p.valid_to, p.amount, p.src_version, 0
    FROM prices p WHERE p.tenant_id = $1 AND p.valid_to < $2"""

_log = structlog.stdlib.get_logger("erp")


async def open_day(side: Side, node: str) -> bool:
    """Open the tenant's business day if that was not done yet; False if it was, or nothing is loaded."""
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        today = await _today(transaction)
        known = await streams.read_streams(transaction, node)
        if PRICES.name not in known or await streams.opened_day(transaction, node) == today:
            return False
        await streams.lock_watermark(transaction, node)
        await transaction.driver.execute("SET LOCAL statement_timeout = '10min'")
        await transaction.driver.execute("SET LOCAL karavan.bulk = 'on'")
        applied = await _reprice(transaction, today)
        await transaction.driver.execute("SELECT catalog_rebuild($1)", side.tenant_id)
        await streams.set_opened_day(transaction, node, today)
    _log.info("erp.day_opened", tenant=side.tenant, day=str(today), prices=applied.inserted + applied.updated)
    return True


async def _reprice(transaction: Transaction, today: date) -> Applied:
    await create_stage(transaction, PRICES, {**HEAD, **PRICES.columns}, 0)
    await transaction.driver.execute(_IN_QUESTION, transaction.tenant_id, today)
    applied = await apply_stage(transaction, PRICES)
    await drop_stage(transaction, PRICES)
    return applied


async def _today(transaction: Transaction) -> date:
    day = await transaction.driver.fetchval("SELECT catalog_today($1)", transaction.tenant_id)
    return cast("date", day)
