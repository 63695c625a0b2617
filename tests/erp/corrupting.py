"""Rows of the portal's copy spoiled at random, straight in the tables: deleted, changed, added; labels stay."""

import re
from random import Random
from typing import Final, Literal, cast

import asyncpg
from msgspec import Struct

from app.erp.mappings import STREAMS
from app.erp.mappings.spec import StreamMap, Target

Deed = Literal["changed", "deleted", "added"]
_DEEDS: Final[tuple[Deed, ...]] = ("changed", "deleted", "added")
MOST_GONE: Final = 40  # one row in so many may be added: of twice as many the exchange believes nothing
# How a value of each type becomes another one; what has a check of its own is refused by it, and another column tried.
_ANOTHER: Final = {
    "text": "{0} || 'ё'",
    "numeric": "{0} + 1",
    "integer": "{0} + 1",
    "bigint": "{0} + 1",
    "boolean": "NOT {0}",
    "date": "{0} + 1",
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "{0} + interval '1 second'",
}

_ELSEWHERE: Final = re.compile(r"\b[a-rt-z]\.[a-z]")  # a column of a joined table


class Spoiled(Struct, frozen=True):
    """One row that was spoiled, by the name a report gives it."""

    stream: str
    table: str
    ref: str
    deed: Deed
    column: str  # of a changed row
    is_derived: bool  # from another table: healing that one first puts it right as well, unnamed


class Corruptor:
    """Spoils rows of tables the exchange fills; every row once."""

    def __init__(self, connection: asyncpg.Connection, seed: int) -> None:
        self._connection = connection
        self._random = Random(seed)
        self._types: dict[str, dict[str, str]] = {}
        self._touched: set[tuple[str, str]] = set()
        self._added: dict[str, int] = {}
        self.column = ""

    async def spoil(self, many: int) -> list[Spoiled]:
        """Spoil so many rows; what a constraint of the table refuses is tried elsewhere."""
        places = [(stream, target) for stream in STREAMS for target in stream.targets]
        counts = [await self._count(target) for _, target in places]
        filled = [(place, count) for place, count in zip(places, counts, strict=True) if count]
        done: list[Spoiled] = []
        self.column = ""
        for _ in range(many * 20):
            (stream, target), count = self._random.choice(filled)
            deed = self._random.choice(_DEEDS)
            if len(done) < many and (ref := await self._one(target, deed, count)):
                column = self.column if deed == "changed" else ""
                is_derived = column != "" and _ELSEWHERE.search(target.values[column]) is not None
                done.append(Spoiled(stream.name, target.table, ref, deed, column, is_derived))
        return done

    async def picture(self) -> dict[str, str]:
        """What the ERP says in every table, as one digest each."""
        return {target.table: await self._text(_picture(target)) for stream in STREAMS for target in stream.targets}

    async def _count(self, target: Target) -> int:
        sql = f"SELECT count(*) FROM {target.table} t WHERE {_alive(target)}"
        return cast("int", await self._connection.fetchval(sql))

    async def _one(self, target: Target, deed: Deed, count: int) -> str:
        """Spoil one row; empty where nothing could be."""
        if deed == "added" and (
            (target.gone not in {"mark", "delete"} and not target.stray)
            or (self._added.get(target.table, 0) + 1) * MOST_GONE > count
        ):
            return ""
        sql = f"SELECT {ref_of('t', target)}::text || ' ' || t.ctid FROM {target.table} t WHERE {_alive(target)}"
        row = await self._text(f"{sql} ORDER BY {ref_of('t', target)} OFFSET {self._random.randrange(count)} LIMIT 1")
        own, _, ctid = row.partition(" ")
        if not own or (target.table, own) in self._touched:
            return ""
        try:
            async with self._connection.transaction():
                ref = await self._do(target, deed, ctid, own)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
            return ""
        if ref:
            self._touched |= {(target.table, ref), (target.table, own)}
            self._added[target.table] = self._added.get(target.table, 0) + (deed == "added")
        return ref

    async def _do(self, target: Target, deed: Deed, ctid: str, ref: str) -> str:
        where = f"WHERE ctid = '{ctid}'"
        if deed == "deleted":
            await self._connection.execute(f"DELETE FROM {target.table} {where}")
            return ref
        types = await self._types_of(target.table)
        if deed == "added":
            keys = [name for name in target.keys if types[name] == "uuid"]
            twin = ", ".join(f"'{name}', gen_random_uuid()" for name in keys)
            places = ", 'place', 1000 + t.place" if "place" in types and target.stray else ""
            made = f"jsonb_populate_record(t, jsonb_build_object({twin}{places}))"
            columns = ", ".join(types)
            sql = (
                f"INSERT INTO {target.table} AS n ({columns}) SELECT {columns} FROM ("
                f"SELECT ({made}).* FROM {target.table} t {where}) x RETURNING {ref_of('n', target)}::text"
            )
            return await self._text(sql)
        names = [name for name in target.values if types[name] in _ANOTHER and name not in _owners(target)]
        if not names:
            return ""
        name = self._random.choice(names)
        value = _ANOTHER[types[name]].format(f"t.{name}")
        sql = f"UPDATE {target.table} t SET {name} = {value} {where} AND ({value}) IS DISTINCT FROM t.{name}"
        self.column = name
        changed = await self._text(f"{sql} AND length(t.{name}::text) < 30 RETURNING 1::text")
        return ref if changed else ""

    async def _types_of(self, table: str) -> dict[str, str]:
        if table not in self._types:
            rows = await self._connection.fetch(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1"
                " AND is_generated = 'NEVER' AND identity_generation IS NULL",
                table,
            )
            named = [cast("tuple[str, str]", tuple(row.values())) for row in rows]
            self._types[table] = dict(named)
        return self._types[table]

    async def _text(self, sql: str) -> str:
        return str(cast("object", await self._connection.fetchval(sql)) or "")


def ref_of(row: str, target: Target) -> str:
    """The name a report gives a row."""
    if set(target.keys) == {"id"}:
        return f"{row}.id"
    return f"md5(concat_ws('|', {', '.join(f'{row}.{name}' for name in target.keys)}))::uuid"


def streams_with_rows() -> list[StreamMap]:
    """Streams whose documents have rows of their own."""
    return [stream for stream in STREAMS if any(target.stray for target in stream.targets)]


def _owners(target: Target) -> set[str]:
    """A row that is another document's now is two differences: one there, one here."""
    return {"order_id", "shipment_id", "payment_id"} if target.stray else set()


def _alive(target: Target) -> str:
    alive = "t.deleted_at IS NULL" if target.gone == "mark" else "true"
    return f"t.tenant_id = 1 AND {alive} AND ({target.ours.replace('$1', '1')})"


def _picture(target: Target) -> str:
    columns = ", ".join(f"t.{name}" for name in (*target.keys, *target.values))
    return (
        f"SELECT md5(string_agg(r, '|' ORDER BY r)) FROM (SELECT ROW({columns})::text AS r"
        f" FROM {target.table} t WHERE {_alive(target)}) x"
    )
