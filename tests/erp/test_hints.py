"""Hints wake and do nothing else; whoever cannot sign wakes nobody."""

import asyncio
import hmac
import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast

import msgspec
import pytest
from redis.asyncio import Redis

from app.erp.channel import Channel
from app.erp.hints import hint_secret, judge, word_of_hint
from app.erp.inbound import Inbound
from app.erp.loading import Side
from app.erp.rules import Breaker
from tests.access.browsers import Browser, World, open_world
from tests.erp.stand_in import StandIn
from tests.support.databases import Database

KEY = "k" * 40
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PATH = "/api/v1/erp/events"


def letter(tenant: str = "alatau", at: datetime = NOW, **more: object) -> bytes:
    """A hint as it is posted."""
    body: dict[str, object] = {
        "event_id": "1",
        "sent_at": at,
        "ib": "erp",
        "tenant": tenant,
        "node": "portal",
        "hint": [],
    }
    return msgspec.json.encode(body | more)


def signed(body: bytes, tenant: str = "alatau", key: str = KEY) -> str:
    """What its ERP writes beside it."""
    return "sha256=" + hmac.new(hint_secret(key, tenant).encode(), body, sha256).hexdigest()


def test_a_hint_of_a_tenants_own_erp_is_good_for_a_few_minutes() -> None:
    for away in (timedelta(), timedelta(minutes=4), -timedelta(minutes=4)):
        body = letter(at=NOW + away)
        assert judge(KEY, "alatau", signed(body), body, NOW) == "ok"
    for away in (timedelta(minutes=6), -timedelta(minutes=6), timedelta(days=400)):
        body = letter(at=NOW + away)
        assert judge(KEY, "alatau", signed(body), body, NOW) == "late"


@pytest.mark.parametrize(
    ("case", "signature"),
    [
        ("none", ""),
        ("of another tenant's ERP", signed(letter(), "hantengri")),
        ("of another installation", signed(letter(), key="l" * 40)),
        ("of another body", signed(letter(event_id="2"))),
        ("without its scheme", signed(letter()).removeprefix("sha256=")),
        ("in capitals", signed(letter()).upper()),
        ("cut", signed(letter())[:-1]),
        ("of letters no header holds", "sha256=ъ"),
    ],
)
def test_a_wrong_signature_is_no_signature(case: str, signature: str) -> None:
    assert judge(KEY, "alatau", signature, letter(), NOW) == "unsigned", case


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        letter(tenant="hantengri"),
        letter(sent_at="2026-11-22T10:00:00"),
        letter(event_id=""),
        letter(hint=[{"set": "a" * 300, "ref": ""}]),
        letter(hint=[{"set": "a", "ref": "b"}] * 1001),
    ],
    ids=["nothing", "cut", "deep", "no UTF-8", "another tenant", "no zone", "no id", "long name", "many"],
)
def test_a_signed_body_that_is_no_hint_wakes_nobody(body: bytes) -> None:
    assert judge(KEY, "alatau", signed(body), body, NOW) == "unreadable"


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened


async def test_a_hint_over_http_wakes_its_tenant_each_time_and_a_forged_one_nobody(
    world: World, redis_url: str
) -> None:
    key, browser = world.portal.settings.secret_key, Browser(world.app)
    heard: list[bytes] = []
    async with Redis.from_url(redis_url) as redis, redis.pubsub() as listener:
        await listener.subscribe("karavan:news")

        async def post(body: bytes, signature: str, tenant: str = "alatau") -> int:
            headers = {"X-Portal-Tenant": tenant, "X-Portal-Signature": signature, "Content-Type": "application/json"}
            return (await browser.post(PATH, content=body, headers=headers)).status_code

        body = letter(at=datetime.now(UTC))
        assert await post(body, signed(body, key=key)) == 202
        assert await post(body, signed(body, key=key)) == 202, "a hint that comes twice is harmless"
        assert await post(body, signed(body)) == 403
        assert await post(body, signed(body, "nobody", key), "nobody") == 400, "signed for one, written for another"
        stranger = letter("nobody", datetime.now(UTC))
        assert await post(stranger, signed(stranger, "nobody", key), "nobody") == 202
        assert await post(stranger, "", "nobody") == await post(body, "") == 403
        stale = letter(at=datetime.now(UTC) - timedelta(hours=1))
        assert await post(stale, signed(stale, key=key)) == 400
        large = letter(at=datetime.now(UTC), hint=[{"set": "x" * 200, "ref": "y" * 36}] * 2000)
        assert await post(large, signed(large, key=key)) == 413
        until = time.monotonic() + 3
        while time.monotonic() < until and len(heard) < 2:
            message = cast("object", await listener.get_message(True, 0.2))
            if isinstance(message, dict):
                heard.append(cast("dict[str, bytes]", message)["data"])
        assert heard == [word_of_hint(1).encode()] * 2


async def test_hints_are_counted_by_network(world: World) -> None:
    await world.portal.redis.flushdb()
    async with Browser(world.app) as browser:
        codes = [(await browser.post(PATH, content=b"{}")).status_code for _ in range(1201)]
    assert (set(codes[:1200]), codes[1200]) == ({403}, 429)
    await world.portal.redis.flushdb()


async def test_a_hint_ends_the_pause_after_a_failure(
    side: Side, channel: Channel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hints is there again; without the hint the pause would last four seconds."""
    monkeypatch.setattr(random, "random", lambda: 1.0)
    woken = asyncio.Event()
    inbound = Inbound(side, Channel(channel.client, "alatau", Breaker(probe_every_s=30)), woken=woken)
    await stand_in.fault("http", status=503, body="html")
    for _ in range(3):
        await _step(inbound, woken, after_s=0.05)
    assert 1.0 <= await _step(inbound, woken, after_s=1.0) < 2.5


async def _step(inbound: Inbound, woken: asyncio.Event, after_s: float) -> float:
    """Fail, and be woken after so many seconds; give how long it took."""
    began = time.monotonic()
    stepping = asyncio.create_task(inbound.step(0))
    while not stepping.done():
        await asyncio.sleep(after_s)
        woken.set()
    assert stepping.result() is False
    return time.monotonic() - began
