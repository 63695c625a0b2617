"""Comparing what the portal has with what the ERP has, and healing what differs (ERP-EXCHANGE 4.9).

Objects with a label of their own are compared by 256 buckets: only buckets that differ are listed. Figures without one,
prices, stock, debts, are compared value by value against a whole snapshot, to the last digit; so is everything when
asked for in depth. What the feed brought meanwhile is left out: it differs for a good reason, and is right already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from msgspec import Struct

from app.erp.applying import apply_stage
from app.erp.channel import Channel
from app.erp.checking import CheckingClient, Labelled, Standing
from app.erp.deep import NOT_QUIET, Deep, compare_deep
from app.erp.differences import statements_for
from app.erp.followups import follow_up
from app.erp.loading import CATALOGUE_TABLES, MISFITS, Side, rebuild_if_due
from app.erp.locking import lock_staged_orders
from app.erp.mappings import STREAMS
from app.erp.mappings.orders import ORDERS
from app.erp.mappings.spec import StreamMap, Target
from app.erp.queries import comparing, reconciling
from app.erp.queries.reconciling import Depth, Difference, Kind
from app.erp.rules import source_version
from app.erp.staging import drop_stage, stage_entries
from app.erp.streams import lock_watermark, set_rebuild
from app.erp.wire.failures import ErpError, TransientError
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.kernel.clock import utc_now

Quiet = Callable[[datetime], Awaitable[bool]]
_QUIET_S: Final = 30.0
_LOOK_S: Final = 0.2
_ASKED_S: Final = 2.0
_MOST_READ: Final = 1_000  # objects of a stream read one by one
_REREAD: Final = "read_again"
_REMOVED: Final = "removed"

_log = structlog.stdlib.get_logger("erp")


async def wait_quiet(side: Side, moment: datetime) -> bool:
    """Wait until the feed says that nothing waits there that is older than a moment; False after a while."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_QUIET_S):
            while True:
                async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
                    fed = await comparing.read_fed(transaction)
                if fed is not None and fed >= moment:
                    return True
                await asyncio.sleep(_LOOK_S)
    return False


class Compared(Struct):
    """What became of one stream."""

    objects: int = 0
    found: int = 0
    healed: int = 0


class Reconciler:
    """Compares for one tenant, stream by stream; each stream is healed and written down in one transaction."""

    def __init__(self, side: Side, channel: Channel, client: CheckingClient, quiet: Quiet) -> None:
        """``quiet`` waits until the feed has nothing more that is older than a moment; False if that takes too long."""
        self._side = side
        self._channel = channel
        self._client = client
        self._quiet = quiet

    async def run_for_ever(self) -> None:
        """Look every few seconds whether somebody, or the schedule, asks."""
        while True:
            if not await self.step():
                await asyncio.sleep(_ASKED_S)

    async def step(self) -> bool:
        """Make the comparison that waits, or the one the schedule wants; False if there is none."""
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            if await reconciling.is_due(transaction):
                await reconciling.ask(transaction, "labels", None)
            taken = await reconciling.take(transaction)
            regulation = await reconciling.read_regulation(transaction)
        if taken is None:
            return False
        await self.run(*taken, regulation.heal_most)
        return True

    async def run(self, run_id: UUID, depth: Depth, heal_most: int) -> Compared:
        """Compare every stream; what cannot be compared now is named, and the others go on."""
        total, faults = Compared(), list[str]()
        for stream in STREAMS:
            try:
                one = await self._compare(run_id, stream, depth, heal_most)
            except (ErpError, *MISFITS) as error:
                faults.append(f"{stream.name}: {error}")
                _log.warning("erp.not_compared", tenant=self._side.tenant, stream=stream.name, reason=str(error))
                continue
            total.objects += one.objects
            total.found += one.found
            total.healed += one.healed
        await rebuild_if_due(self._side, self._client.node)
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            state = "failed" if len(faults) == len(STREAMS) else "done"
            await reconciling.end(transaction, run_id, state, total.objects, "; ".join(faults))
        _log.info("erp.compared", tenant=self._side.tenant, found=total.found, healed=total.healed)
        return total

    async def _compare(self, run_id: UUID, stream: StreamMap, depth: Depth, heal_most: int) -> Compared:
        target = comparing.labelled(stream)
        # The standard interface knows no buckets, and a label says nothing of the rows of a document, money among them.
        has_rows = any(one.whole for one in stream.targets)
        if target is None or has_rows or depth == "values" or self._channel.client.surface != "h":
            deep = Deep(self._side, self._channel, self._quiet, heal_most)
            objects, found = await compare_deep(deep, run_id, stream)
        else:
            objects, found = await self._by_labels(run_id, stream, target, heal_most)
        if healed := sum(one.how != "" for one in found):
            await self._side.carry()
        return Compared(objects, len(found), healed)

    async def _by_labels(
        self, run_id: UUID, stream: StreamMap, target: Target, heal_most: int
    ) -> tuple[int, Sequence[Difference]]:
        began = utc_now()
        differing, objects = await self._differing(stream, target)
        if not differing:
            return objects, ()
        theirs = {one.ref: one.label for bucket in differing for one in await self._rows(stream, bucket)}
        if not await self._quiet(utc_now()):
            raise TransientError(NOT_QUIET)
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id, read_only=True) as transaction:
            ours = await comparing.read_rows(transaction, target, differing)
            moved = await comparing.read_moved(transaction, stream.set_name, began)
        left_out = await self._left_out(stream, target, [ref for ref in theirs if ref not in ours and ref not in moved])
        kinds: dict[UUID, Kind] = {ref: "missing" for ref in theirs if ref not in ours and ref not in left_out}
        kinds |= {ref: "label" for ref, label in theirs.items() if ref in ours and ours[ref].label != label}
        kinds |= {ref: "extra" for ref, row in ours.items() if ref not in theirs and not row.is_deleted}
        kinds = {ref: kind for ref, kind in kinds.items() if ref not in moved}
        labels = {ref: (ours[ref].label if ref in ours else "", theirs.get(ref, "")) for ref in kinds}
        standing = await self._read(stream, kinds) if len(kinds) <= heal_most else None
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            found = await _settle(transaction, self._client.node, stream, target, (kinds, labels), standing)
            await reconciling.add(transaction, run_id, found)
        return objects, found

    async def _left_out(self, stream: StreamMap, target: Target, refs: Sequence[UUID]) -> frozenset[UUID]:
        """Tell which objects the mapping leaves out on purpose, folders among them: those are not missing."""
        standing = await self._read(stream, refs[:_MOST_READ])
        if not standing:
            return frozenset()
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id) as transaction:
            await _stage(transaction, stream, standing)
            taken = await comparing.read_keys(transaction, statements_for(stream, target, force=True).source)
        return frozenset(one.ref for one in standing) - taken

    async def _differing(self, stream: StreamMap, target: Target) -> tuple[list[int], int]:
        theirs = await self._channel.call(lambda _: self._client.buckets(stream.name))
        async with open_tenant_transaction(self._side.engine, self._side.tenant_id, read_only=True) as transaction:
            ours = await comparing.read_buckets(transaction, target.table)
        known = {one.bucket: (one.count, one.hash) for one in theirs}
        differing = [bucket for bucket in range(256) if known.get(bucket) != ours.get(bucket)]
        return differing, sum(one.count for one in theirs)

    async def _rows(self, stream: StreamMap, bucket: int) -> Sequence[Labelled]:
        return await self._channel.call(lambda _: self._client.rows(stream.name, bucket))

    async def _read(self, stream: StreamMap, refs: Sequence[UUID] | dict[UUID, Kind]) -> list[Standing]:
        found: list[Standing] = []
        for ref in refs:
            one = await self._channel.call(lambda _, ref=ref: self._client.standing(stream.set_name, ref))
            if one is not None:
                found.append(one)
        return found


async def _settle(
    transaction: Transaction,
    node: str,
    stream: StreamMap,
    target: Target,
    known: tuple[dict[UUID, Kind], dict[UUID, tuple[str, str]]],
    standing: list[Standing] | None,
) -> list[Difference]:
    """Apply what was read anew; without it nothing is healed. What the mapping leaves out was no difference."""
    kinds, labels = known
    await lock_watermark(transaction, node)
    before = await comparing.read_facts(transaction, target.table, list(kinds))
    there = frozenset(one.ref for one in standing or ())
    if standing is not None:
        await _heal(transaction, node, stream, standing)
        lost = [ref for ref, kind in kinds.items() if kind == "extra" and ref not in there]
        if lost and target.gone == "mark":
            await comparing.remove(transaction, target.table, lost)
    facts = {**await comparing.read_facts(transaction, target.table, list(kinds)), **before}
    here = await comparing.read_here(transaction, target.table, list(kinds))
    return [
        Difference(
            stream=stream.name,
            ref=ref,
            name=facts[ref].name if ref in facts else "",
            kind=kind,
            ours=labels[ref][0],
            theirs=labels[ref][1],
            since=before[ref].synced_at if ref in before else None,
            how="" if standing is None else _REREAD if ref in there else _REMOVED,
        )
        for ref, kind in kinds.items()
        if standing is None or kind != "missing" or ref in here
    ]


async def _stage(transaction: Transaction, stream: StreamMap, standing: list[Standing]) -> None:
    await stage_entries(
        transaction,
        stream,
        [bytes(one.data) for one in standing],
        [source_version(one.as_of_batch, 0) for one in standing],
        [one.as_of_batch for one in standing],
    )


async def _heal(transaction: Transaction, node: str, stream: StreamMap, standing: list[Standing]) -> None:
    if not standing:
        return
    await _stage(transaction, stream, standing)
    if stream is ORDERS:
        await lock_staged_orders(transaction)
    applied = await apply_stage(transaction, stream, force=True)
    # Equal values under another label: the row is right, and must say so.
    target = stream.targets[0]
    await transaction.driver.execute(
        f"""UPDATE {target.table} t SET src_label = s."DataVersion" FROM {stream.stage} s
            WHERE t.tenant_id = $1 AND t.id = s."Ref_Key" AND t.src_label <> s."DataVersion" """,
        transaction.tenant_id,
    )
    await follow_up(transaction, stream)
    await drop_stage(transaction, stream)
    if not applied.is_nothing and any(one.table in CATALOGUE_TABLES for one in stream.targets):
        await set_rebuild(transaction, node, is_due=True)
