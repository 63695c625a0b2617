"""Staged rows: bytes of a snapshot or entries of the feed, side by side in a temporary table.

Both carriers name the same columns with the same texts (ERP surface, section 2), so one mapping serves both.
Python passes bytes on and never looks at a cell.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence

from app.erp.mappings.spec import HEAD, StreamMap
from app.infra.db.transaction import Transaction

# PostgreSQL takes no NUL in a text; everything else that must not be in one is stripped in SQL.
_ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class MissingColumnsError(Exception):
    """The ERP no longer sends what the mapping reads."""


async def stage_bytes(
    transaction: Transaction,
    stream: StreamMap,
    columns: Sequence[str],
    chunks: AsyncIterator[bytes],
    snapshot_batch: int,
) -> None:
    """Fill the stage with COPY text as the ERP sent it; ``columns`` are its names in its order.

    Raises:
        MissingColumnsError: a column of the mapping is not among them.
    """
    known = {**HEAD, **stream.columns}
    if missing := [name for name in known if name not in columns]:
        raise MissingColumnsError(", ".join(missing))
    # A column we do not read is taken as text and left alone.
    await create_stage(transaction, stream, {name: known.get(name, "text") for name in columns}, snapshot_batch)
    await transaction.driver.copy_to_table(
        stream.stage, source=_without_nul(chunks), columns=list(columns), format="text"
    )
    await transaction.driver.execute(f"ANALYZE {stream.stage}")


async def stage_entries(
    transaction: Transaction,
    stream: StreamMap,
    objects: Sequence[bytes],
    versions: Sequence[int],
    batches: Sequence[int],
) -> None:
    """Fill the stage with objects of the feed, each as its raw JSON, with its version and ``as_of_batch``."""
    known = {**HEAD, **stream.columns}
    await create_stage(transaction, stream, known, 0)
    names = ", ".join(f'"{name}"' for name in known)
    # Read by key, not as a record: a column's name may be longer than PostgreSQL lets a column's name be.
    picked = ", ".join(_field(name, kind) for name, kind in known.items())
    document = b"[" + b",".join(objects) + b"]"
    if b"\\u0000" in document:
        document = _ESCAPED_NUL.sub(rb"\1", document)
    await transaction.driver.execute(
        f"""INSERT INTO {stream.stage} ({names}, version, as_of_batch)
            SELECT {picked}, v.version, v.as_of_batch
            FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS e (o, place)
            JOIN unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS v (version, as_of_batch, place) USING (place)""",
        document.decode(),
        list(versions),
        list(batches),
    )


async def drop_stage(transaction: Transaction, stream: StreamMap) -> None:
    """Make room for the next rows of the same stream in this transaction."""
    await transaction.driver.execute(f"DROP TABLE {stream.stage}")


async def create_stage(
    transaction: Transaction, stream: StreamMap, columns: Mapping[str, str], snapshot_batch: int
) -> None:
    """Make an empty stage with these columns and types."""
    typed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    # Every row of a snapshot is as new as the snapshot; entries of the feed bring their own.
    await transaction.driver.execute(
        f"CREATE TEMP TABLE {stream.stage} ({typed},"
        f" version bigint NOT NULL DEFAULT {snapshot_batch << 20}, as_of_batch bigint NOT NULL DEFAULT {snapshot_batch}"
        ") ON COMMIT DROP"
    )


def _field(name: str, kind: str) -> str:
    return f"e.o -> '{name}'" if kind == "jsonb" else f"(e.o ->> '{name}')::{kind}"


async def _without_nul(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield chunk.replace(b"\0", b"") if b"\0" in chunk else chunk
