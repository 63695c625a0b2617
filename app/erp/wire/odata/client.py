"""The port of the exchange over plain OData: one infobase, one tenant, one pool of connections.

There is no clock of the ERP here. We count ourselves: every reading takes the next number, messages of the exchange
plan among them, so what was read later counts as newer (ERP-EXCHANGE 4.5). What each stream needs is held against
``$metadata`` before it is read.
"""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import IO, Final, Literal, Self
from uuid import UUID

import msgspec
from msgspec import Raw

from app.erp.families import Family, Source
from app.erp.mappings import BY_SET, STREAMS
from app.erp.mappings.orders import ORDERS
from app.erp.mappings.places import WAREHOUSES
from app.erp.mappings.spec import StreamMap
from app.erp.mappings.trade import STOCK
from app.erp.wire.calling import Address, TooLargeError
from app.erp.wire.failures import SchemaError
from app.erp.wire.files import Content, Parcel, Progress
from app.erp.wire.messages import (
    Batch,
    Command,
    Entry,
    Found,
    Free,
    Gone,
    Mark,
    Ping,
    Refusal,
    Results,
    Snapshot,
    SnapshotHead,
    Stale,
)
from app.erp.wire.odata.asking import find_free, find_stale
from app.erp.wire.odata.commands import Writer
from app.erp.wire.odata.failures import NOT_FOUND
from app.erp.wire.odata.metadata import Types, absent_columns, read_metadata, refusal_of
from app.erp.wire.odata.packets import Node, Plan, Record
from app.erp.wire.odata.pages import Ask, read_pages
from app.erp.wire.odata.snapshots import write_stream
from app.erp.wire.odata.states import check_states, lay_over, read_documents, read_states
from app.erp.wire.odata.transport import Transport, object_path
from app.erp.wire.odata.values import Decoder, any_text, decode
from app.erp.wire.steps import Steps

NODE: Final = "portal"
_MEGABYTE: Final = 1024 * 1024
_IN_MEMORY: Final = 8 * _MEGABYTE
_NO_FILES: Final = "{}: the standard interface carries no contents of files"
_METADATA_READ_S: Final = 60.0
_METADATA_EVERY_S: Final = 600.0
_SOONEST_S: Final = 2.0  # between two packets, whoever hurries
_BY_NAME: Final = {stream.name: stream for stream in STREAMS}


class _Label(msgspec.Struct):
    ref: str = msgspec.field(name="Ref_Key")
    label: str = msgspec.field(name="DataVersion")


class OdataClient:
    """Speaks to one infobase; close it with ``async with``."""

    surface: Literal["h", "o"] = "o"
    commands_at_once = 1

    def __init__(self, address: Address, family: Family, node: str = NODE) -> None:
        """Open nothing yet. ``node`` is the name under which we keep our place."""
        self.node = node
        self.family = family
        self.sweep_every_s: float | None = family.sweep_every_s
        orders = family.streams.get(ORDERS.name)
        self.states_every_s = orders.states.poll_s if orders and orders.states else None
        self._transport = Transport(address)
        self._plan = Plan(self._transport, family)
        self._by_set = {source.set: name for name, source in family.streams.items() if name in _BY_NAME}
        self._clock = 0
        self._sent = 0
        self._known_node: Node | None = None
        self._types: Types | None = None
        self._typed_at = 0.0
        self._packet_at = float("-inf")
        self._hurried = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every connection."""
        await self._transport.__aexit__()

    def mapping_of(self, stream: StreamMap) -> str:
        """Fingerprint of the mapping and of where the family takes it from."""
        source = self.family.streams.get(stream.name)
        told = msgspec.json.encode([stream.fingerprint, source, self.family.zone])
        return hashlib.sha256(told).hexdigest()[:16]

    def poll_s(self, stream: str, /) -> float | None:
        """What the exchange plan does not tell is asked again and again."""
        source = self.family.streams.get(stream)
        return source.poll_s if source else None

    def resume(self, mark: Mark) -> None:
        """Count on from where an earlier process stopped."""
        self._clock = max(self._clock, mark.batch)
        self._sent = max(self._sent, mark.sent)

    async def refusals(self) -> Mapping[str, Refusal]:
        """Hold every stream against what the ERP has."""
        types = await self._metadata()
        found = {stream.name: refusal_of(stream, self.family, types) for stream in STREAMS}
        return {name: refusal for name, refusal in found.items() if refusal is not None}

    async def ping(self) -> Ping:
        """Ask whether the ERP is there: our own node is the smallest thing to ask for."""
        self._known_node = await self._plan.node()
        return Ping(tenant=self._transport.address.tenant, as_of_batch=self._clock, streams=list(self.family.streams))

    async def changes(self, *, limit: int, wait_s: int) -> Batch:
        """Take a packet when one is due; ``limit`` has no meaning here, a packet comes whole."""
        del limit
        if not await self._is_time(time.monotonic() + wait_s):
            return self._nothing(is_asked=False)
        self._hurried.clear()  # what is said from here on may not be in this packet
        node = await self._plan.node()
        is_restored = int(node.sent) < self._sent
        number = self._count(int(node.sent))
        try:
            packet = await self._plan.take(node, number)
        except TooLargeError:
            # Whatever it holds, reading everything anew holds it as well.
            packet = []
            batch = Batch(batch=number, as_of_batch=number, more=False, entries=[], reload=list(self.family.streams))
        else:
            batch = await self._batch(number, packet)
        self._packet_at = time.monotonic()
        self._known_node, self._sent = node, number
        batch.sent, batch.is_restored = number, is_restored
        return batch if batch.entries or batch.reload or is_restored else self._nothing()

    async def states(self, known: Mapping[UUID, str], /) -> Batch:
        """Ask the register of states for some orders, and read those that stand otherwise anew.

        Raises:
            SchemaError: there is no such register here, or it says something else than is known of it.
        """
        source = await self._source(ORDERS.name)
        if not known or source.states is None:
            return self._nothing(is_asked=False)
        check_states(source.states, await self._metadata())
        number = self._count(0)
        told = await read_states(self._transport, source.states, source.set, list(known))
        stages = {ref: any_text(row[source.states.state]) for ref, row in told.items()}
        differing = [ref for ref, stage in known.items() if stages.get(ref, stage) != stage]
        if not differing:
            return self._nothing()
        decoder = await self._decoder(ORDERS.name)
        documents = await read_documents(self._transport, source.set, decoder.properties, differing)
        rows = [lay_over(raw, source, source.states, told[ref]) for ref, raw in documents.items() if ref in told]
        entries = [_entry(ORDERS, decoder, row, number, idx) for idx, row in enumerate(rows, start=1)]
        return Batch(batch=number, as_of_batch=number, more=False, entries=entries)

    def hurry(self) -> None:
        """Take the next packet soon; not sooner than a moment after the last, however often this is said."""
        self._hurried.set()

    async def _is_time(self, until: float) -> bool:
        """Wait until a packet is due, by the clock or because somebody hurries; False if it is not by then."""
        due = self._packet_at + self.family.changes_every_s
        with suppress(TimeoutError):
            async with asyncio.timeout_at(_loop_time(min(due, until))):
                await self._hurried.wait()
        soonest = self._packet_at + min(_SOONEST_S, self.family.changes_every_s)
        if time.monotonic() < due and not self._hurried.is_set():
            return False
        await asyncio.sleep(max(0.0, min(soonest, until) - time.monotonic()))
        return time.monotonic() >= soonest

    async def acknowledge(self, batch: int) -> None:
        """Let the ERP forget what arrived."""
        await self._plan.confirm(self._known_node or await self._plan.node(), batch)

    async def command(self, commands: Sequence[Command], read_s: float, steps: Steps, /) -> Results:
        """Carry out intents one after the other, each in steps that are marked."""
        writer = Writer(self._transport, self.family, await self._metadata(), read_s, self._read_order)
        results = [await writer.carry_out(one, steps) for one in commands]
        return Results(results=results, as_of_batch=self._clock)

    async def find_order(self, ref: UUID) -> Found | None:
        """Read an order by its reference; None if the ERP has none."""
        found = await self._read_order(ref)
        return None if found is None else found[0]

    @asynccontextmanager
    async def snapshot(self, stream: str, cursor: str) -> AsyncGenerator[Snapshot]:
        """Read a stream whole, and only then give it away; ``cursor`` has no meaning here."""
        del cursor
        node = self._known_node or await self._plan.node()  # registered first, so that nothing falls between
        self._known_node = node
        source, decoder = await self._source(stream), await self._decoder(stream)
        number = self._count(int(node.sent))
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            written = await write_stream(self._transport, source, decoder, number, file)
            file.seek(0)
            head = SnapshotHead(
                batch=number,
                rows=written.rows,
                columns=decoder.columns,
                holding=written.holding,
                is_own_count=True,
            )
            yield Snapshot(head, _chunks(file))

    async def labels(self, stream: StreamMap) -> AsyncIterator[tuple[str, str]]:
        """Read reference and label of every object of a stream."""
        source = await self._source(stream.name)
        if not source.is_object:
            return
        async for page in read_pages(self._transport, Ask(source.set, ["Ref_Key", "DataVersion"], order="Ref_Key")):
            for raw in page:
                found = decode(raw, _Label)
                yield found.ref, found.label

    async def stale(self, labels: Mapping[str, Mapping[UUID, str]]) -> Stale:
        """Ask which of these labels are no longer true."""
        theirs = {BY_SET[name].name: known for name, known in labels.items() if name in BY_SET}
        sets = {self.family.streams[name].set: name for name in theirs if name in self.family.streams}
        told = await find_stale(self._transport, {name: theirs[stream] for name, stream in sets.items()})
        ours = {name: _BY_NAME[stream].set_name for name, stream in sets.items()}
        return Stale(
            stale={ours[name]: found for name, found in told.stale.items()},
            gone=[Gone(set_name=ours[one.set_name], ref=one.ref) for one in told.gone],
        )

    async def available(self, places: Sequence[tuple[UUID, UUID]]) -> Sequence[Free]:
        """Ask what is free right now, and which orders are inside the figure."""
        known = self.family.streams.get(WAREHOUSES.name)
        warehouses = known.set if known else WAREHOUSES.set_name
        return await find_free(self._transport, await self._source(STOCK.name), warehouses, places)

    def content(self, file_id: UUID, _first: int, _sha256: str, /) -> AbstractAsyncContextManager[Content]:
        """Refuse: files wait for our extension.

        Raises:
            SchemaError: always.
        """
        raise SchemaError(_NO_FILES.format(file_id))

    async def put_content(self, parcel: Parcel, _first: int | None, _piece: bytes, /) -> Progress:
        """Refuse: files wait for our extension.

        Raises:
            SchemaError: always.
        """
        raise SchemaError(_NO_FILES.format(parcel.id))

    def _count(self, at_least: int) -> int:
        self._clock = max(self._clock, at_least) + 1
        return self._clock

    def _nothing(self, *, is_asked: bool = True) -> Batch:
        return Batch(batch=None, as_of_batch=self._clock, more=False, entries=[], is_asked=is_asked)

    async def _metadata(self) -> Types:
        now = time.monotonic()
        if self._types is None or now - self._typed_at > _METADATA_EVERY_S:
            self._types = read_metadata(await self._transport.read("$metadata", read_s=_METADATA_READ_S))
            self._typed_at = now
        return self._types

    async def _source(self, stream: str) -> Source:
        refusal = (await self.refusals()).get(stream)
        if refusal is not None:
            raise SchemaError(refusal.reason)
        return self.family.streams[stream]

    async def _decoder(self, stream: str) -> Decoder:
        source, known = self.family.streams[stream], _BY_NAME[stream]
        return Decoder(known, source, self.family.zone, absent_columns(known, source, await self._metadata()))

    async def _batch(self, number: int, packet: Sequence[tuple[Record, Raw]]) -> Batch:
        refused = await self.refusals()
        decoders: dict[str, Decoder] = {}
        entries: list[Entry] = []
        reload: dict[str, None] = {}
        for record, raw in packet:
            name = self._by_set.get(record.set, "")
            if not name or name in refused:
                continue
            source = self.family.streams[name]
            rows = _rows_of(source, record, raw)
            if rows is None:
                reload[name] = None
                continue
            decoder = decoders.setdefault(name, await self._decoder(name))
            for row in rows:
                entries.append(_entry(_BY_NAME[name], decoder, row, number, len(entries) + 1))
        return Batch(batch=number, as_of_batch=number, more=False, entries=entries, reload=list(reload))

    async def _read_order(self, ref: UUID) -> tuple[Found, bool] | None:
        """An order in the words of surface H, and whether it is marked for deletion."""
        try:
            content = await self._transport.read(object_path(self.family.out.order.set, ref))
        except SchemaError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        return await self._found_order(content)

    async def _found_order(self, content: bytes) -> tuple[Found, bool]:
        decoder = await self._decoder(ORDERS.name)
        cells = decoder.texts(content, self._clock)
        told = dict(zip(decoder.columns, cells, strict=True))
        posted = "true" if decode(content, _Posted).is_posted else "false"
        # What the mapping does not read may still have been asked for.
        document: dict[str, object] = {
            name: any_text(raw)
            for name, raw in decode(content, dict[str, Raw]).items()
            if not bytes(raw).startswith((b"[", b"{"))
        }
        document |= msgspec.json.decode(decoder.document(cells), type=dict[str, object])
        # A document is cancelled by marking it for deletion; nothing else can be done with it from outside.
        is_marked = told["DeletionMark"] == "true"
        cancelled = "true" if is_marked or told["Отменен"] == "true" else "false"
        document |= {"Posted": posted, "Отменен": cancelled}
        label = told["DataVersion"]
        found = Found(label=label, as_of_batch=self._clock, data=Raw(msgspec.json.encode(document)))
        return found, is_marked


def _loop_time(moment: float) -> float:
    """A moment of the monotonic clock as the loop counts it."""
    return asyncio.get_running_loop().time() + moment - time.monotonic()


class _Posted(msgspec.Struct):
    is_posted: bool = msgspec.field(name="Posted", default=False)


def _rows_of(source: Source, record: Record, raw: Raw) -> list[Raw] | None:
    """What a packet says of a stream; None: only that something happened, so the stream must be read again."""
    match source.reading:
        case "catalog" | "document":
            # An object that was removed for good comes as its key alone.
            return None if record.label is msgspec.UNSET else [raw]
        case "records":
            # A document that has no records left does not say which ones it had.
            return record.records or None if isinstance(record.records, list) else None
        case _:
            return None


def _entry(stream: StreamMap, decoder: Decoder, raw: Raw, number: int, idx: int) -> Entry:
    cells = decoder.texts(raw, number)
    return Entry(
        idx=idx,
        set_name=stream.set_name,
        ref=UUID(cells[0]),
        label=cells[1],
        as_of_batch=number,
        data=Raw(decoder.document(cells)),
    )


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _MEGABYTE):
        yield chunk
