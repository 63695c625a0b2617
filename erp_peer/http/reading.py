"""Reading calls of surface H."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import Parameter
from litestar.response import Stream as StreamResponse
from litestar.status_codes import (
    HTTP_304_NOT_MODIFIED,
    HTTP_400_BAD_REQUEST,
    HTTP_404_NOT_FOUND,
    HTTP_409_CONFLICT,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
)
from msgspec import Struct

from erp_peer.data.figures import BY_IB
from erp_peer.feed.batches import Batch, FutureBatchError, acknowledge, ensure_node, next_batch, read_tick
from erp_peer.feed.buckets import BUCKETS, count_buckets
from erp_peer.feed.objects import Question, available, differing, find
from erp_peer.feed.snapshots import open_snapshot
from erp_peer.files.uploads import MOST_BYTES
from erp_peer.http.answers import AnyRequest, PeerError, decode, to_json
from erp_peer.peer import Infobase, Peer
from erp_peer.streams import BY_NAME, BY_SET, STREAMS
from erp_peer.streams.spec import ZERO_LINK

NodeName = Annotated[str, Parameter(min_length=1, max_length=50)]

MAX_CHANGES, MAX_COMMANDS, MAX_VERSIONS, MAX_AVAILABLE = 2_000, 100, 2_000, 200
MAX_BODY = 8 * 1024 * 1024
_MEDIA = {"tsv": "text/tab-separated-values", "ndjson": "application/x-ndjson;charset=utf-8"}


class Ack(Struct, forbid_unknown_fields=True):
    """Body of `/changes/ack`."""

    node: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    batch: int


class Questions(Struct, forbid_unknown_fields=True):
    """Body of `/available`."""

    items: list[Question]


@get("/ping")
async def ping(peer: Peer, base: Infobase, request: AnyRequest) -> Response[bytes]:
    """Version, clock, limits, and how far the batch clock is."""
    async with peer.pool.acquire() as conn:
        tick = await read_tick(conn, base.ib)
    maker = BY_IB[base.ib]
    now = peer.clock.now()
    found = peer.faults.maintenance(request.scope["path"])
    window = {"from": found[0].isoformat(), "to": (found[1] or found[0]).isoformat()} if found else None
    return to_json(
        {
            "service": "erp_peer",
            "version": "1",
            "ib": base.ib,
            "tenant": base.tenant,
            "organisation": {
                "Description": maker.names.ru,
                "Description_kk": maker.names.kk,
                "Description_en": maker.names.en,
                "НалоговыйНомер": maker.tax_id,
            },
            "now": now.isoformat(),
            "maintenance": window,
            "as_of_batch": tick,
            "limits": {
                "changes": MAX_CHANGES,
                "commands": MAX_COMMANDS,
                "versions": MAX_VERSIONS,
                "available": MAX_AVAILABLE,
                "body_bytes": MAX_BODY,
                "file_bytes": MOST_BYTES,
            },
            "capabilities": ["snapshot", "changes", "versions", "objects", "available", "commands", "files", "hints"],
            "streams": [stream.name for stream in STREAMS],
        }
    )


@get("/snapshot/{stream:str}")
async def snapshot(
    peer: Peer,
    base: Infobase,
    stream: str,
    node: NodeName = "portal",
    cursor: UUID | None = None,
    as_format: Annotated[Literal["tsv", "ndjson"], Parameter(query="format")] = "tsv",
) -> StreamResponse:
    """One whole stream, or the rest of it after a cursor."""
    found = BY_NAME.get(stream)
    if found is None:
        raise PeerError(HTTP_404_NOT_FOUND, "unknown_stream", f"Нет потока {stream}.")
    await ensure_node(peer.pool, base.ib, node)
    opened = await open_snapshot(
        peer.pool,
        found,
        peer.settings.label_style,
        base.ib,
        str(cursor) if cursor else ZERO_LINK,
        as_lines=as_format == "ndjson",
    )
    headers = {
        "X-Snapshot-Batch": str(opened.batch),
        "X-Snapshot-Rows": str(opened.rows),
        "X-Snapshot-Columns": opened.columns,
    }
    return StreamResponse(opened.body, headers=headers, media_type=_MEDIA[as_format])


@get("/changes")
async def changes(
    peer: Peer,
    base: Infobase,
    node: NodeName = "portal",
    limit: Annotated[int, Parameter(ge=1, le=MAX_CHANGES)] = 500,
    wait: Annotated[float, Parameter(ge=0, le=60)] = 25,
) -> Response[bytes]:
    """The next batch of a node; waits for one when there is none."""
    await ensure_node(peer.pool, base.ib, node)
    ends_at = asyncio.get_running_loop().time() + wait
    while True:
        ring = peer.bell.event(base.ib)
        batch = await next_batch(peer.pool, peer.settings.label_style, base.ib, node, limit)
        left = ends_at - asyncio.get_running_loop().time()
        if batch is not None:
            return to_json(batch)
        if left <= 0 or peer.bell.is_closed:
            async with peer.pool.acquire() as conn:
                return to_json(Batch(node, None, await read_tick(conn, base.ib), more=False, entries=[]))
        await peer.bell.wait(ring, left)


@post("/changes/ack", status_code=200)
async def ack(peer: Peer, base: Infobase, request: AnyRequest) -> Response[bytes]:
    """Forget an arrived batch; a repeat changes nothing."""
    body = decode(await request.body(), Ack)
    try:
        acked = await acknowledge(peer.pool, base.ib, body.node, body.batch)
    except FutureBatchError as error:
        message = f"Пакет {body.batch} ещё не выдавался."
        raise PeerError(HTTP_409_CONFLICT, "future_batch", message) from error
    return to_json({"node": body.node, "batch": body.batch, "acked": acked})


@get("/objects/{set_name:str}/{ref:uuid}")
async def one_object(peer: Peer, base: Infobase, set_name: str, ref: UUID, request: AnyRequest) -> Response[bytes]:
    """One object, or 304 when the caller's label is still true."""
    stream = BY_SET.get(set_name)
    if stream is None:
        raise PeerError(HTTP_404_NOT_FOUND, "unknown_set", f"Нет набора {set_name}.")
    found = await find(peer.pool, stream, peer.settings.label_style, base.ib, str(ref))
    if found is None:
        raise PeerError(HTTP_404_NOT_FOUND, "not_found", "Экземпляр сущности не найден.")
    tag = f'"{found.label}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    return to_json(found, headers={"ETag": tag})


@post("/versions", status_code=200)
async def versions(peer: Peer, base: Infobase, request: AnyRequest) -> Response[bytes]:
    """Which of the caller's labels are no longer true."""
    known = decode(await request.body(), dict[str, dict[UUID, str]])
    if sum(len(labels) for labels in known.values()) > MAX_VERSIONS:
        raise PeerError(HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", f"Не более {MAX_VERSIONS} ключей.")
    for name in known:
        if name not in BY_SET:
            raise PeerError(HTTP_404_NOT_FOUND, "unknown_set", f"Нет набора {name}.")
    plain = {name: {str(ref): label for ref, label in labels.items()} for name, labels in known.items()}
    return to_json(await differing(peer.pool, peer.settings.label_style, base.ib, plain))


@get("/buckets/{stream:str}")
async def buckets(
    peer: Peer, base: Infobase, stream: str, bucket: Annotated[int | None, Parameter(ge=0, lt=BUCKETS)] = None
) -> Response[bytes]:
    """Count and hash of every bucket of a stream, or one bucket with its references and labels."""
    found = BY_NAME.get(stream)
    if found is None:
        raise PeerError(HTTP_404_NOT_FOUND, "unknown_stream", f"Нет потока {stream}.")
    return to_json(await count_buckets(peer.pool, found, peer.settings.label_style, base.ib, bucket))


@post("/available", status_code=200)
async def stock(peer: Peer, base: Infobase, request: AnyRequest) -> Response[bytes]:
    """Live stock of some items."""
    asked = decode(await request.body(), Questions).items
    if len(asked) > MAX_AVAILABLE:
        raise PeerError(HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", f"Не более {MAX_AVAILABLE} вопросов.")
    if not asked:
        raise PeerError(HTTP_400_BAD_REQUEST, "bad_request", "items: пусто")
    return to_json(await available(peer.pool, base.ib, asked))


def routes() -> Router:
    """All reading calls."""
    return Router("/", route_handlers=[ping, snapshot, changes, ack, one_object, versions, stock, buckets])
