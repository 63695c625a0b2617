"""Routes that belong to no room: assets, health, figures for Prometheus."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Final, Literal

from litestar import Request, Response, get
from litestar.controller import Controller
from litestar.datastructures import State
from msgspec import Struct

from app.infra.http.failures import EdgeError
from app.infra.metrics import metrics_text
from app.infra.packing import choose_coding
from app.infra.pages.assets import Assets
from app.kernel.errors import NotFoundError

PUBLIC: Final = {"permission": "public"}
FOREVER: Final = "public, max-age=31536000, immutable"
_PATIENCE_S: Final = 2.0
_FRESH_S: Final = 1.0
_FORWARDED: Final = ("x-forwarded-for", "forwarded", "x-real-ip")


class Part(Struct, frozen=True):
    """One part as it was last seen; ``age_s`` is how old its news is."""

    state: Literal["up", "down", "unknown"]
    age_s: float = 0.0
    note: str = ""


class Readiness(Struct, frozen=True):
    """Whether the portal can work, part by part."""

    state: Literal["ready", "degraded", "down"]
    parts: Mapping[str, Part]


class Liveness(Struct, frozen=True):
    """The process answers."""

    state: Literal["live"] = "live"


Check = Callable[[], Awaitable[Part]]


class Health:
    """Asks the parts, at most once a second however often it is asked itself."""

    def __init__(self, needed: Mapping[str, Check], wanted: Mapping[str, Check]) -> None:
        """Without a ``needed`` part nothing works; without a ``wanted`` one something is missing."""
        self._needed = needed
        self._wanted = wanted
        self._asked_at = float("-inf")
        self._last = Readiness("down", {})

    async def readiness(self) -> Readiness:
        """Say how every part is."""
        if time.monotonic() - self._asked_at > _FRESH_S:
            checks = {**self._needed, **self._wanted}
            found = await asyncio.gather(*(_patiently(check) for check in checks.values()))
            parts = dict(zip(checks, found, strict=True))
            lame = any(part.state != "up" for part in parts.values())
            dead = any(parts[name].state != "up" for name in self._needed)
            self._last = Readiness("down" if dead else "degraded" if lame else "ready", parts)
            self._asked_at = time.monotonic()
        return self._last


async def _patiently(check: Check) -> Part:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever a part dies of, it is down
        return Part("down", note=type(error).__name__)


class HealthApi(Controller):
    """For the starter, for monitors, for Prometheus."""

    opt = PUBLIC
    tags = ("health",)

    @get("/health/live")
    async def live(self) -> Liveness:
        """Say that the process answers."""
        return Liveness()

    @get("/health/ready")
    async def ready(self, health: Health) -> Response[Readiness]:
        """Say whether the portal can work; 503 when it cannot."""
        found = await health.readiness()
        return Response(found, status_code=503 if found.state == "down" else 200)

    @get("/metrics")
    async def metrics(self, request: Request[object, object, State], metrics_token: str) -> Response[bytes]:
        """Give the figures of this process, to this machine or to whoever has the token."""
        sent = request.headers.get("authorization", "")
        if not _is_local(request) and sent != f"Bearer {metrics_token}":
            raise EdgeError(403, "not_allowed")
        return Response(metrics_text(), media_type="text/plain; version=0.0.4")


class AssetFiles(Controller):
    """Files under addresses that carry the hash of their content."""

    opt = PUBLIC

    @get("/assets/{digest:str}/{name:path}")
    async def asset(
        self, request: Request[object, object, State], digest: str, name: str, assets: Assets
    ) -> Response[bytes]:
        """Send a file; what an address names never changes, so it is kept for a year."""
        asset = assets.find(digest, name.lstrip("/"))
        if asset is None:
            raise NotFoundError
        headers = {"Cache-Control": FOREVER, "ETag": asset.etag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(b"", status_code=304, headers=headers)
        coding = choose_coding(request.headers.get("accept-encoding", ""))
        if coding is None or coding not in asset.packed:
            return Response(asset.body, media_type=asset.media_type, headers=headers)
        headers["Content-Encoding"] = coding
        return Response(asset.packed[coding], media_type=asset.media_type, headers=headers)


def _is_local(request: Request[object, object, State]) -> bool:
    """Whether the request was made on this machine and not merely passed on by a proxy on it."""
    client = request.scope.get("client")
    if client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False
