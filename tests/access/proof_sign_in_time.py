"""Whether the time of a refusal tells a known login from an unknown one; run by ``make prove ONLY=edge``."""

import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from math import erfc, sqrt

import pytest
from argon2 import PasswordHasher
from limits import RateLimitItemPerMinute

from app.access.services import signing
from tests.access.browsers import World, open_world
from tests.access.people import PASSWORD
from tests.support.databases import Database

BUYER = "alatau/distributor_head"
PAIRS = int(os.environ.get("KARAVAN_PAIRS", "200"))


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened


def likeness(one: list[float], two: list[float]) -> float:
    """Mann-Whitney's two-sided p by its normal approximation; the samples are large and hold no ties."""
    ranks = {value: rank for rank, value in enumerate(sorted([*one, *two]), 1)}
    size, other = len(one), len(two)
    u = sum(ranks[value] for value in one) - size * (size + 1) / 2
    spread = sqrt(size * other * (size + other + 1) / 12)
    return erfc(abs(u - size * other / 2) / spread / sqrt(2))


async def test_a_refusal_takes_as_long_for_a_known_login_as_for_an_unknown_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RELIABILITY 3.4: paired samples in random order, p over 0.01 and 5 ms apart at most."""
    real = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)
    await world.execute("UPDATE users SET password_hash = $1 WHERE email = $2", real, world.people[BUYER].login)
    for name in ("PER_ACCOUNT", "PER_BLOCK", "IN_ALL"):
        monkeypatch.setattr(signing, name, RateLimitItemPerMinute(100_000, namespace=name))
    browser = world.browser()

    async def timed(login: str) -> float:
        began = time.perf_counter()
        answer = await browser.post("/api/v1/session", json={"login": login, "password": "wrong wrong"})
        assert answer.status_code == 401
        return time.perf_counter() - began

    known, unknown = list[float](), list[float]()
    for number in range(-3, PAIRS):
        pair = [(known, world.people[BUYER].login), (unknown, f"nobody.{number:04}@example.test")]
        random.shuffle(pair)
        for times, login in pair:
            times.append(await timed(login))
    known, unknown = known[3:], unknown[3:]  # the first few open connections
    # Of the pairs, not between the medians: what the machine does besides weighs on both of a pair.
    apart_ms = abs(statistics.median(one - other for one, other in zip(known, unknown, strict=True))) * 1000
    p = likeness(known, unknown)
    medians = " and ".join(f"{statistics.median(times) * 1000:.1f}" for times in (known, unknown))
    sys.stdout.write(f"\n{PAIRS} pairs: medians {medians} ms, {apart_ms:.2f} ms apart, p = {p:.3f}\n")
    assert apart_ms < 5
    assert p > 0.01
