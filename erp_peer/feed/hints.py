"""Hints to the portal after commits: lost ones are harmless, so they are neither kept nor repeated."""

import asyncio
import hashlib
import hmac
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import msgspec
from msgspec import Struct

from erp_peer.clock import Clock
from erp_peer.faults.book import Asked, Faults
from erp_peer.faults.shapes import DuplicateDelivery, ReorderEvents
from erp_peer.store.db import many
from erp_peer.streams import BY_NAME

NODE = "portal"
_MOST = 200
_TIMEOUT_S = 3.0
_GATHER_S = 0.02
_KINDS = (DuplicateDelivery, ReorderEvents)


class Hint(Struct, frozen=True):
    """One changed object."""

    set: str
    ref: str


class Body(Struct, frozen=True):
    """What is posted; `sent_at` lies under the signature, so that nobody keeps a hint for later."""

    event_id: str
    sent_at: str
    ib: str
    tenant: str
    node: str
    hint: list[Hint]


class _Changed(Struct, frozen=True):
    stream: str
    ref: str
    tick: int


class _Letter(Struct, frozen=True):
    """A hint ready to be posted."""

    body: bytes
    headers: dict[str, str]


def secret_of(secrets: str, tenant: str) -> str:
    """The secret of a tenant out of `alatau=… hantengri=…`; a word without a name is everybody's."""
    found: dict[str, str] = {}
    for word in secrets.split():
        name, is_named, secret = word.partition("=")
        found[name if is_named else ""] = secret if is_named else word
    return found.get(tenant, found.get("", ""))


def signature(secret: str, body: bytes) -> str:
    """Value of X-Portal-Signature."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Hints:
    """Posts what changed since the last post."""

    def __init__(
        self, pool: asyncpg.Pool, url: str, secret: str, tenants: dict[str, str], faults: Faults, clock: Clock
    ) -> None:
        """Post to one URL for all infobases, whose tenants are given."""
        self._pool = pool
        self._url = url
        self._secret = secret
        self._tenants = tenants
        self._faults = faults
        self._clock = clock
        self._told: dict[str, int] = {}
        self._rung: asyncio.Queue[str] = asyncio.Queue()
        self._held: list[_Letter] = []

    def ring(self, ib: str) -> None:
        """Note that something was committed."""
        self._rung.put_nowait(ib)

    async def run(self) -> None:
        """Post until cancelled."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
            while True:
                ibs = {await self._rung.get()}
                await asyncio.sleep(_GATHER_S)
                while not self._rung.empty():
                    ibs.add(self._rung.get_nowait())
                for ib in ibs:
                    with suppress(httpx.HTTPError, asyncpg.PostgresError, OSError):
                        await self._post(client, ib)

    async def _post(self, client: httpx.AsyncClient, ib: str) -> None:
        letter = await self._write(ib)
        if letter is None:
            return
        struck = self._faults.strike(Asked("POST", urlsplit(self._url).path), _KINDS)
        if any(isinstance(state.rule, ReorderEvents) for state in struck):
            self._held.append(letter)
            return
        times = 2 if any(isinstance(state.rule, DuplicateDelivery) for state in struck) else 1
        ready, self._held = [letter] * times + self._held, []
        for one in ready:
            await client.post(self._url, content=one.body, headers=one.headers)

    async def _write(self, ib: str) -> _Letter | None:
        """What changed since the last letter; None when nothing did."""
        sql = (
            "SELECT stream, ref, tick FROM peer.changed WHERE ib = $1 AND node = $2 AND tick > $3"
            " ORDER BY tick LIMIT $4"
        )
        async with self._pool.acquire() as conn:
            rows = await many(conn, _Changed, sql, ib, NODE, self._told.get(ib, 0), _MOST)
        if not rows:
            return None
        self._told[ib] = rows[-1].tick
        hints = [Hint(BY_NAME[row.stream].set_name, row.ref) for row in rows]
        sent_at = self._clock.now().isoformat()
        body = msgspec.json.encode(Body(str(uuid4()), sent_at, ib, self._tenants[ib], NODE, hints))
        headers = {
            "Content-Type": "application/json",
            "X-Portal-Tenant": self._tenants[ib],
            "X-Portal-Signature": signature(secret_of(self._secret, self._tenants[ib]), body),
        }
        return _Letter(body, headers)
