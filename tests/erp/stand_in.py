"""The other side of the wire as a test sees it: faults, edits by accountants, and the audit of accepted writes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Self

import httpx
import msgspec
from msgspec import Struct

from app.erp.channel import Channel
from app.erp.rules import Breaker
from app.erp.wire.calling import Address
from app.erp.wire.client import ErpClient
from tests.support.peer import ErpPeer

INFOBASES = {"alatau": "erp", "hantengri": "erp2"}


class Write(Struct):
    """One write the stand-in accepted."""

    type: str
    set: str
    ref: str
    number: str
    command_id: str | None


class _Audit(Struct):
    items: list[Write]


class _Named(Struct):
    code: str = msgspec.field(name="Code")
    name: str = msgspec.field(name="Description")


class _Line(Struct):
    data: _Named


class StandIn:
    """Control of one stand-in; close it with ``async with``."""

    def __init__(self, peer: ErpPeer) -> None:
        self.url = peer.url
        self._http = httpx.AsyncClient(
            base_url=peer.control_url, headers={"X-Control-Token": peer.control_token}, timeout=20, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.clear_faults()
        await self._http.aclose()

    async def fault(self, fault: str, path: str = "", **more: object) -> None:
        """Add one rule; ``path`` is searched in the path of a request."""
        match: dict[str, object] = {"path~": path} if path else {}
        match |= {name: more.pop(name) for name in ("method", "nth", "p") if name in more}
        await self._send("/faults", {"rules": [{"fault": fault, "match": match, **more}]})

    async def clear_faults(self) -> None:
        (await self._http.delete("/faults")).raise_for_status()

    async def edit(self, edit: str, ib: str = "erp", **more: object) -> None:
        """Do what an accountant would do."""
        await self._send("/erp-edit", {"ib": ib, "edit": edit, **more})

    async def advance(self, ref: str, ib: str = "erp", partial: str = "1") -> None:
        """Move an order to its next state."""
        await self._send("/advance", {"ib": ib, "ref": ref, "partial": partial})

    async def audit(self, **by: str) -> list[Write]:
        """Accepted writes, oldest first."""
        answer = await self._http.get("/audit", params=by)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=_Audit).items

    async def code(self, stream: str, name: str, tenant: str = "alatau") -> str:
        """The ERP's own code of a named row, which the portal does not keep."""
        answer = await self._http.get(
            f"{self.url}/{INFOBASES[tenant]}/hs/portal/v1/snapshot/{stream}?format=ndjson&node=test",
            headers={"X-Portal-Tenant": tenant},
            auth=httpx.BasicAuth("Портал", "karavan-erp"),
        )
        assert answer.is_success, answer.text
        rows = [msgspec.json.decode(line, type=_Line).data for line in answer.content.splitlines()]
        return next(row.code for row in rows if row.name.strip() == name)

    async def _send(self, path: str, body: Mapping[str, object]) -> None:
        answer = await self._http.post(path, json=body)
        assert answer.is_success, answer.text


@asynccontextmanager
async def channel_to(url: str, tenant: str = "alatau", probe_every_s: float = 0.05) -> AsyncIterator[Channel]:
    """A way to the stand-in as one tenant, with a breaker that looks again soon."""
    address = Address(url, INFOBASES[tenant], tenant, "Портал", "karavan-erp")
    async with ErpClient(address) as client:
        yield Channel(client, tenant, Breaker(probe_every_s=probe_every_s))
