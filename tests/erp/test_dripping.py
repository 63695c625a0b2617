"""An answer that never ends does not hold the exchange: with every byte the library's own patience begins anew."""

import time

import pytest

from app.erp.channel import Channel
from app.erp.wire import calling, client
from app.erp.wire.failures import UnknownOutcomeError
from tests.erp.stand_in import StandIn


async def test_an_answer_that_drips_is_given_up_in_time(
    channel: Channel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_S", 0.5)
    monkeypatch.setattr(calling, "CONNECT_S", 0.5)
    await stand_in.fault("slow_drip", "/changes$", bps=10)
    began = time.monotonic()
    with pytest.raises(UnknownOutcomeError):
        await channel.call(lambda erp: erp.changes(limit=1, wait_s=0))
    assert 0.5 < time.monotonic() - began < 4
