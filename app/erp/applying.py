"""Bring the tables of one stream up to date with what is staged, by differences."""

from typing import Final, cast

from msgspec import Struct

from app.erp.differences import Statements, sift, statements_for
from app.erp.locking import CONTENDED
from app.erp.mappings.spec import StreamMap, Target
from app.infra.db.transaction import Transaction

# More rows gone at once than this part of the table: an operator confirms (ERP-EXCHANGE 4.5).
_MOST_GONE: Final = 0.05
_MANY: Final = 500  # new rows: what joins with them next must not be planned as if the table were empty


class Applied(Struct):
    """Rows written; ``kept`` were absent from a complete snapshot but too many to believe it."""

    inserted: int = 0
    updated: int = 0
    removed: int = 0
    kept: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether no row was touched."""
        return self.inserted + self.updated + self.removed == 0


async def apply_stage(
    transaction: Transaction, stream: StreamMap, *, snapshot_version: int | None = None, force: bool = False
) -> Applied:
    """Apply the stage; ``snapshot_version`` says that it is complete, so that rows absent from it have ended."""
    applied = Applied()
    if snapshot_version is None:
        for statement in stream.before:
            await transaction.driver.execute(statement, transaction.tenant_id)
    for target in stream.targets:
        is_sifted = snapshot_version is not None and await _sift(transaction, stream, target, force=force)
        statements = statements_for(stream, target, force=force, is_sifted=is_sifted)
        if force:
            applied.removed += await _run(transaction, statements.stray)
        # Into an empty table a snapshot goes as it is: nothing there can be changed or ended.
        if is_sifted or snapshot_version is None:
            await _change(transaction, target, statements, snapshot_version, applied)
        inserted = await _run(transaction, statements.insert)
        applied.inserted += inserted
        if inserted > _MANY:
            await transaction.driver.execute("SELECT erp_analyze($1)", target.table)
    for statement in stream.after:
        applied.updated += await _run(transaction, statement)
    return applied


async def _change(
    transaction: Transaction, target: Target, statements: Statements, snapshot_version: int | None, applied: Applied
) -> None:
    """Bring rows that stand up to date, or end them."""
    if snapshot_version is not None and target.table in CONTENDED:
        await transaction.driver.execute(statements.lock, transaction.tenant_id, snapshot_version)
    # Deleting and updating first frees what the new rows may need (a place, a number).
    applied.removed += await _run(transaction, statements.delete)
    applied.updated += await _run(transaction, statements.update)
    if snapshot_version is not None:
        await _end_absent(transaction, statements, snapshot_version, applied)


async def _sift(transaction: Transaction, stream: StreamMap, target: Target, *, force: bool) -> bool:
    """Keep the rows that differ, unless the table is empty and all of them do."""
    if not await _stands(transaction, target):
        return False
    for statement in sift(stream, target, transaction.tenant_id, force=force):
        await transaction.driver.execute(statement)
    return True


async def _stands(transaction: Transaction, target: Target) -> bool:
    """Whether the table has any row of the tenant."""
    standing = f"SELECT EXISTS (SELECT FROM {target.table} WHERE tenant_id = $1)"
    return cast("bool", await transaction.driver.fetchval(standing, transaction.tenant_id))


async def _end_absent(
    transaction: Transaction, statements: Statements, snapshot_version: int, applied: Applied
) -> None:
    if not statements.absent:
        return
    tenant_id = transaction.tenant_id
    absent = cast("int", await transaction.driver.fetchval(statements.absent, tenant_id, snapshot_version))
    if not absent:
        return
    standing = cast("int", await transaction.driver.fetchval(statements.count, tenant_id))
    if absent > standing * _MOST_GONE:
        applied.kept += absent
        return
    tag = await transaction.driver.execute(statements.remove_absent, tenant_id, snapshot_version)
    applied.removed += _rows(tag)


async def _run(transaction: Transaction, statement: str) -> int:
    if not statement:
        return 0
    return _rows(await transaction.driver.execute(statement, transaction.tenant_id))


def _rows(tag: str) -> int:
    """Read the count off a command tag such as ``UPDATE 12``."""
    return int(tag.rpartition(" ")[2])
