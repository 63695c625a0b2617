"""Statements of credit holds: the account row is locked first, holds after it, as in the stock room."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id

_TAKE: Final = """
    WITH /*within order $2*/ taken AS (
        UPDATE credit_accounts SET unreflected = unreflected + $4
        WHERE tenant_id = $1 AND contract_id = $3
          AND (NOT limited OR erp_limit - erp_debt - erp_orders - unreflected >= $4)
          AND NOT (forbid_overdue AND overdue_days > 0)
        RETURNING partner_id
    ), held AS (
        INSERT INTO credit_holds (tenant_id, id, partner_id, order_id, contract_id, amount)
        SELECT $1, $5, partner_id, $2, $3, $4 FROM taken
        RETURNING 1
    )
    SELECT count(*) FROM held
"""
_LOCK_ORDERS: Final = """
    SELECT /*within order $2*/ 1 FROM credit_accounts a
    WHERE a.tenant_id = $1 AND a.contract_id IN (
        SELECT h.contract_id FROM credit_holds h
        WHERE h.tenant_id = $1 AND h.order_id = ANY ($2::uuid[]) AND h.state = 'held')
    ORDER BY a.contract_id
    FOR UPDATE OF a
"""
_RELEASE: Final = """
    WITH /*within order $2*/ open AS (
        SELECT id, state, contract_id, amount FROM credit_holds
        WHERE tenant_id = $1 AND order_id = $2 AND state <> 'released'
        FOR UPDATE
    ), ended AS (
        UPDATE credit_holds h SET state = 'released', ended_at = now() FROM open o
        WHERE h.tenant_id = $1 AND h.id = o.id AND h.state <> 'released'
    )
    UPDATE credit_accounts a SET unreflected = a.unreflected - back.amount
    FROM (SELECT contract_id, sum(amount) AS amount FROM open WHERE state = 'held' GROUP BY 1) back
    WHERE a.tenant_id = $1 AND a.contract_id = back.contract_id
"""
_POST: Final = """
    UPDATE credit_holds h SET posted_batch = p.batch
    FROM unnest($2::uuid[], $3::bigint[]) AS p (order_id, batch)
    WHERE h.tenant_id = $1 AND h.order_id = p.order_id AND h.state = 'held' AND h.posted_batch IS NULL
"""
_LOCK_ACCOUNTS_OF_BATCHES: Final = """
    SELECT FROM credit_accounts WHERE tenant_id = $1 AND as_of_batch <> 0 ORDER BY contract_id FOR UPDATE
"""
_FORGET: Final = """
    UPDATE credit_holds SET posted_batch = NULL
    WHERE tenant_id = $1 AND state = 'held' AND posted_batch IS NOT NULL
"""
_LOCK_SEEN: Final = """
    SELECT 1 FROM credit_accounts a
    WHERE a.tenant_id = $1 AND EXISTS (
        SELECT 1 FROM credit_holds h
        WHERE h.tenant_id = $1 AND h.contract_id = a.contract_id
          AND h.state = 'held' AND h.posted_batch <= a.as_of_batch)
      AND ($2::uuid[] IS NULL OR a.contract_id = ANY ($2::uuid[]))
    ORDER BY a.contract_id
    FOR UPDATE OF a
"""
_REFLECT: Final = """
    WITH seen AS (
        UPDATE credit_holds h SET state = 'reflected', ended_at = now()
        FROM credit_accounts a
        WHERE a.tenant_id = $1
          AND h.tenant_id = $1 AND h.contract_id = a.contract_id
          AND h.state = 'held' AND h.posted_batch <= a.as_of_batch
          AND ($2::uuid[] IS NULL OR a.contract_id = ANY ($2::uuid[]))
          AND ($3::uuid[] IS NULL OR h.order_id = ANY ($3::uuid[]))
        RETURNING h.contract_id, h.amount
    )
    UPDATE credit_accounts a SET unreflected = a.unreflected - s.amount
    FROM (SELECT contract_id, sum(amount) AS amount FROM seen GROUP BY 1) s
    WHERE a.tenant_id = $1 AND a.contract_id = s.contract_id
"""


async def take_account(transaction: Transaction, order_id: UUID, contract_id: UUID, amount: Decimal) -> bool:
    """Take an amount by one conditional update and write its hold; tells whether it fitted."""
    held = await transaction.driver.fetchval(_TAKE, transaction.tenant_id, order_id, contract_id, amount, new_id())
    return cast("int", held) == 1


async def lock_orders(transaction: Transaction, order_ids: Sequence[UUID]) -> None:
    """Lock the accounts these orders hold something of."""
    await transaction.driver.execute(_LOCK_ORDERS, transaction.tenant_id, order_ids)


async def release_order(transaction: Transaction, order_id: UUID) -> None:
    """End every open hold of an order."""
    await transaction.driver.execute(_RELEASE, transaction.tenant_id, order_id)


async def post_orders(transaction: Transaction, posted: Mapping[UUID, int]) -> None:
    """Remember which batch of the ERP contains each order; the first answer stands."""
    await transaction.driver.execute(_POST, transaction.tenant_id, list(posted), list(posted.values()))


async def forget_batches(transaction: Transaction) -> None:
    """Forget the batches of figures and of open holds."""
    driver, tenant_id = transaction.driver, transaction.tenant_id
    await driver.execute(_LOCK_ACCOUNTS_OF_BATCHES, tenant_id)
    await driver.execute(
        "UPDATE credit_accounts SET as_of_batch = 0 WHERE tenant_id = $1 AND as_of_batch <> 0", tenant_id
    )
    await driver.execute(_FORGET, tenant_id)


async def lock_seen(transaction: Transaction, contracts: Sequence[UUID] | None) -> None:
    """Lock the accounts whose figure has caught up with a hold."""
    await transaction.driver.execute(_LOCK_SEEN, transaction.tenant_id, None if contracts is None else list(contracts))


async def reflect(transaction: Transaction, contracts: Sequence[UUID] | None, order_ids: Sequence[UUID] | None) -> None:
    """Stop counting holds that the ERP's figure contains; the rows must be locked."""
    await transaction.driver.execute(
        _REFLECT, transaction.tenant_id, None if contracts is None else list(contracts), order_ids
    )
