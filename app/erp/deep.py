"""Comparing a whole snapshot value by value with what the portal has, and applying it where it differs little."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.erp.applying import apply_stage
from app.erp.channel import Channel
from app.erp.differences import statements_for
from app.erp.followups import follow_up, read_staged_orders
from app.erp.loading import CATALOGUE_TABLES, Side
from app.erp.locking import lock_staged_orders
from app.erp.mappings.orders import ORDERS
from app.erp.mappings.spec import StreamMap, Target
from app.erp.queries import comparing, reconciling
from app.erp.queries.reconciling import Difference, Kind
from app.erp.rules import source_version
from app.erp.snapshot import Fetched, fetched_snapshot
from app.erp.staging import stage_bytes
from app.erp.streams import lock_watermark, set_rebuild
from app.erp.wire.failures import TransientError
from app.erp.wire.messages import SnapshotHead
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.clock import utc_now
from app.orders.services import exchange as orders

_MOST: Final = 1_000  # differences of one stream that are named one by one
NOT_QUIET: Final = "the feed does not come to rest, so nothing can be compared"
_LOADED: Final = "loaded_again"
# What people call a figure: its product, or its contract.
_NAMES: Final = {
    "product_id": "(SELECT n.sku FROM products n WHERE n.tenant_id = $1 AND n.id = {row}.product_id)",
    "contract_id": "(SELECT n.number FROM contracts n WHERE n.tenant_id = $1 AND n.id = {row}.contract_id)",
}


class Deep(Struct, frozen=True):
    """Whose data is compared, over which way, and how much is healed without asking."""

    side: Side
    channel: Channel
    quiet: Callable[[datetime], Awaitable[bool]]
    heal_most: int


async def compare_deep(deep: Deep, run_id: UUID, stream: StreamMap) -> tuple[int, Sequence[Difference]]:
    """Fetch a stream whole and compare; gives the objects compared and what differed.

    Raises:
        ErpError: it could not be fetched.
    """
    began, side = utc_now(), deep.side
    async with fetched_snapshot(deep.channel, stream.name, _no_progress) as fetched:
        if not await deep.quiet(utc_now()):
            raise TransientError(NOT_QUIET)
        async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
            found = await _compare(transaction, deep, stream, fetched, began)
            await reconciling.add(transaction, run_id, found)
    return fetched.rows, found


async def _no_progress(_head: SnapshotHead, _rows: int, _cursor: str) -> None:
    """Nobody watches a comparison row by row."""


async def _compare(
    transaction: Transaction, deep: Deep, stream: StreamMap, fetched: Fetched, began: datetime
) -> list[Difference]:
    node = deep.channel.client.node
    await transaction.driver.execute("SET LOCAL statement_timeout = '10min'")
    await transaction.driver.execute("SET LOCAL karavan.bulk = 'on'")
    await lock_watermark(transaction, node)
    await stage_bytes(transaction, stream, fetched.columns, fetched.read(), fetched.batch)
    moved = await comparing.read_moved(transaction, stream.set_name, began)
    await transaction.driver.execute(
        f'DELETE FROM {stream.stage} WHERE "Ref_Key" = ANY ($1)',
        list(moved),
    )
    if stream is ORDERS:
        await lock_staged_orders(transaction)
    version = source_version(fetched.batch, 0)
    found: list[Difference] = []
    for target in stream.targets:
        found += await _changed(transaction, stream, target)
        # What came while the snapshot travelled is not in it, and has not ended.
        if not moved:
            found += await _extra(transaction, stream, target, version)
    settled = await _of_portal(transaction) if stream is ORDERS else []
    if not found or len(found) > deep.heal_most:
        return found + settled
    applied = await apply_stage(transaction, stream, snapshot_version=version, force=True)
    await follow_up(transaction, stream)
    if any(target.table in CATALOGUE_TABLES for target in stream.targets):
        await set_rebuild(transaction, node, is_due=True)
    is_kept = applied.kept > 0  # so many ended at once that nobody believes it
    healed = [one if is_kept and one.kind == "extra" else msgspec.structs.replace(one, how=_LOADED) for one in found]
    return healed + settled


async def _changed(transaction: Transaction, stream: StreamMap, target: Target) -> list[Difference]:
    """Name rows that are missing here, or say something else."""
    same = " AND ".join(f"t.{name} = i.{name}" for name in target.keys)
    mine, theirs = (", ".join(f"{row}.{name}" for name in target.values) for row in "ti")
    wrong = ["t.tenant_id IS NULL AND NOT i.is_gone"]
    if target.values:
        wrong.append(f"NOT i.is_gone AND ({mine}) IS DISTINCT FROM ({theirs})")
    if target.gone == "mark":
        wrong.append("t.tenant_id IS NOT NULL AND (t.deleted_at IS NOT NULL) <> i.is_gone")
    elif target.gone == "delete":
        wrong.append("t.tenant_id IS NOT NULL AND i.is_gone")
    source = statements_for(stream, target, force=True).source
    statement = (
        f"SELECT {_ref('i', target)} AS ref, {_name('i', target)} AS name,"
        f" t.tenant_id IS NULL AS is_missing, {_values('t', target)} AS ours, {_values('i', target)} AS theirs"
        f" FROM ({source}) i LEFT JOIN {target.table} t ON t.tenant_id = $1 AND {same}"
        f" WHERE (t.tenant_id IS NULL OR ({target.guard})) AND (({') OR ('.join(wrong)})) LIMIT {_MOST}"
    )
    rows = await transaction.driver.fetch(statement, transaction.tenant_id)
    return [
        _difference(stream, row, "missing" if row["is_missing"] else "value")
        for row in (cast("Mapping[str, object]", one) for one in rows)
    ]


async def _extra(transaction: Transaction, stream: StreamMap, target: Target, version: int) -> list[Difference]:
    """Name rows that the ERP does not have."""
    listed = f"SELECT {_ref('t', target)} AS ref, {_name('t', target)} AS name, {_values('t', target)} AS ours"
    if target.stray:
        statement = f"{listed}, NULL AS theirs FROM {target.table} t WHERE t.tenant_id = $1 AND ({target.stray})"
        rows = await transaction.driver.fetch(f"{statement} LIMIT {_MOST}", transaction.tenant_id)
        return [_difference(stream, cast("Mapping[str, object]", row), "extra") for row in rows]
    counted = statements_for(stream, target, force=True).absent
    if not counted:
        return []
    statement = counted.replace("SELECT count(*)", f"{listed}, NULL AS theirs", 1) + f" LIMIT {_MOST}"
    rows = await transaction.driver.fetch(statement, transaction.tenant_id, version)
    return [_difference(stream, cast("Mapping[str, object]", row), "extra") for row in rows]


async def _of_portal(transaction: Transaction) -> list[Difference]:
    """Compare the orders of the portal: what differs is held there, and a person settles it."""
    return [
        Difference(
            stream=ORDERS.name,
            ref=one.id,
            name=one.number,
            kind="value" if one.is_healed else "total",
            ours=one.ours,
            theirs=one.theirs,
            how=_LOADED if one.is_healed else "",
        )
        for one in await orders.compare(transaction, await read_staged_orders(transaction))
    ]


def _difference(stream: StreamMap, row: Mapping[str, object], kind: Kind) -> Difference:
    ours, theirs = (_fields(row[name]) for name in ("ours", "theirs"))
    differing = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
    return Difference(
        stream=stream.name,
        ref=cast("UUID", row["ref"]),
        name=str(row["name"] or ""),
        kind=kind,
        ours="" if kind == "missing" else _words(ours, differing),
        theirs=_words(theirs, differing),
    )


def _fields(text: object) -> Mapping[str, object]:
    return {} if text is None else msgspec.json.decode(str(text), type=dict[str, object])


def _words(values: Mapping[str, object], names: Sequence[str]) -> str:
    return ", ".join(f"{name} {values[name]}" for name in names if values.get(name) is not None)


def _ref(row: str, target: Target) -> str:
    if set(target.keys) == {"id"}:
        return f"{row}.id"
    return f"md5(concat_ws('|', {', '.join(f'{row}.{name}' for name in target.keys)}))::uuid"


def _name(row: str, target: Target) -> str:
    columns = {*target.keys, *target.values}
    if found := [text.format(row=row) for name, text in _NAMES.items() if name in target.keys]:
        return f"coalesce({', '.join(found)}, '')"
    names = [f"{row}.{name}" for name in ("name_ru", "name", "number", "sku") if name in columns]
    return f"coalesce({', '.join(names)}, '')" if names else "''"


def _values(row: str, target: Target) -> str:
    pairs = ", ".join(f"'{name}', {row}.{name}" for name in target.values)
    return f"jsonb_build_object({pairs})::text"
