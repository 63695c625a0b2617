"""Live updates: facts that open pages should hear of, as rows in the transaction of the fact.

Whoever reads them reads by snapshot: a token is the set of transactions already seen, so a resumed
socket gets exactly what it has not had, however long some other transaction takes. Redis only says
"look now"; without it pages hear a quarter of a second later.
"""

import re
import time
from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Row, Transaction
from app.infra.waking import note
from app.kernel.errors import InvalidInputError, Problem

RETENTION_S: Final = 3600  # longer away than this: the page asks for everything anew
BATCH: Final = 500
LIVE: Final = "live"  # the word for "look now"
_SNAPSHOT: Final = re.compile(r"([0-9]{1,19}):([0-9]{1,19}):((?:[0-9]{1,19}(?:,[0-9]{1,19}){0,200})?)")
_LARGEST_ID: Final = 2**63 - 1
_PLACE: Final = re.compile("[0-9]{1,19}")
_PARTS: Final = 5
_COLUMNS: Final = (
    "e.id, e.xid::text AS number, e.partner_id, e.user_id, e.kind, e.object_kind, e.object_id,"
    " e.data::text AS data, e.at::text AS at"
)
# What became visible between two snapshots; the lowest running transaction of the older one bounds the index scan.
_SINCE: Final = f"""
    SELECT {_COLUMNS} FROM live_events e
    WHERE e.tenant_id = $1 AND e.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
      AND NOT pg_visible_in_snapshot(e.xid, $2::text::pg_snapshot)
      AND pg_visible_in_snapshot(e.xid, $3::text::pg_snapshot)
      AND (e.xid, e.id) > ($4::text::xid8, $5)
    ORDER BY e.xid, e.id LIMIT {BATCH}
"""  # noqa: S608 - constants


class Event(Struct, frozen=True):
    """One thing that happened; ``data`` is JSON for the page."""

    id: int
    xid: int
    partner_id: UUID | None  # whose cabinet hears it; None: the manufacturer's people only
    user_id: UUID | None  # one person only
    kind: str
    object_kind: str
    object_id: UUID
    data: msgspec.Raw
    at: str


class Position(Struct, frozen=True):
    """How far a reader is: everything visible in ``seen``, and of ``now`` what stands up to (xid, id).

    With an empty ``now`` the reader stands exactly at ``seen``.
    """

    seen: str
    now: str = ""
    xid: int = 0
    id: int = 0


class TooFarBackError(Exception):
    """The reader was away longer than events are kept; it must ask for everything anew."""


async def publish(
    transaction: Transaction,
    partner_id: UUID | None,
    kind: str,
    object_kind: str,
    object_id: UUID,
    data: Mapping[str, object],
    *,
    user_id: UUID | None = None,
) -> None:
    """Tell open pages; they hear of it after the commit, each only what its person may see."""
    await transaction.driver.execute(
        "INSERT INTO live_events (tenant_id, partner_id, user_id, kind, object_kind, object_id, data)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
        transaction.tenant_id,
        partner_id,
        user_id,
        kind,
        object_kind,
        object_id,
        msgspec.json.encode(data).decode(),
    )
    note(transaction, LIVE)


async def read_snapshot(transaction: Transaction) -> str:
    """Name what this transaction sees."""
    return str(await transaction.driver.fetchval("SELECT pg_current_snapshot()::text"))


async def read_between(transaction: Transaction, position: Position, now: str) -> Sequence[Event]:
    """Read what a reader at ``position`` has not had and snapshot ``now`` shows; at most a batch.

    A full batch means there is more: go on with ``Position(seen, now, xid, id)`` of its last event.
    """
    rows = await transaction.driver.fetch(
        _SINCE, transaction.tenant_id, position.seen, now, str(position.xid), position.id
    )
    return [_event(row) for row in rows]


async def catch_up(transaction: Transaction, position: Position, now: str) -> list[tuple[Event, Position]]:
    """Read everything between a token and ``now``, each event with the position behind it.

    Raises:
        TooFarBackError: that is more than a page should be told piece by piece.
    """
    found: list[tuple[Event, Position]] = []
    if position.now:  # the rest of a batch that was cut off in the middle
        found += await _walk(transaction, position, position.now)
    found += await _walk(transaction, Position(position.now or position.seen), now)
    return found


async def _walk(transaction: Transaction, start: Position, now: str) -> list[tuple[Event, Position]]:
    found: list[tuple[Event, Position]] = []
    place = start
    while True:
        events = await read_between(transaction, place, now)
        for event in events:
            place = Position(start.seen, now, event.xid, event.id)
            found.append((event, place))
        if len(events) < BATCH:
            return found
        if len(found) > 4 * BATCH:
            raise TooFarBackError


def write_token(position: Position) -> str:
    """Put a position into one opaque text, with the minute it was given out."""
    return f"{int(time.time())};{position.seen};{position.now};{position.xid};{position.id}"


def read_token(text: str) -> Position:
    """Take a token apart.

    Raises:
        InvalidInputError: it is no token of ours.
        TooFarBackError: it is older than events are kept.
    """
    parts = text.split(";")
    if len(parts) != _PARTS or len(text) > 10_000:  # noqa: PLR2004 - two snapshots of two hundred transactions
        raise InvalidInputError([Problem("cursor_malformed", "since")])
    given, seen, now, xid, place = parts
    sound = all(_PLACE.fullmatch(one) for one in (given, xid, place)) and int(place) <= _LARGEST_ID
    if not sound or not _is_snapshot(seen) or (now and not _is_snapshot(now)):
        raise InvalidInputError([Problem("cursor_malformed", "since")])
    if time.time() - int(given) > RETENTION_S:
        raise TooFarBackError
    return Position(seen, now, int(xid), int(place))


def _is_snapshot(text: str) -> bool:
    # What PostgreSQL itself would refuse must not reach it: one look serves every open page of a tenant.
    match = _SNAPSHOT.fullmatch(text)
    if match is None:
        return False
    oldest, newest = int(match[1]), int(match[2])
    running = [int(one) for one in match[3].split(",")] if match[3] else []
    return 0 < oldest <= newest and running == sorted(running) and all(oldest <= one < newest for one in running)


def _event(row: Row) -> Event:
    return Event(
        id=cast("int", row["id"]),
        xid=int(cast("str", row["number"])),
        partner_id=cast("UUID | None", row["partner_id"]),
        user_id=cast("UUID | None", row["user_id"]),
        kind=cast("str", row["kind"]),
        object_kind=cast("str", row["object_kind"]),
        object_id=cast("UUID", row["object_id"]),
        data=msgspec.Raw(cast("str", row["data"]).encode()),
        at=cast("str", row["at"]),
    )
