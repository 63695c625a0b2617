"""The control surface: what tests and demos may do to the stand-in."""

import datetime as dt
import re
from decimal import Decimal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_404_NOT_FOUND, HTTP_409_CONFLICT
from msgspec import Struct

from erp_peer.commands.outcomes import RefusedError
from erp_peer.commands.wording import message
from erp_peer.faults.shapes import Rules
from erp_peer.http.access import Guard
from erp_peer.http.answers import AnyRequest, PeerError, decode, to_json
from erp_peer.peer import Infobase, Peer
from erp_peer.staff.edits import Edit, apply
from erp_peer.staff.moving import WHOLE, advance
from erp_peer.staff.sheets import UnknownTargetError
from erp_peer.store.db import column, many, value
from erp_peer.store.wire import show
from erp_peer.store.writing import Write, flush, writing
from erp_peer.streams import BY_NAME, STREAMS

_MOST_AUDIT = 10_000
_EDITS: msgspec.json.Decoder[Edit] = msgspec.json.Decoder(Edit)


class ClockBody(Struct, forbid_unknown_fields=True):
    """Body of clock: one of the two."""

    offset_s: float | None = None
    now: dt.datetime | None = None


class AdvanceBody(Struct, forbid_unknown_fields=True):
    """Body of advance: the order by number or reference."""

    ib: str
    number: str = ""
    ref: UUID | None = None
    partial: Decimal = WHOLE


class NodeState(Struct, frozen=True):
    """A node's place in the feed."""

    node: str
    sent: int
    received: int
    waiting: int


class AuditRow(Struct, frozen=True):
    """One accepted write."""

    seq: int
    ib: str
    at: dt.datetime
    batch: int
    command_id: str | None
    type: str
    set: str
    ref: str
    number: str


class Touched(Struct):
    """An object an edit changed."""

    set: str
    ref: str
    label: str


def _base(peer: Peer, ib: str) -> Infobase:
    base = peer.infobases.get(ib)
    if base is None:
        raise PeerError(HTTP_404_NOT_FOUND, "unknown_infobase", ib)
    return base


@get("/state")
async def state(peer: Peer) -> Response[bytes]:
    """Counts, positions, faults, clock."""
    bases: dict[str, object] = {}
    async with peer.pool.acquire() as conn:
        for base in peer.infobases.values():
            counts = {
                stream.name: await value(conn, int, f"SELECT count(*) FROM peer.{stream.name} WHERE ib = $1", base.ib)
                for stream in STREAMS
            }
            sql = (
                "SELECT node, sent, received, (SELECT count(*) FROM peer.changed c"
                " WHERE c.ib = n.ib AND c.node = n.node) AS waiting FROM peer.nodes n WHERE ib = $1"
            )
            bases[base.ib] = {
                "tenant": base.tenant,
                "profile": base.profile,
                "seed": base.seed,
                "batch": await value(conn, int, "SELECT tick FROM peer.infobases WHERE ib = $1", base.ib),
                "nodes": await many(conn, NodeState, sql, base.ib),
                "rows": counts,
            }
    clock = {"now": peer.clock.now().isoformat(), "offset_s": peer.clock.offset_s}
    return to_json({"state": "ready", "infobases": bases, "faults": peer.faults.report(), "clock": clock})


@get("/audit")
async def audit_rows(
    peer: Peer,
    ib: str = "",
    ref: UUID | None = None,
    command_id: UUID | None = None,
    after: int = 0,
    limit: int = 1000,
) -> Response[bytes]:
    """Every accepted write, oldest first."""
    sql = (
        "SELECT seq, ib, at, batch, command_id, type, set_name AS set, ref, number FROM peer.audit"
        " WHERE seq > $1 AND ($2 = '' OR ib = $2) AND ($3::uuid IS NULL OR ref = $3)"
        " AND ($4::uuid IS NULL OR command_id = $4) ORDER BY seq LIMIT $5"
    )
    async with peer.pool.acquire() as conn:
        rows = await many(
            conn,
            AuditRow,
            sql,
            after,
            ib,
            str(ref) if ref else None,
            str(command_id) if command_id else None,
            min(limit, _MOST_AUDIT),
        )
    return to_json({"items": rows})


@get("/faults")
async def list_faults(peer: Peer) -> Response[bytes]:
    """Rules in force."""
    return to_json({"rules": peer.faults.report()})


@post("/faults", status_code=200)
async def add_faults(peer: Peer, request: AnyRequest) -> Response[bytes]:
    """Add rules behind the present ones."""
    rules = decode(await request.body(), Rules).rules
    try:
        peer.faults.add(rules)
    except re.error as error:
        raise PeerError(HTTP_400_BAD_REQUEST, "bad_request", f"path~: {error}") from error
    return to_json({"rules": peer.faults.report()})


@delete("/faults", status_code=200)
async def clear_faults(peer: Peer) -> Response[bytes]:
    """Remove all rules."""
    peer.faults.clear()
    return to_json({"rules": []})


@post("/clock", status_code=200)
async def set_clock(peer: Peer, request: AnyRequest) -> Response[bytes]:
    """Move the clock."""
    body = decode(await request.body(), ClockBody)
    if body.now is not None and body.now.tzinfo is None:
        raise PeerError(HTTP_400_BAD_REQUEST, "bad_request", "now: нужно смещение часового пояса")
    if body.now is not None:
        peer.clock.set(body.now)
    elif body.offset_s is not None:
        peer.clock.shift(body.offset_s)
    return to_json({"now": peer.clock.now().isoformat(), "offset_s": peer.clock.offset_s})


@post("/advance", status_code=200)
async def advance_order(peer: Peer, request: AnyRequest) -> Response[bytes]:
    """Move one order to its next state now."""
    body = decode(await request.body(), AdvanceBody)
    base = _base(peer, body.ib)
    if not 0 < body.partial <= 1:
        raise PeerError(HTTP_400_BAD_REQUEST, "bad_request", "partial: от 0 до 1")
    async with peer.pool.acquire() as conn:
        sql = "SELECT ref FROM peer.orders WHERE ib = $1 AND (ref = $2 OR number = $3)"
        refs = await column(conn, str, sql, body.ib, str(body.ref) if body.ref else None, body.number)
    if not refs:
        raise PeerError(HTTP_404_NOT_FOUND, "not_found", "Заказ не найден.")
    try:
        async with writing(peer.pool, base.ib, peer.clock.now()) as write:
            moved = await advance(write, refs[0], body.partial)
    except RefusedError as error:
        raise PeerError(HTTP_409_CONFLICT, error.problems[0].code, message(error.problems[0])) from error
    await flush(peer.pool)
    return to_json(moved)


@post("/erp-edit", status_code=200)
async def erp_edit(peer: Peer, request: AnyRequest) -> Response[bytes]:
    """Do what an accountant would do by hand."""
    try:
        edit = _EDITS.decode(await request.body())
    except msgspec.DecodeError as error:
        raise PeerError(HTTP_400_BAD_REQUEST, "bad_request", str(error)) from error
    base = _base(peer, edit.ib)
    try:
        async with writing(peer.pool, base.ib, peer.clock.now()) as write:
            await apply(write, edit)
            touched = await _touched(peer, write)
            batch = write.tick
    except UnknownTargetError as error:
        raise PeerError(HTTP_404_NOT_FOUND, "not_found", str(error)) from error
    await flush(peer.pool)
    return to_json({"batch": batch, "touched": touched})


async def _touched(peer: Peer, write: Write) -> list[Touched]:
    """What an edit changed, with the new labels."""
    touched, labels = write.touched, dict[tuple[str, str], str]()
    for stream in dict.fromkeys(stream for stream, _ in touched):
        refs = [ref for one, ref in touched if one == stream]
        shown = await show(write.conn, peer.settings.label_style, write.ib, stream, refs)
        labels |= {(stream, ref): found.label for ref, found in shown.items()}
    return [Touched(BY_NAME[stream].set_name, ref, labels[stream, ref]) for stream, ref in touched]


def routes(guard: Guard) -> Router:
    """All control calls behind a guard."""
    handlers = [state, audit_rows, list_faults, add_faults, clear_faults, set_clock, advance_order, erp_edit]
    return Router("/_control", route_handlers=handlers, guards=[guard])
