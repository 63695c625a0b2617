"""A web process that is stopped in its first moments ends at once."""

import asyncio

import pytest
from redis.asyncio import Redis

from app.access.hub import Hub
from app.access.policy import Policy
from app.access.subjects import Subjects
from app.infra.db.engine import Engines, make_engine
from app.infra.waking import Crier


@pytest.mark.parametrize("turns", range(12))
async def test_a_hub_stops_while_its_listener_is_just_connecting(redis_url: str, turns: int) -> None:
    nowhere = make_engine("postgresql://nowhere.invalid/x", 1)
    redis = Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)
    hub = Hub(Engines(nowhere, nowhere), Policy(), Subjects([]), Crier(redis))
    hub.start()
    for _turn in range(turns):  # of the loop: each is another place in the connecting
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await hub.stop()
    await redis.aclose()
    await nowhere.dispose()
