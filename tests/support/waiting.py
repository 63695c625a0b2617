"""Bridges between fixtures, which are plain functions, and coroutines; and patient looking."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import asyncpg
import httpx

T = TypeVar("T")
# Whoever answers is away, or says 503 because what it needs is.
_CANNOT_BE_ASKED = (
    *(OSError, ValueError, AssertionError),
    *(httpx.TransportError, asyncpg.PostgresError, asyncpg.InterfaceError),
)


def run_apart(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine on a loop of its own, also while pytest's loop exists."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def eventually(claim: Callable[[], bool], within_s: float = 10.0) -> bool:
    """Ask until the claim is true or the time is over; a claim that cannot be asked yet is false."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if claim():
                return True
        except _CANNOT_BE_ASKED:
            pass
        time.sleep(0.02)
    return False
