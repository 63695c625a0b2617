"""All labels compared now and then: what the exchange plan lost is found within the half hour (ERP-EXCHANGE 4.7)."""

from typing import cast

import structlog

from app.erp import streams
from app.erp.channel import Channel
from app.erp.loading import Side
from app.erp.mappings import STREAMS
from app.erp.mappings.spec import StreamMap, Target, raw
from app.erp.ports import ErpPort
from app.infra.db.transaction import Transaction, open_tenant_transaction

Pairs = tuple[list[str], list[str]]

_log = structlog.stdlib.get_logger("erp")


async def sweep(side: Side, channel: Channel) -> list[str]:
    """Compare the label of every object with ours, and let streams that differ be loaded again; give their names.

    Raises:
        ErpError: the ERP went away; the next sweep begins anew.
    """
    port = channel.client
    async with open_tenant_transaction(side.engine, side.tenant_id, read_only=True) as transaction:
        known = await streams.read_streams(transaction, port.node)
    live = {name for name, row in known.items() if row.state == "live"}
    differing: list[str] = []
    for stream in STREAMS:
        target = labelled_target(stream)
        if target is None or stream.name not in live:
            continue

        async def read(erp: ErpPort, stream: StreamMap = stream) -> Pairs:
            pairs = [pair async for pair in erp.labels(stream)]
            return [ref for ref, _ in pairs], [label for _, label in pairs]

        pairs = await channel.call(read)
        async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
            if pairs[0] and await _differs(transaction, target, pairs):
                differing.append(stream.name)
                await streams.ask_again(transaction, port.node, [stream.name])
    if differing:
        _log.warning("erp.labels_differ", tenant=side.tenant, streams=differing)
    return differing


def labelled_target(stream: StreamMap) -> Target | None:
    """The table that keeps the objects of a stream one by one under their own references and labels."""
    for target in stream.targets:
        if target.label and not target.source and dict(target.keys) == {"id": raw("Ref_Key")}:
            return target
    return None


async def _differs(transaction: Transaction, target: Target, pairs: Pairs) -> bool:
    """Whether an object changed, is missing or ended. Objects a mapping leaves out on purpose are never ours."""
    missing = "t.id IS NULL OR" if target.where == "true" and target.guard == "true" else "t.id IS NOT NULL AND"
    ended = (
        f"""OR EXISTS (
            SELECT FROM {target.table} t LEFT JOIN unnest($2::uuid[]) e (ref) ON e.ref = t.id
            WHERE t.tenant_id = $1 AND t.deleted_at IS NULL AND e.ref IS NULL)"""
        if target.gone == "mark"
        else ""
    )
    found = await transaction.driver.fetchval(
        f"""SELECT EXISTS (
            SELECT FROM unnest($2::uuid[], $3::text[]) e (ref, label)
            LEFT JOIN {target.table} t ON t.tenant_id = $1 AND t.id = e.ref
            WHERE {missing} (({target.guard}) AND t.{target.label} <> e.label)) {ended}""",
        transaction.tenant_id,
        *pairs,
    )
    return cast("bool", found)
