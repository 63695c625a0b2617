"""Rows as the ERP would send them, made from the mapping's own columns."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID, uuid5

import msgspec

from app.erp.applying import Applied, apply_stage
from app.erp.followups import follow_up
from app.erp.loading import Side
from app.erp.mappings.spec import HEAD, StreamMap
from app.erp.rules import source_version
from app.erp.staging import drop_stage, stage_bytes, stage_entries
from app.infra.db.transaction import open_tenant_transaction

Row = Mapping[str, object]

NAMESPACE = UUID("8a5f7a3e-0a6e-4d0e-9d8e-6f6d3f4f3b11")
_EMPTY: Mapping[str, str] = {
    "uuid": "00000000-0000-0000-0000-000000000000",
    "text": "",
    "boolean": "false",
    "bigint": "0",
    "numeric": "0",
    "date": "0001-01-01",
    "timestamptz": "2026-11-22T10:00:00+00:00",
    "jsonb": "[]",
}


def ref(name: str) -> str:
    """A reference that is always the same for a name."""
    return str(uuid5(NAMESPACE, name))


def row_of(stream: StreamMap, row: Row) -> dict[str, object]:
    """Fill a row up with empty values."""
    kinds = {**HEAD, **stream.columns}
    empty: dict[str, object] = {name: [] if kind == "jsonb" else _EMPTY[kind] for name, kind in kinds.items()}
    return {**empty, "DataVersion": "v1", **row}


async def arrive(side: Side, stream: StreamMap, batch: int, *rows: Row, as_of: int | None = None) -> Applied:
    """Let rows come through the feed in one batch."""
    objects = [msgspec.json.encode(row_of(stream, row)) for row in rows]
    versions = [source_version(batch, place) for place in range(1, len(rows) + 1)]
    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await stage_entries(transaction, stream, objects, versions, [as_of or batch] * len(rows))
        applied = await apply_stage(transaction, stream)
        await follow_up(transaction, stream)
        await drop_stage(transaction, stream)
    return applied


async def load(side: Side, stream: StreamMap, batch: int, rows: Sequence[Row], *, force: bool = False) -> Applied:
    """Let rows come as a complete snapshot."""
    columns = [*HEAD, *stream.columns]

    async def chunks() -> AsyncIterator[bytes]:
        for row in rows:
            full = row_of(stream, row)
            yield ("\t".join(_cell(full[name]) for name in columns) + "\n").encode()

    async with open_tenant_transaction(side.engine, side.tenant_id) as transaction:
        await stage_bytes(transaction, stream, columns, chunks(), batch)
        applied = await apply_stage(transaction, stream, snapshot_version=source_version(batch, 0), force=force)
        await follow_up(transaction, stream)
    return applied


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    for sign, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(sign, escaped)
    return text
