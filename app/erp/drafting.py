"""A tenant's own mapping as the worker uses it: the one in force, and drafts held against the living ERP.

A draft is only read with: ``$metadata`` says what would stop, and one object of every stream that changes is read both
ways to show what would be different.
"""

import asyncio
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.erp.families import Family, FamilyError, Source
from app.erp.families.differing import Difference, common_differences, differences
from app.erp.families.reading import family_names, lay_over, read_family
from app.erp.mappings import STREAMS
from app.erp.mappings.spec import StreamMap
from app.erp.queries import mappings
from app.erp.schemas import DraftLook, FieldChange, StreamLook
from app.erp.wire.calling import Address
from app.erp.wire.failures import ErpError
from app.erp.wire.odata.metadata import Types, absent_columns, read_metadata, readable, refusal_of
from app.erp.wire.odata.pages import ask_of
from app.erp.wire.odata.transport import Transport
from app.erp.wire.odata.values import Decoder, split_page
from app.infra.db.transaction import open_tenant_transaction

_EVERY_S: Final = 1.0
_LONG_READ_S: Final = 60.0
_MOST_SAMPLES: Final = 8  # streams of which an object is read
_LONGEST: Final = 120

_log = structlog.stdlib.get_logger("erp")


class TenantMapping(Struct, frozen=True):
    """What is in force for a tenant; ``id`` None: the usual family as it is shipped."""

    id: UUID | None
    family: Family


async def read_mapping(engine: AsyncEngine, tenant_id: int) -> TenantMapping:
    """Read what is in force."""
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        used = await mappings.read_used(transaction)
    return TenantMapping(None, read_family()) if used is None else TenantMapping(used.id, family_of(used))


def family_of(used: mappings.Used) -> Family:
    """The family with what the tenant laid over it.

    What was accepted by an earlier release and is not valid any more stops the streams it speaks of, and says so.
    """
    try:
        return lay_over(used.family, used.text)
    except FamilyError as error:
        _log.error("erp.mapping_outdated", mapping=str(used.id), reason=str(error))
        shipped = read_family(used.family) if used.family in family_names() else read_family()
        why = f"the mapping of this tenant is not valid any more: {error}"
        touched = [name for name in _named(used.text) if name in shipped.streams]
        kept = {name: source for name, source in shipped.streams.items() if name not in touched}
        return replace(shipped, streams=kept, missing={**shipped.missing, **dict.fromkeys(touched, why)})


async def until_changed(engine: AsyncEngine, tenant_id: int, known: UUID | None, every_s: float = _EVERY_S) -> None:
    """Return once another mapping is in force."""
    while True:
        await asyncio.sleep(every_s)
        async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
            used = await mappings.read_used(transaction)
        if (None if used is None else used.id) != known:
            return


async def look_at_draft(engine: AsyncEngine, tenant_id: int, find: Callable[[], Awaitable[Address | None]]) -> bool:
    """Hold the draft that waits against the ERP; False if none does. No transaction is open meanwhile."""
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        waiting = await mappings.read_waiting(transaction)
    if waiting is None:
        return False
    address = await find()
    if address is None:
        look = DraftLook(is_answered=False, said="the infobase that is named may not be entered")
    else:
        now = (await read_mapping(engine, tenant_id)).family
        try:
            look = await hold(address, now, lay_over(waiting.family, waiting.text))
        except FamilyError as error:
            look = DraftLook(is_answered=False, said=str(error))
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        await mappings.write_look(transaction, waiting.version, msgspec.json.encode(look).decode())
    return True


async def hold(address: Address, now: Family, then: Family) -> DraftLook:
    """Compare two mappings at a living ERP."""
    async with Transport(address) as transport:
        try:
            types = read_metadata(await transport.read("$metadata", read_s=_LONG_READ_S))
        except ErpError as error:
            return DraftLook(is_answered=False, said=str(error)[:300])
        found = [_common(now, then, types)]
        sampled = 0
        for stream in STREAMS:
            look = _stream(stream, now, then, types)
            if look.changes and look.is_readable_then and sampled < _MOST_SAMPLES:
                sampled += 1
                look = replace(look, sample=await _sample(transport, stream, (now, then), types))
            found.append(look)
    fits = {name: readable(read_family(name), types) for name in family_names()}
    told = [one for one in found if one.changes or not (one.is_readable_now and one.is_readable_then)]
    return DraftLook(is_answered=True, fits=fits, total=len(STREAMS), streams=told)


def _common(now: Family, then: Family, types: Types) -> StreamLook:
    reasons = [_unwritable(family, types) for family in (now, then)]
    return StreamLook("", not reasons[0], not reasons[1], reasons[1], _told(common_differences(now, then)))


def _unwritable(family: Family, types: Types) -> str:
    wanted = (family.plan, family.out.order.set, family.out.vehicle.set)
    return "; ".join(f"the ERP has no {name}" for name in wanted if name not in types)


def _stream(stream: StreamMap, now: Family, then: Family, types: Types) -> StreamLook:
    before, after = refusal_of(stream, now, types), refusal_of(stream, then, types)
    changes = differences(now.streams.get(stream.name), then.streams.get(stream.name))
    # What a draft itself names as missing is meant.
    is_meant = stream.name in then.missing
    return StreamLook(
        stream.name, before is None and not is_meant, after is None, after.reason if after else "", _told(changes)
    )


def _told(found: Sequence[Difference]) -> list[FieldChange]:
    return [FieldChange(path, before[:_LONGEST], after[:_LONGEST]) for path, before, after in found]


async def _sample(
    transport: Transport, stream: StreamMap, families: tuple[Family, Family], types: Types
) -> list[FieldChange]:
    """One object read both ways; figures of a balance belong to no object."""
    rows = [await _first(transport, stream, family, types) for family in families]
    before, after = rows
    return _told(
        [(column, before.get(column, ""), text) for column, text in after.items() if text != before.get(column)]
    )


async def _first(transport: Transport, stream: StreamMap, family: Family, types: Types) -> Mapping[str, str]:
    source = family.streams.get(stream.name)
    if source is None or source.reading == "balance" or refusal_of(stream, family, types) is not None:
        return {}
    decoder = Decoder(stream, source, family.zone, absent_columns(stream, source, types))
    try:
        content = await transport.read(*_one(source, decoder))
        rows = split_page(content)
        return dict(zip(decoder.columns, decoder.texts(rows[0], 0), strict=True)) if rows else {}
    except ErpError as error:
        return {"": str(error)}


def _one(source: Source, decoder: Decoder) -> tuple[str, Mapping[str, str]]:
    ask = ask_of(source, decoder.properties)
    order = {"$orderby": "Ref_Key"} if source.is_object else {}
    return ask.set, {"$select": ",".join(ask.properties), "$top": "1", **order}


def _named(text: str) -> list[str]:
    """Streams a text speaks of, as far as it can still be read."""
    try:
        found = cast("dict[str, object]", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        return [stream.name for stream in STREAMS]
    parts = [found.get("streams"), found.get("missing")]
    return [name for part in parts if isinstance(part, dict) for name in cast("dict[str, object]", part)]
