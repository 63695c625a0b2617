"""Calls of plain OData to one infobase. Writes are made once; reads that lost their answer are asked again."""

import asyncio
from collections.abc import Mapping
from typing import Final, Self, cast
from urllib.parse import quote

import httpx
import msgspec

from app.erp.wire.calling import CONNECT_S, READ_S, Address, content_type, fetch, make_query, open_connections
from app.erp.wire.failures import TransientError, UnknownOutcomeError, failure_of_transport
from app.erp.wire.odata.failures import failure_of

ROOT: Final = "odata/standard.odata"
_READS: Final = 3
_PAUSE_S: Final = 0.3
_PATH_SAFE: Final = "-._~()'=,/$"  # keys and functions stand in the path


class Transport:
    """One pool of connections; close it with ``async with``."""

    def __init__(self, address: Address) -> None:
        """Open nothing yet."""
        self.address = address
        self._http = open_connections(address, ROOT, {})

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def read(self, path: str, query: Mapping[str, str] | None = None, read_s: float = READ_S) -> bytes:
        """Read; an answer that was lost on the way is asked for again, because reading changes nothing.

        Raises:
            ErpError: there is no answer.
        """
        for attempt in range(1, _READS):
            try:
                return await self._send("GET", path, query, read_s=read_s)
            except UnknownOutcomeError:
                await asyncio.sleep(_PAUSE_S * attempt)
        try:
            return await self._send("GET", path, query, read_s=read_s)
        except UnknownOutcomeError as error:
            message = f"no answer in {_READS} tries: {error}"
            raise TransientError(message) from error

    async def ask_once(self, path: str) -> bytes:
        """Read without a second try: whoever waits is a person.

        Raises:
            ErpError: there is no answer.
        """
        return await self._send("GET", path, None, read_s=READ_S)

    async def write(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        if_match: str = "",
        read_s: float = READ_S,
    ) -> bytes:
        """Write, once.

        Raises:
            ErpError: it failed, or nobody knows whether it did.
        """
        return await self._send(method, path, query, body=body, if_match=if_match, read_s=read_s)

    async def date(self) -> str:
        """Ask the server what time it has; empty if it does not say.

        Raises:
            ErpError: it does not answer.
        """
        try:
            response = await self._http.get("/")
        except httpx.HTTPError as error:
            raise failure_of_transport(error) from error
        return cast("str", response.headers.get("Date", ""))

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        *,
        read_s: float,
        body: object = None,
        if_match: str = "",
    ) -> bytes:
        request = self._http.build_request(
            method,
            "/" + quote(path, safe=_PATH_SAFE) + make_query({"$format": "json", **(query or {})}),
            content=None if body is None else msgspec.json.encode(body),
            headers=_headers(body, if_match),
            timeout=httpx.Timeout(read_s, connect=CONNECT_S),
        )
        try:
            response, content = await fetch(self._http, request, read_s)
        except httpx.HTTPError as error:
            raise failure_of_transport(error) from error
        if failure := failure_of(response.status_code, content_type(response), content):
            raise failure
        return content


def object_path(set_name: str, ref: object) -> str:
    """Address of an object."""
    return f"{set_name}(guid'{ref}')"


def _headers(body: object, if_match: str) -> dict[str, str]:
    headers = {} if body is None else {"Content-Type": "application/json;charset=utf-8"}
    return headers | ({"If-Match": if_match} if if_match else {})
