"""What calls to either surface share: connections, what may stand in a query, and how long an answer may be."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import quote

import httpx
from msgspec import Struct

from app.erp.wire.failures import SchemaError

USER: Final = "Портал"  # of the portal in an infobase, where nobody named another
CONNECT_S: Final = 3.0
READ_S: Final = 10.0
QUERY_SAFE: Final = "-._~"  # a plus is an addition to 1C, a blank is %20
_MEGABYTE: Final = 1024 * 1024
_LARGEST_ANSWER: Final = 64 * _MEGABYTE
# Shorter than the server's own patience with idle connections: a connection reused too late would look
# like an unknown outcome.
_KEEP_ALIVE_S: Final = 3.0


class Address(Struct, frozen=True):
    """Where a tenant's infobase is and how to enter it."""

    base: str
    infobase: str
    tenant: str
    user: str
    password: str


class TooLargeError(SchemaError):
    """An answer larger than any that makes sense in one piece."""


def open_connections(address: Address, root: str, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """Make a pool of connections to one interface of an infobase; nothing is opened yet."""
    credentials = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
    return httpx.AsyncClient(
        base_url=f"{address.base}/{address.infobase}/{root}",
        headers={"Authorization": f"Basic {credentials}", "Accept": "application/json", **headers},
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=_KEEP_ALIVE_S),
        follow_redirects=False,
        trust_env=False,
    )


def make_query(parameters: Mapping[str, str]) -> str:
    """Write a query; names such as ``$filter`` stand as they are."""
    return "?" + "&".join(f"{name}={quote(value, safe=QUERY_SAFE)}" for name, value in parameters.items())


def content_type(response: httpx.Response) -> str:
    """What the answer says it is."""
    return cast("str", response.headers.get("Content-Type", ""))


async def fetch(http: httpx.AsyncClient, request: httpx.Request, read_s: float) -> tuple[httpx.Response, bytes]:
    """Send a request and read the answer whole, in so many seconds from the first byte to the last.

    The library's own patience begins anew with every byte: an ERP that drips would hold us far past our lease.

    Raises:
        httpx.HTTPError: there is no answer, or it does not end.
        TooLargeError: it is too large.
    """
    try:
        async with asyncio.timeout(CONNECT_S + read_s):
            response = await http.send(request, stream=True)
            try:
                return response, await read_body(response)
            finally:
                await response.aclose()
    except TimeoutError as error:
        message = "the answer does not end"
        raise httpx.ReadTimeout(message) from error


async def read_body(response: httpx.Response) -> bytes:
    """Read an answer whole.

    Raises:
        TooLargeError: it does not end in time.
    """
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > _LARGEST_ANSWER:
            message = f"an answer of more than {_LARGEST_ANSWER} bytes"
            raise TooLargeError(message)
        parts.append(part)
    return b"".join(parts)
