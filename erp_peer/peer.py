"""One running stand-in: everything a request handler needs."""

import asyncpg
from msgspec import Struct

from erp_peer.clock import Clock
from erp_peer.commands.dispatch import Commands
from erp_peer.faults.book import Faults
from erp_peer.feed.bell import Bell
from erp_peer.settings import Settings


class Infobase(Struct, frozen=True):
    """One infobase this process serves."""

    ib: str
    tenant: str
    profile: str
    seed: int
    commands: Commands


class Peer:
    """The process's parts, put together once at the start."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, infobases: list[Infobase]) -> None:
        """Take the open pool and the seeded infobases."""
        self.settings = settings
        self.pool = pool
        self.infobases = {base.ib: base for base in infobases}
        self.clock = Clock()
        self.faults = Faults(settings.seed, self.clock.now)
        self.bell = Bell(settings.dsn)
