"""Calls of surface H that compare rather than exchange: the clock, labels by bucket, one object."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import msgspec
from msgspec import Struct

from app.erp.wire.calling import QUERY_SAFE
from app.erp.wire.client import ErpClient
from app.erp.wire.failures import SchemaError


class _Clock(Struct):
    now: datetime


class Bucket(Struct, frozen=True):
    """One of 256 parts of a stream: how many objects, and a hash of their references and labels."""

    bucket: int
    count: int
    hash: str


class Labelled(Struct, frozen=True):
    """One object and the label of its version."""

    ref: UUID
    label: str


class _Buckets(Struct):
    buckets: list[Bucket]
    rows: list[Labelled] = []


class Standing(Struct):
    """One object as it stands there."""

    ref: UUID
    label: str
    as_of_batch: int
    data: msgspec.Raw


class CheckingClient(ErpClient):
    """The client with the questions of whoever watches and compares."""

    async def clock(self) -> datetime:
        """Ask what time it is there."""
        return (await self._call("GET", "/ping", _Clock)).now

    async def buckets(self, stream: str) -> Sequence[Bucket]:
        """Ask for count and hash of every bucket that is not empty."""
        return (await self._call("GET", f"/buckets/{stream}", _Buckets)).buckets

    async def rows(self, stream: str, bucket: int) -> Sequence[Labelled]:
        """List one bucket."""
        return (await self._call("GET", f"/buckets/{stream}?bucket={bucket}", _Buckets)).rows

    async def standing(self, set_name: str, ref: UUID) -> Standing | None:
        """Read one object; None if there is none."""
        try:
            return await self._call("GET", f"/objects/{quote(set_name, safe=QUERY_SAFE)}/{ref}", Standing)
        except SchemaError as error:
            if error.code == "not_found":
                return None
            raise
