"""Pools of connections with the timeouts that were seen to matter (RELIABILITY F17-F19).

A client's request can only ever use a ``karavan_client`` connection: what that role may not see stays
unseen whatever the code asks for.
"""

from typing import Final, Literal, cast

import asyncpg
from msgspec import Struct
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.config import Settings
from app.infra.db.guarding import guard

Class = Literal["client", "staff"]

_SERVER_SETTINGS: Final = {
    "application_name": "karavan",
    "jit": "off",
    "statement_timeout": "15s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "15s",
    # One good plan a statement; planning the wide joins again costs more than running them (CATALOGUE 6.2).
    "plan_cache_mode": "force_generic_plan",
}
_COMMAND_TIMEOUT_S: Final = 20.0


class Engines(Struct, frozen=True):
    """The two pools of one process."""

    client: AsyncEngine
    staff: AsyncEngine

    def of(self, kind: Class) -> AsyncEngine:
        """Pick the pool of a class of user."""
        return self.client if kind == "client" else self.staff

    async def dispose(self) -> None:
        """Close every connection."""
        await self.client.dispose()
        await self.staff.dispose()


def make_engines(settings: Settings, *, pool_size: int = 8) -> Engines:
    """Open nothing yet; connections come with first use. ``pool_size`` is per class."""
    return Engines(
        client=make_engine(settings.database_client_url, pool_size),
        staff=make_engine(settings.database_staff_url, pool_size),
    )


def make_engine(url: str, pool_size: int = 8, *, command_timeout_s: float = _COMMAND_TIMEOUT_S) -> AsyncEngine:
    """Make one pool for a ``postgresql://`` address; a full load from the ERP needs a longer timeout."""
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=1800,
        hide_parameters=True,  # an error that names its statement must not name the values
        connect_args={
            "server_settings": _SERVER_SETTINGS,
            "command_timeout": command_timeout_s,
            "timeout": 5,
        },
    )
    # Not pool_pre_ping: that is three round trips before every transaction. A connection whose server went away is
    # known to be closed as soon as the event loop has looked, and requests begin again once where that was too late.
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    guard(engine)
    return engine


def _refuse_closed(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
    driver = cast("asyncpg.Connection[asyncpg.Record] | None", connection.driver_connection)
    if driver is not None and driver.is_closed():
        raise DisconnectionError
