"""The application of one peer."""

import asyncpg
from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import HTTPException

from erp_peer.http import control, files, reading, standard, writing
from erp_peer.http.access import control_guard, portal_guard, user_guard
from erp_peer.http.answers import (
    PeerError,
    on_any_error,
    on_http_error,
    on_lock_error,
    on_peer_error,
    to_json,
)
from erp_peer.peer import Infobase, Peer


@get("/healthz")
async def healthz() -> Response[bytes]:
    """The port only opens when everything is seeded."""
    return to_json({"status": "ready"})


def create_app(peer: Peer) -> Litestar:
    """Put routes, guards and error answers together."""

    async def the_peer() -> Peer:
        return peer

    async def the_base(ib: str) -> Infobase:
        # The guard has refused unknown ones.
        return peer.infobases[ib]

    surface = Router(
        "/{ib:str}/hs/portal/v1",
        route_handlers=[reading.routes(), files.routes(), writing.commands],
        guards=[portal_guard(peer)],
        dependencies={"base": Provide(the_base)},
    )
    interface = Router(
        f"/{{ib:str}}{standard.ROOT}",
        route_handlers=[standard.standard],
        guards=[user_guard(peer)],
        dependencies={"base": Provide(the_base)},
    )
    return Litestar(
        [healthz, surface, interface, control.routes(control_guard(peer))],
        dependencies={"peer": Provide(the_peer)},
        exception_handlers={
            PeerError: on_peer_error,
            HTTPException: on_http_error,
            asyncpg.DeadlockDetectedError: on_lock_error,
            asyncpg.LockNotAvailableError: on_lock_error,
            asyncpg.SerializationError: on_lock_error,
            Exception: on_any_error,
        },
        openapi_config=None,
        request_max_body_size=reading.MAX_BODY,
    )
