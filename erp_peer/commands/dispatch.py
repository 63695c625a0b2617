"""Doing commands: each in a transaction of its own, each result kept by the command's id."""

import datetime as dt
import hashlib
from typing import TypeVar

import asyncpg
import msgspec
from msgspec import Raw, Struct

from erp_peer.commands import orders, requests, service, vehicles
from erp_peer.commands import service_shapes as shapes
from erp_peer.commands.facts import OrderRow, find_order
from erp_peer.commands.outcomes import (
    Conflict,
    Done,
    Invalid,
    InvalidError,
    Outcome,
    Refused,
    RefusedError,
    refuse,
)
from erp_peer.commands.shapes import CancelData, Command, LineCancelData, OrderData, VehicleData
from erp_peer.commands.wording import details, message
from erp_peer.rules.problems import Code
from erp_peer.store.db import column, many, one
from erp_peer.store.wire import LabelStyle, Shown, show
from erp_peer.store.writing import Write, flush, writing
from erp_peer.streams import BY_NAME

T = TypeVar("T")

KEPT_DAYS = 30
_STREAM_OF = {
    "order.put": "orders",
    "order.cancel": "orders",
    "order.line_cancel": "orders",
    "vehicle.put": "transport",
    "claim.put": "claims",
    "claim.status": "claims",
    "contact.put": "contacts",
    "address.put": "addresses",
    "discount.request": "requests",
    "limit.request": "requests",
    "act.request": "requests",
    "plan.put": "requests",
    "client.put": "requests",
    "bonus.reserve": "bonus_holds",
    "message.put": "messages",
}
# Number and state of an object, as far as its stream has them.
_ENDS = {
    "orders": "number, is_posted AS posted, posted_batch, state",
    "transport": "number, false AS posted, 0 AS posted_batch, status AS state",
    "claims": "code AS number, false AS posted, 0 AS posted_batch, status AS state",
    "requests": "number, false AS posted, 0 AS posted_batch, status AS state",
    "bonus_holds": "number, false AS posted, 0 AS posted_batch, status AS state",
}
_NO_ENDS = "'' AS number, false AS posted, 0 AS posted_batch, '' AS state"


class IdReuseError(Exception):
    """A command id came back with another body."""

    def __init__(self, command_id: str) -> None:
        """Name the id."""
        super().__init__(command_id)
        self.command_id = command_id


class Kept(Struct, frozen=True):
    """A stored result."""

    id: str
    body_hash: bytes
    result: str


class Ended(Struct, frozen=True):
    """A transport or order row as far as a result shows it."""

    number: str
    posted: bool
    posted_batch: int
    state: str


def body_hash(command: Command) -> bytes:
    """Fingerprint of everything but the id; the data count as written, byte by byte."""
    body = (command.type, str(command.ref), command.if_label, command.post, bytes(command.data).decode())
    return hashlib.sha256(msgspec.json.encode(body)).digest()


def replay(kept: Kept, command: Command) -> bytes:
    """The stored result, marked as a repeat.

    Raises:
        IdReuseError: the body is another one.
    """
    if kept.body_hash != body_hash(command):
        raise IdReuseError(kept.id)
    return kept.result.replace('"replayed":false', '"replayed":true', 1).encode()


class Commands:
    """The commands of one infobase."""

    def __init__(self, pool: asyncpg.Pool, ib: str, style: LabelStyle) -> None:
        """Work on an infobase, showing labels in one style."""
        self._pool = pool
        self._ib = ib
        self._style = style

    async def run(self, batch: list[Command], now: dt.datetime) -> list[Raw]:
        """Do the commands in order and return their results; all are on disk when this returns.

        Raises:
            IdReuseError: an id was used with another body; nothing was done.
        """
        await self._check_ids(batch)
        results = [Raw(await self._run_one(command, now)) for command in batch]
        await flush(self._pool)
        return results

    async def _check_ids(self, batch: list[Command]) -> None:
        """Refuse the whole request before anything is done, also when it contradicts itself."""
        hashes: dict[str, bytes] = {}
        async with self._pool.acquire() as conn:
            sql = "SELECT id, body_hash, result FROM peer.commands WHERE ib = $1 AND id = ANY($2::uuid[])"
            for kept in await many(conn, Kept, sql, self._ib, [str(command.id) for command in batch]):
                hashes[kept.id] = kept.body_hash
        for command in batch:
            if hashes.setdefault(str(command.id), body_hash(command)) != body_hash(command):
                raise IdReuseError(str(command.id))

    async def _run_one(self, command: Command, now: dt.datetime) -> bytes:
        async with writing(self._pool, self._ib, now) as write:
            sql = "SELECT id, body_hash, result FROM peer.commands WHERE ib = $1 AND id = $2"
            if kept := await one(write.conn, Kept, sql, self._ib, str(command.id)):
                return replay(kept, command)
            outcome = await self._outcome(write, command)
            result = msgspec.json.encode(outcome)
            await write.conn.execute(
                "INSERT INTO peer.commands (ib, id, body_hash, result, at) VALUES ($1, $2, $3, $4, $5)",
                self._ib,
                str(command.id),
                body_hash(command),
                result.decode(),
                now,
            )
            return result

    async def _outcome(self, write: Write, command: Command) -> Outcome:
        """Do the command; refusals come before the first write, so nothing has to be undone."""
        ref = str(command.ref)
        same = {"id": str(command.id), "type": command.type, "ref": ref}
        try:
            stream = _stream_of(command)
            if changed := await self._differs(write, stream, command):
                return Conflict(
                    **same,
                    status="conflict",
                    replayed=False,
                    batch=write.tick,
                    label=changed.label,
                    data=Raw(changed.data.encode()),
                )
            await _do(write, command)
        except RefusedError as error:
            return Refused(
                **same,
                status="refused",
                replayed=False,
                batch=write.tick,
                code=error.problems[0].code,
                message=message(error.problems[0]),
                details={"problems": [details(problem) for problem in error.problems]},
            )
        except InvalidError as error:
            return Invalid(
                **same,
                status="invalid",
                replayed=False,
                batch=write.tick,
                code=error.code,
                message=error.message,
                details={"field": error.field},
            )
        return await self._done(write, command, stream)

    async def _differs(self, write: Write, stream: str, command: Command) -> Shown | None:
        """The object, when its label is not the one the caller knows."""
        if command.if_label is None:
            return None
        ref = str(command.ref)
        found = (await show(write.conn, self._style, self._ib, stream, [ref])).get(ref)
        if found is None:
            return Shown(ref, "", deleted=False, data="null") if command.if_label else None
        return found if found.label != command.if_label else None

    async def _done(self, write: Write, command: Command, stream: str) -> Done:
        ref = str(command.ref)
        shown = (await show(write.conn, self._style, self._ib, stream, [ref]))[ref]
        sql = f"SELECT {_ENDS.get(stream, _NO_ENDS)} FROM peer.{stream} WHERE ib = $1 AND ref = $2"
        ended = (await many(write.conn, Ended, sql, self._ib, ref))[0]
        await audit(write, command.type, stream, ref, ended.number, str(command.id))
        return Done(
            id=str(command.id),
            type=command.type,
            ref=ref,
            status="ok",
            replayed=False,
            batch=write.tick,
            set=BY_NAME[stream].set_name,
            label=shown.label,
            number=ended.number,
            posted=ended.posted,
            posted_batch=ended.posted_batch,
            state=ended.state,
            data=Raw(shown.data.encode()),
        )


def _stream_of(command: Command) -> str:
    """The stream whose object the command writes.

    Raises:
        InvalidError: no such type of command.
    """
    stream = _STREAM_OF.get(command.type)
    if stream is None:
        raise InvalidError("unknown_type", "Неизвестный вид команды.", "type")
    return stream


def _decoded(command: Command, shape: type[T]) -> T:
    """The data of a command.

    Raises:
        InvalidError: naming the field.
    """
    if b"\\u0000" in bytes(command.data):
        raise InvalidError("bad_field", "Недопустимый символ.", "data")
    try:
        return msgspec.json.decode(command.data, type=shape)
    except msgspec.ValidationError as error:
        text = str(error)
        code = "unknown_field" if "unknown field" in text else "bad_field"
        _, _, place = text.partition(" - at `$")
        raise InvalidError(code, text, place.rstrip("`").lstrip(".")) from error


async def _order(write: Write, command: Command) -> OrderRow:
    order = await find_order(write, str(command.ref))
    if order is None:
        raise refuse(Code.ORDER_MISSING)
    return order


async def _do(write: Write, command: Command) -> None:
    """Hand the command to its verb."""
    ref = str(command.ref)
    match command.type:
        case "order.put":
            data = _decoded(command, OrderData)
            await orders.put(write, ref, data, await find_order(write, ref), post=command.post)
        case "order.cancel":
            reason = _decoded(command, CancelData).reason
            await orders.cancel(write, await _order(write, command), reason)
        case "order.line_cancel":
            lines = _decoded(command, LineCancelData)
            await orders.cancel_lines(write, await _order(write, command), lines.lines, lines.reason)
        case "vehicle.put":
            await vehicles.put(write, ref, _decoded(command, VehicleData))
        case _:
            await _serve(write, command, ref)


async def _serve(write: Write, command: Command, ref: str) -> None:
    """The same for commands of service."""
    match command.type:
        case "claim.put":
            await service.put_claim(write, ref, _decoded(command, shapes.ClaimData))
        case "claim.status":
            await service.set_claim(write, ref, _decoded(command, shapes.ClaimStatusData))
        case "contact.put":
            await service.put_contact(write, ref, _decoded(command, shapes.ContactData))
        case "address.put":
            await service.put_address(write, ref, _decoded(command, shapes.AddressData))
        case "bonus.reserve":
            await service.reserve_points(write, ref, _decoded(command, shapes.BonusData))
        case "message.put":
            await service.put_message(write, ref, _decoded(command, shapes.MessageData))
        case _:
            await _ask(write, command, ref)


async def _ask(write: Write, command: Command, ref: str) -> None:
    """The same for requests."""
    match command.type:
        case "discount.request":
            await requests.ask_discount(write, ref, _decoded(command, shapes.DiscountData))
        case "limit.request":
            await requests.ask_limit(write, ref, _decoded(command, shapes.LimitData))
        case "act.request":
            await requests.ask_act(write, ref, _decoded(command, shapes.ActData))
        case "plan.put":
            await requests.ask_plan(write, ref, _decoded(command, shapes.PlanData))
        case _:
            await requests.ask_client(write, ref, _decoded(command, shapes.ClientData))


async def audit(write: Write, kind: str, stream: str, ref: str, number: str, command_id: str | None = None) -> None:
    """Note an accepted write: the oracle of crash tests."""
    await write.conn.execute(
        "INSERT INTO peer.audit (ib, at, batch, command_id, type, set_name, ref, number)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        write.ib,
        write.now,
        write.tick,
        command_id,
        kind,
        BY_NAME[stream].set_name,
        ref,
        number,
    )


async def audit_touched(write: Write, kind: str) -> None:
    """Note everything a write has touched, in its order."""
    await write.conn.execute(
        "INSERT INTO peer.audit (ib, at, batch, command_id, type, set_name, ref, number)"
        " SELECT $1, $2, $3, NULL, $4, t.set_name, t.ref, ''"
        " FROM unnest($5::text[], $6::uuid[]) WITH ORDINALITY AS t (set_name, ref, place) ORDER BY t.place",
        write.ib,
        write.now,
        write.tick,
        kind,
        [BY_NAME[stream].set_name for stream, _ in write.touched],
        [ref for _, ref in write.touched],
    )


async def forget_old(pool: asyncpg.Pool, now: dt.datetime) -> int:
    """Drop results older than 30 days; returns how many."""
    async with pool.acquire() as conn:
        sql = "DELETE FROM peer.commands WHERE at < $1 RETURNING 1"
        return len(await column(conn, int, sql, now - dt.timedelta(days=KEPT_DAYS)))
