"""A thin client of surface H: one infobase, one tenant, one pool of connections.

Every call either gives a decoded answer or raises one of the four failures; nothing here retries.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Literal, Self, TypeVar
from urllib.parse import quote, unquote
from uuid import UUID

import httpx
import msgspec

from app.erp.mappings.spec import StreamMap
from app.erp.wire.calling import (
    CONNECT_S,
    QUERY_SAFE,
    READ_S,
    Address,
    content_type,
    fetch,
    make_query,
    open_connections,
    read_body,
)
from app.erp.wire.failures import OK, SchemaError, UnknownOutcomeError, failure_of_answer, failure_of_transport
from app.erp.wire.files import Content, Parcel, Progress, open_content, put_content
from app.erp.wire.messages import (
    Batch,
    Command,
    Found,
    Free,
    FreeList,
    Mark,
    Ping,
    Refusal,
    Results,
    Snapshot,
    SnapshotHead,
    Stale,
)
from app.kernel.ids import new_id

T = TypeVar("T")

NODE: Final = "portal"
_SNAPSHOT_READ_S: Final = 60.0
_COMMANDS: Final = 100


class ErpClient:
    """Speaks to one infobase; close it with ``async with``."""

    surface: Literal["h", "o"] = "h"
    commands_at_once = _COMMANDS
    sweep_every_s: float | None = None
    states_every_s: float | None = None

    def __init__(self, address: Address, node: str = NODE) -> None:
        """Open nothing yet. ``node`` is the name under which the ERP keeps our place in its changes."""
        self.node = node
        self._http = open_connections(address, "hs/portal/v1", {"X-Portal-Tenant": address.tenant})

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every connection."""
        await self._http.aclose()

    def mapping_of(self, stream: StreamMap) -> str:
        """Nothing stands between the wire and the mapping."""
        return stream.fingerprint

    def poll_s(self, _stream: str) -> float | None:
        """Every change is told."""
        return None

    def resume(self, mark: Mark) -> None:
        """The ERP keeps our place."""

    async def refusals(self) -> Mapping[str, Refusal]:
        """Every stream is offered; one that lost a column stops when it is read."""
        return {}

    async def ask(self, path: str, kind: type[T]) -> T:
        """Ask for anything that is read by one call."""
        return await self._call("GET", path, kind)

    async def ping(self) -> Ping:
        """Ask whether the ERP is there."""
        return await self._call("GET", "/ping", Ping)

    async def changes(self, *, limit: int, wait_s: int) -> Batch:
        """Wait up to ``wait_s`` for a batch; the same one comes again until it is acknowledged."""
        path = "/changes" + make_query({"node": self.node, "limit": str(limit), "wait": str(wait_s)})
        return await self._call("GET", path, Batch, read_s=wait_s + READ_S)

    async def states(self, _known: Mapping[UUID, str], /) -> Batch:
        """Say nothing: every change of an order is told."""
        return Batch(batch=None, as_of_batch=0, more=False, entries=[], is_asked=False)

    def hurry(self) -> None:
        """Every change is told at once as it is."""

    async def acknowledge(self, batch: int) -> None:
        """Say that a batch is safely ours; saying it again is harmless."""
        await self._call("POST", "/changes/ack", dict[str, object], body={"node": self.node, "batch": batch})

    async def command(self, commands: Sequence[Command], read_s: float, _steps: object, /) -> Results:
        """Hand over up to 100 intents; each is carried out in a transaction of its own, in one step."""
        return await self._call("POST", "/commands", Results, body={"commands": commands}, read_s=read_s)

    async def find_order(self, ref: UUID) -> Found | None:
        """Read an order by its reference; None if the ERP has none."""
        path = "/objects/" + quote("Document_ЗаказКлиента", safe=QUERY_SAFE) + f"/{ref}"
        try:
            return await self._call("GET", path, Found)
        except SchemaError as error:
            if error.code == "not_found":
                return None
            raise

    async def labels(self, stream: StreamMap) -> AsyncIterator[tuple[str, str]]:
        """Read reference and label of every object of a stream."""
        async with self.snapshot(stream.name, "") as snapshot:
            rest = b""
            async for chunk in snapshot.chunks:
                *rows, rest = (rest + chunk).split(b"\n")
                for row in rows:
                    ref, label, _ = row.split(b"\t", 2)
                    yield ref.decode(), label.decode()

    async def stale(self, labels: Mapping[str, Mapping[UUID, str]]) -> Stale:
        """Ask which of up to 2,000 labels are no longer true."""
        return await self._call("POST", "/versions", Stale, body=labels)

    async def available(self, places: Sequence[tuple[UUID, UUID]]) -> Sequence[Free]:
        """Ask what up to 200 items have free right now, and which orders are inside the figure."""
        items = [{"Характеристика_Key": product, "Склад_Key": warehouse} for product, warehouse in places]
        return (await self._call("POST", "/available", FreeList, body={"items": items})).items

    @asynccontextmanager
    async def snapshot(self, stream: str, cursor: str) -> AsyncGenerator[Snapshot]:
        """Open a full load in COPY text, after the row ``cursor`` if it is not empty."""
        query = {"format": "tsv", "node": self.node} | ({"cursor": cursor} if cursor else {})
        request = self._request("GET", f"/snapshot/{stream}" + make_query(query), None, _SNAPSHOT_READ_S)
        try:
            response = await self._http.send(request, stream=True)
            try:
                await _raise_failure(response)
                yield Snapshot(_head(response.headers), response.aiter_bytes(256 * 1024))
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise failure_of_transport(error) from error

    def content(self, file_id: UUID, first: int, sha256: str) -> AbstractAsyncContextManager[Content]:
        """Open a content of an attached file from a byte on."""
        return open_content(self._http, file_id, first, sha256)

    async def put_content(self, parcel: Parcel, first: int | None, piece: bytes) -> Progress:
        """Hand over bytes of a new file, or ask how far it is."""
        return await put_content(self._http, parcel, first, piece)

    async def _call(self, method: str, path: str, kind: type[T], *, body: object = None, read_s: float = READ_S) -> T:
        request = self._request(method, path, body, read_s)
        try:
            response, content = await fetch(self._http, request, read_s)
        except httpx.HTTPError as error:
            raise failure_of_transport(error) from error
        if failure := failure_of_answer(response.status_code, content_type(response), content):
            raise failure
        return _decode(content, kind)

    def _request(self, method: str, path: str, body: object, read_s: float) -> httpx.Request:
        headers = {"X-Request-Id": str(new_id())}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(body)
        timeout = httpx.Timeout(read_s, connect=CONNECT_S)
        return self._http.build_request(method, path, content=content, headers=headers, timeout=timeout)


async def _raise_failure(response: httpx.Response) -> None:
    kind = content_type(response)
    if response.status_code == OK and kind.startswith("text/tab-separated-values"):
        return
    content = await read_body(response)
    failure = failure_of_answer(response.status_code, kind, content)
    raise failure or SchemaError(f"a snapshot came as {kind}")


def _head(headers: httpx.Headers) -> SnapshotHead:
    try:
        return SnapshotHead(
            batch=int(headers["X-Snapshot-Batch"]),
            rows=int(headers["X-Snapshot-Rows"]),
            columns=[unquote(name) for name in headers["X-Snapshot-Columns"].split(",")],
        )
    except (KeyError, ValueError) as error:
        message = f"headers of a snapshot: {error}"
        raise SchemaError(message) from error


def _decode(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        message = f"an answer of an unknown shape: {error}"
        raise SchemaError(message) from error
    except (msgspec.DecodeError, RecursionError) as error:
        # Cut short on the way: whatever was asked may have been done.
        message = f"an answer that is not JSON: {error}"
        raise UnknownOutcomeError(message) from error
