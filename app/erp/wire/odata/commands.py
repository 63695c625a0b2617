"""Intents over plain OData: created, then posted, each step marked before the next (ERP-EXCHANGE 4.3).

The reference is the portal's own, so a create that came through without its answer says so the second time (code 15):
what stands is read back and the work goes on from there. What posting refuses stays as a document marked for deletion.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from app.erp.comparing import holds
from app.erp.families import Family, OutDocument
from app.erp.mappings.orders import ORDERS
from app.erp.mappings.papers import TRANSPORT
from app.erp.wire.failures import SchemaError, UnknownOutcomeError
from app.erp.wire.messages import Command, Found, FoundOrder, Result
from app.erp.wire.odata.failures import CHANGED, EXISTS, NOT_FOUND, HandlerError, LabelError
from app.erp.wire.odata.metadata import Types
from app.erp.wire.odata.transport import Transport, object_path
from app.erp.wire.odata.values import decode
from app.erp.wire.steps import Steps

Body = dict[str, object]
Names = Mapping[str, str]
ReadOrder = Callable[[UUID], Awaitable[tuple[Found, bool] | None]]

_SAME: Final[Names] = {}
_TRIES: Final = 3  # when somebody else changes the object meanwhile
_DAY: Final = len("2026-11-22")


class _Labelled(Struct):
    label: str = msgspec.field(name="DataVersion")


class Writer(Struct, frozen=True):
    """Carries out intents of one tenant."""

    transport: Transport
    family: Family
    types: Types
    read_s: float
    read_order: ReadOrder

    async def carry_out(self, command: Command, steps: Steps) -> Result:
        """Do one intent, from wherever an earlier attempt left it.

        Raises:
            ErpError: it failed on the way; the same intent may be tried again.
            LeaseLostError: somebody else is at it.
        """
        try:
            match command.type:
                case "order.put":
                    return await self._put_order(command, steps)
                case "order.cancel":
                    return await self._cancel_order(command)
                case "vehicle.put":
                    return await self._put_vehicle(command, steps)
                case _:
                    message = "plain OData has no such intent"
                    return Result(id=command.id, status="invalid", code="unknown_type", message=message)
        except HandlerError as error:
            return Result(id=command.id, status="refused", code="erp_refused", message=error.text)
        except LabelError:
            return Result(id=command.id, status="conflict", code="conflict", message="changed in the ERP meanwhile")

    async def _put_order(self, command: Command, steps: Steps) -> Result:
        document = self.family.out.order
        body = self._body(document, ORDERS.name, command)
        step = steps.begun(command.id)
        if step == "new":
            if not command.if_label:
                await self._create(document, command, body)
            elif await self.read_order(command.ref) is None:
                message = "taken away in the ERP since the intent was made"
                raise LabelError(message, code=CHANGED)
            await steps.reached(command.id, "created")
        found, is_marked = await self._must_read(command.ref)
        if is_marked or not _stands(found, command):
            await self._replace_order(command, body)
            found, _ = await self._must_read(command.ref)
        if _order(found).is_posted != "true":
            await self._post(document, command)
        if step != "posted":
            await steps.reached(command.id, "posted")
        found, _ = await self._must_read(command.ref)
        return Result(id=command.id, status="ok", number=_order(found).number, label=found.label)

    async def _create(self, document: OutDocument, command: Command, body: Body) -> None:
        own: Body = {"Ref_Key": str(command.ref), **body}
        if document.date:
            own[document.date] = _now(self.family.zone)
        try:
            await self.transport.write("POST", document.set, body=own, read_s=self.read_s)
        except SchemaError as error:
            if error.code != EXISTS:
                raise

    async def _replace_order(self, command: Command, body: Body) -> None:
        """Lay what is wanted over what stands; somebody's change meanwhile is read first.

        Raises:
            LabelError: the intent was made from a version that stands no more.
        """
        path = object_path(self.family.out.order.set, command.ref)
        if command.if_label:
            await self._patch(path, {**body, "DeletionMark": False}, command.if_label)
            return
        for attempt in range(1, _TRIES + 1):
            found, _ = await self._must_read(command.ref)
            try:
                await self._patch(path, {**body, "DeletionMark": False}, found.label)
            except LabelError:
                if attempt == _TRIES:
                    raise
            else:
                return

    async def _post(self, document: OutDocument, command: Command) -> None:
        path = object_path(document.set, command.ref)
        try:
            await self.transport.write(
                "POST", f"{path}/{document.method}", query={"PostingModeOperational": "false"}, read_s=self.read_s
            )
        except HandlerError:
            # Nobody shall find half an order: it may be wanted again, so it is marked and not removed.
            await self._patch(path, {"DeletionMark": True}, "")
            raise

    async def _cancel_order(self, command: Command) -> Result:
        path = object_path(self.family.out.order.set, command.ref)
        for attempt in range(1, _TRIES + 2):
            known = await self.read_order(command.ref)
            if known is None:
                return Result(id=command.id, status="refused", code="unknown_reference", message="нет такого заказа")
            found, _ = known
            order = _order(found)
            if order.is_cancelled == "true":
                return Result(id=command.id, status="ok", number=order.number, label=found.label)
            try:
                await self._patch(path, {"DeletionMark": True}, command.if_label or found.label)
            except LabelError:
                if command.if_label or attempt == _TRIES:
                    raise
        message = "the ERP took the mark of deletion and does not show it"
        raise SchemaError(message)

    async def _put_vehicle(self, command: Command, steps: Steps) -> Result:
        document = self.family.out.vehicle
        body = self._body(document, TRANSPORT.name, command)
        path = object_path(document.set, command.ref)
        if steps.begun(command.id) == "new":
            await self._create(document, command, body)
            await steps.reached(command.id, "created")
        for attempt in range(1, _TRIES + 1):
            content = await self.transport.read(path)
            if _lies(decode(content, dict[str, object]), body):
                break
            try:
                await self._patch(path, body, decode(content, _Labelled).label)
            except LabelError:
                if attempt == _TRIES:
                    raise
        label = decode(await self.transport.read(path), _Labelled).label
        return Result(id=command.id, status="ok", label=label)

    def _names(self, stream: str) -> tuple[Names, Mapping[str, Names]]:
        """What the columns of a stream are called there, and those of its sections."""
        source = self.family.streams.get(stream)
        if source is None:
            return _SAME, {}
        return source.columns, {name: section.members for name, section in source.sections.items()}

    async def _patch(self, path: str, body: Body, label: str) -> None:
        await self.transport.write("PATCH", path, body=body, if_match=label, read_s=self.read_s)

    async def _must_read(self, ref: UUID) -> tuple[Found, bool]:
        known = await self.read_order(ref)
        if known is None:
            # It was there: somebody removed it, or the ERP was restored from a backup.
            message = f"{ref} is not in the ERP any more"
            raise UnknownOutcomeError(message, code=NOT_FOUND)
        return known

    def _body(self, document: OutDocument, stream: str, command: Command) -> Body:
        """The intent in the ERP's own names and types: figures as numbers, days as moments, rows with their numbers."""
        types = self.types.get(document.set, {})
        names, sections = self._names(stream)
        data = msgspec.json.decode(command.data, type=dict[str, object])
        body: Body = {}
        for name, value in data.items():
            if name == document.section and isinstance(value, list):
                rows = msgspec.convert(value, list[dict[str, object]])
                row_types = self.types.get(f"{document.set}_{name}_RowType", {})
                body[name] = [
                    {
                        "LineNumber": str(place),
                        **_typed(_renamed(row, sections.get(name, _SAME)), row_types, f"{document.set}_{name}"),
                    }
                    for place, row in enumerate(rows, 1)
                ]
            else:
                body |= _typed(_renamed({name: value}, names), types, document.set)
        return body


def _renamed(row: Mapping[str, object], names: Names) -> Body:
    return {names.get(name, name): value for name, value in row.items()}


def _typed(row: Mapping[str, object], types: Mapping[str, str], owner: str) -> Body:
    return {name: _value(value, types.get(name), f"{owner}.{name}") for name, value in row.items()}


def _value(value: object, kind: str | None, name: str) -> object:
    if kind is None:
        message = f"the ERP has no field {name}"
        raise SchemaError(message, code="10")
    if not isinstance(value, str):
        return value
    if kind in {"Edm.Double", "Edm.Decimal"}:
        return Raw(value.encode())
    if kind == "Edm.DateTime" and len(value) == _DAY:
        return f"{value}T00:00:00"
    return value


def _stands(found: Found, command: Command) -> bool:
    fields = dict[str, object]
    return holds(msgspec.json.decode(found.data, type=fields), msgspec.json.decode(command.data, type=fields))


def _lies(standing: Mapping[str, object], body: Body) -> bool:
    """Whether an object says what was asked for, each value as it went over the wire."""
    plain = msgspec.json.decode(msgspec.json.encode(body), type=dict[str, object])
    return all(_even(standing.get(name)) == _even(value) for name, value in plain.items())


def _even(value: object) -> object:
    return value.rstrip(" ") if isinstance(value, str) else value


def _order(found: Found) -> FoundOrder:
    return msgspec.json.decode(found.data, type=FoundOrder)


def _now(zone: str) -> str:
    """This moment as the infobase writes it: in its own zone, without naming it."""
    sign = -1 if zone.startswith("-") else 1
    hours, _, minutes = zone[1:].partition(":")
    offset = timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    return datetime.now(offset).replace(tzinfo=None).isoformat(timespec="seconds")
