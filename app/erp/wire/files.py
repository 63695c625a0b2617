"""`/files` of surface H: contents in by ranges, out by pieces."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast
from urllib.parse import quote
from uuid import UUID

import httpx
import msgspec
from msgspec import Struct

from app.erp.wire.calling import CONNECT_S, READ_S, content_type, fetch, read_body
from app.erp.wire.failures import (
    OK,
    SchemaError,
    TransientError,
    UnknownOutcomeError,
    failure_of_answer,
    failure_of_transport,
)

_PARTIAL: Final = 206
_DIGEST: Final = "X-File-SHA256"


class Content(Struct, frozen=True):
    """A content that is still arriving, from this byte on."""

    first: int
    chunks: AsyncIterator[bytes]


class Parcel(Struct, frozen=True):
    """What every call says of a file on its way out; ``owner`` is a set of the ERP and a reference in it."""

    id: UUID
    owner: str
    name: str
    media_type: str
    size: int
    sha256: str


class Progress(Struct):
    """How far a file is in the ERP."""

    received: int
    complete: bool


@asynccontextmanager
async def open_content(http: httpx.AsyncClient, file_id: UUID, first: int, sha256: str) -> AsyncGenerator[Content]:
    """Open exactly this content from a byte on; what comes may begin at the beginning all the same.

    Raises:
        TransientError: the ERP has another content by now; its feed will say so.
        ErpError: any other failure.
    """
    headers = {"Range": f"bytes={first}-", "If-Match": f'"{sha256}"', "Accept": "*/*", "Accept-Encoding": "identity"}
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    try:
        response = await http.send(
            http.build_request("GET", f"/files/{file_id}", headers=headers, timeout=timeout), stream=True
        )
        try:
            # As it comes, however little: what was held back for a fuller piece would be lost with the line.
            yield Content(await _first_byte(response, sha256), response.aiter_raw())
        finally:
            await response.aclose()
    except httpx.HTTPError as error:
        raise failure_of_transport(error) from error


async def _first_byte(response: httpx.Response, sha256: str) -> int:
    status = response.status_code
    if cast("str", response.headers.get(_DIGEST, "")) == sha256 and status in {OK, _PARTIAL}:
        return 0 if status == OK else _begin(cast("str", response.headers.get("Content-Range", "")))
    failure = failure_of_answer(status, content_type(response), await read_body(response))
    if isinstance(failure, SchemaError) and failure.code == "changed":
        raise TransientError(str(failure), code=failure.code) from failure
    raise failure or SchemaError("a file came without the digest it was asked by")


def _begin(text: str) -> int:
    first, _, _ = text.removeprefix("bytes ").partition("-")
    if not first.isascii() or not first.isdigit():
        message = f"Content-Range: {text[:100]}"
        raise SchemaError(message)
    return int(first)


async def put_content(http: httpx.AsyncClient, parcel: Parcel, first: int | None, piece: bytes) -> Progress:
    """Hand over bytes from ``first`` on; without ``first`` only ask how far the ERP is.

    Raises:
        ErpError: the ERP does not take them, or nobody knows whether it did.
    """
    last = (first or 0) + len(piece) - 1
    headers = {
        "Content-Type": parcel.media_type,
        "Content-Range": f"bytes {'*' if first is None else f'{first}-{last}'}/{parcel.size}",
        "X-File-Owner": quote(parcel.owner),
        "X-File-Name": quote(parcel.name, safe=""),
        _DIGEST: parcel.sha256,
    }
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    request = http.build_request("PUT", f"/files/{parcel.id}", content=piece, headers=headers, timeout=timeout)
    try:
        response, body = await fetch(http, request, READ_S)
    except httpx.HTTPError as error:
        raise failure_of_transport(error) from error
    if failure := failure_of_answer(response.status_code, content_type(response), body):
        raise failure
    try:
        return msgspec.json.decode(body, type=Progress)
    except msgspec.DecodeError as error:
        message = f"an answer about a file that is none: {error}"
        raise UnknownOutcomeError(message) from error
