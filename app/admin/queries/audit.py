"""The audit trail: one statement for a page of rows, one for their number, one for the seals."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.access.decisions import Decision
from app.admin.schemas.audit import Asked
from app.infra.audit_seals import LAST_SEAL, Seal, read_seal
from app.infra.db.transaction import Row, Transaction

COUNTED: Final = 10_000  # beyond it "more than" is enough
_PEOPLE: Final = 500
_WAITING: Final = 1_000
# A row concerns at most one organisation; one that concerns none is nobody's who is bound to organisations or regions.
_COLUMNS: Final = {
    "org": "r.partner_id",
    "reg": "(SELECT p.region_id FROM partners p WHERE p.tenant_id = r.tenant_id AND p.id = r.partner_id)",
    "author": "r.actor_id",
    "shared": "false",
    "branch": "''",
}
_ROWS: Final = """
    WITH page AS MATERIALIZED (
        SELECT r.* FROM audit_records r WHERE {condition} ORDER BY r.at DESC, r.id DESC LIMIT {limit}
    )
    SELECT r.id, r.at, r.actor_id, r.on_behalf_id, r.action, r.object_kind, r.object_id,
        coalesce(nullif(r.object_name, ''), o.name, '') AS object_name,
        r.detail::text AS detail, r.before::text AS before, r.after::text AS after, r.request_id, r.address, r.device,
        coalesce(a.name, '') AS actor_name, coalesce(b.name, '') AS behalf_name,
        coalesce(p.name, '') AS organisation, r.partner_id, p.region_id, s.n AS block, s.at AS sealed_at
    FROM page r
    LEFT JOIN users a ON a.tenant_id = r.tenant_id AND a.id = r.actor_id
    LEFT JOIN users b ON b.tenant_id = r.tenant_id AND b.id = r.on_behalf_id
    LEFT JOIN users o ON o.tenant_id = r.tenant_id AND o.id = r.object_id AND r.object_kind = 'user'
        AND o.id IS DISTINCT FROM r.actor_id
    LEFT JOIN partners p ON p.tenant_id = r.tenant_id AND p.id = r.partner_id
    LEFT JOIN LATERAL (
        SELECT n, at FROM audit_seals WHERE tenant_id = r.tenant_id AND upto > r.stamp ORDER BY upto LIMIT 1
    ) s ON true
    ORDER BY r.at DESC, r.id DESC
"""
_COUNT: Final = "SELECT count(*) FROM (SELECT FROM audit_records r WHERE {condition} LIMIT {limit}) counted"
_FIND: Final = """
    SELECT id FROM users WHERE tenant_id = $1
        AND (position($2 in lower(name)) > 0 OR position($2 in lower(email)) > 0) LIMIT $3
"""
_UNSEALED: Final = """
    /*free existence*/
    SELECT count(*) FROM (SELECT FROM audit_records WHERE tenant_id = $1 AND stamp >= $2 LIMIT $3) counted
"""


class Record(Struct, frozen=True):
    """One row with the names of its people and the block that holds it."""

    id: int
    at: datetime
    actor_id: UUID | None
    on_behalf_id: UUID | None
    action: str
    object_kind: str
    object_id: UUID | None
    object_name: str
    detail: dict[str, object]
    before: dict[str, object] | None
    after: dict[str, object] | None
    request_id: str
    address: str
    device: str
    actor_name: str
    behalf_name: str
    organisation: str
    partner_id: UUID | None
    region_id: UUID | None
    block: int | None
    sealed_at: datetime | None


class Wanted(Struct, frozen=True):
    """What a person asked for, within what they may see."""

    asked: Asked
    visible: Decision
    zone: str
    people: Sequence[UUID] | None  # None: anybody


class Place(Struct, frozen=True):
    """Where a page ends: the next one begins after this row."""

    at: datetime
    id: int


class Standing(Struct, frozen=True):
    """How far the trail is sealed; ``waiting`` is counted up to a thousand."""

    last: Seal | None
    waiting: int


async def find_people(transaction: Transaction, words: str) -> list[UUID]:
    """Find people by a part of their name or address."""
    rows = await transaction.driver.fetch(_FIND, transaction.tenant_id, words.lower(), _PEOPLE)
    return [cast("UUID", row["id"]) for row in rows]


async def read_records(transaction: Transaction, wanted: Wanted, after: Place | None, limit: int) -> list[Record]:
    """Read a page, newest first."""
    condition = _Condition(transaction.tenant_id, wanted)
    if after is not None:
        condition.say(f"(r.at, r.id) < ({condition.give(after.at)}::timestamptz, {condition.give(after.id)}::bigint)")
    statement = _ROWS.format(condition=condition.text, limit=condition.give(limit))
    return [_record(row) for row in await transaction.driver.fetch(statement, *condition.params)]


async def count_records(transaction: Transaction, wanted: Wanted, most: int = COUNTED) -> int:
    """Count, and stop one beyond ``most``."""
    condition = _Condition(transaction.tenant_id, wanted)
    statement = _COUNT.format(condition=condition.text, limit=condition.give(most + 1))
    return cast("int", await transaction.driver.fetchval(statement, *condition.params))


async def read_now(transaction: Transaction) -> datetime:
    """Tell the moment that rows of this transaction are written with."""
    return cast("datetime", await transaction.driver.fetchval("SELECT now()"))


async def read_standing(transaction: Transaction) -> Standing:
    """Read how far the trail is sealed."""
    row = await transaction.driver.fetchrow(f"/*under audit:view*/ {LAST_SEAL}", transaction.tenant_id)
    last = None if row is None else read_seal(row)
    since = 0 if last is None else last.upto
    waiting = await transaction.driver.fetchval(_UNSEALED, transaction.tenant_id, since, _WAITING)
    return Standing(last, cast("int", waiting))


class _Condition:
    """A WHERE clause that grows with its parameters."""

    def __init__(self, tenant_id: int, wanted: Wanted) -> None:
        self.params: list[object] = []
        self._parts: list[str] = []
        self.say(f"r.tenant_id = {self.give(tenant_id)}")
        allowed, values = wanted.visible.text(_COLUMNS, len(self.params) + 1)
        self.params += values
        self.say(allowed)
        self._narrow(wanted)

    @property
    def text(self) -> str:
        return " AND ".join(self._parts)

    def give(self, value: object) -> str:
        self.params.append(value)
        return f"${len(self.params)}"

    def say(self, part: str) -> None:
        self._parts.append(part)

    def _narrow(self, wanted: Wanted) -> None:
        asked = wanted.asked
        if wanted.people is not None:
            given = self.give(list(wanted.people))
            self.say(f"(r.actor_id = ANY ({given}::uuid[]) OR r.on_behalf_id = ANY ({given}::uuid[]))")
        if asked.action:
            self.say(f"r.action = {self.give(asked.action)}")
        if asked.kind:
            self.say(f"r.object_kind = {self.give(asked.kind)}")
        if asked.object is not None:
            self.say(f"r.object_id = {self.give(asked.object)}")
        if asked.since is not None:
            self.say(f"r.at >= {self.give(_midnight(asked.since, wanted.zone))}")
        if asked.until is not None:
            self.say(f"r.at < {self.give(_midnight(asked.until + timedelta(days=1), wanted.zone))}")
        if asked.q:
            self._search(asked.q)

    def _search(self, words: str) -> None:
        try:
            self.say(f"r.object_id = {self.give(UUID(words))}")
        except ValueError:
            given = self.give(words.lower())
            told = "concat_ws(' ', r.object_name, r.detail::text, r.before::text, r.after::text)"
            self.say(f"position({given}::text in lower({told})) > 0")


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def _record(row: Row) -> Record:
    values = dict(cast("dict[str, object]", row))
    for name in ("detail", "before", "after"):
        text = values[name]
        values[name] = None if text is None else msgspec.json.decode(str(text))
    return msgspec.convert(values, Record)
