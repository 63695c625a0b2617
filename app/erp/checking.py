"""Calls of surface H that compare rather than exchange: the clock, labels by bucket, one object."""

from datetime import datetime

from msgspec import Struct

from app.erp.wire.client import ErpClient


class _Clock(Struct):
    now: datetime


class CheckingClient(ErpClient):
    """The client with the questions the watcher asks."""

    async def clock(self) -> datetime:
        """Ask what time it is there."""
        return (await self._call("GET", "/ping", _Clock)).now
