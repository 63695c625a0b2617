"""The first tenant's way to the stand-in over plain OData."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from app.erp.channel import Channel
from app.erp.families import Family
from app.erp.families.reading import read_family
from app.erp.rules import Breaker
from app.erp.wire.calling import Address
from app.erp.wire.odata.client import OdataClient
from tests.erp.stand_in import INFOBASES


def quick(node: str = "test") -> Family:
    """The usual family, which waits for nothing."""
    family = read_family()
    streams = {name: replace(source, poll_s=None) for name, source in family.streams.items()}
    return replace(family, node=node, changes_every_s=0.0, streams=streams)


@asynccontextmanager
async def open_channel(url: str, tenant: str = "alatau", family: Family | None = None) -> AsyncIterator[Channel]:
    """A way over surface O, with a breaker that looks again soon."""
    address = Address(url, INFOBASES[tenant], tenant, "Портал", "karavan-erp")
    async with OdataClient(address, family or quick()) as client:
        yield Channel(client, tenant, Breaker(probe_every_s=0.05))
