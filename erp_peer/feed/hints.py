"""Hints to the portal after commits: lost ones are harmless, so they are neither kept nor repeated."""

import asyncio
import hashlib
import hmac
from contextlib import suppress
from uuid import uuid4

import asyncpg
import httpx
import msgspec
from msgspec import Struct

from erp_peer.store.db import many
from erp_peer.streams import BY_NAME

NODE = "portal"
_MOST = 200
_TIMEOUT_S = 3.0
_GATHER_S = 0.02


class Hint(Struct, frozen=True):
    """One changed object."""

    set: str
    ref: str


class Body(Struct, frozen=True):
    """What is posted."""

    event_id: str
    ib: str
    tenant: str
    node: str
    hint: list[Hint]


class _Changed(Struct, frozen=True):
    stream: str
    ref: str
    tick: int


def signature(secret: str, body: bytes) -> str:
    """Value of X-Portal-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Hints:
    """Posts what changed since the last post."""

    def __init__(self, pool: asyncpg.Pool, url: str, secret: str, tenants: dict[str, str]) -> None:
        """Post to one URL for all infobases, whose tenants are given."""
        self._pool = pool
        self._url = url
        self._secret = secret
        self._tenants = tenants
        self._told: dict[str, int] = {}
        self._rung: asyncio.Queue[str] = asyncio.Queue()

    def ring(self, ib: str) -> None:
        """Note that something was committed."""
        self._rung.put_nowait(ib)

    async def run(self) -> None:
        """Post until cancelled."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as client:
            while True:
                ibs = {await self._rung.get()}
                await asyncio.sleep(_GATHER_S)
                while not self._rung.empty():
                    ibs.add(self._rung.get_nowait())
                for ib in ibs:
                    with suppress(httpx.HTTPError, asyncpg.PostgresError, OSError):
                        await self._post(client, ib)

    async def _post(self, client: httpx.AsyncClient, ib: str) -> None:
        sql = (
            "SELECT stream, ref, tick FROM peer.changed WHERE ib = $1 AND node = $2 AND tick > $3"
            " ORDER BY tick LIMIT $4"
        )
        async with self._pool.acquire() as conn:
            rows = await many(conn, _Changed, sql, ib, NODE, self._told.get(ib, 0), _MOST)
        if not rows:
            return
        self._told[ib] = rows[-1].tick
        hints = [Hint(BY_NAME[row.stream].set_name, row.ref) for row in rows]
        body = msgspec.json.encode(Body(str(uuid4()), ib, self._tenants[ib], NODE, hints))
        headers = {
            "Content-Type": "application/json",
            "X-Portal-Tenant": self._tenants[ib],
            "X-Portal-Signature": signature(self._secret, body),
        }
        await client.post(self._url, content=body, headers=headers)
