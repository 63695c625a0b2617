"""Passwords: Argon2id, few at once, and nothing that tells a known login from an unknown one.

A hash costs a tenth of a second and 19 MiB (RELIABILITY F26), so a flood of sign-ins may occupy two
threads of low priority and a short queue, never the pages of people at work.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.kernel.errors import Problem, TooManyRequestsError

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 256
_AT_ONCE: Final = 2
_WAITING: Final = 8
_RETRY_S: Final = 2
_BLOCKED_FILE: Final = Path(__file__).with_name("blocked_passwords.txt")
_BLOCKED: Final = frozenset(_BLOCKED_FILE.read_text(encoding="utf-8").split())
_ROUNDS: Final = 2
_MEMORY_KIB: Final = 19_456
_HASHER: Final = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1)
# Well formed, with today's parameters, and the hash of nothing: it takes as long to find that out as for any other.
# It stands where somebody has an account and no password yet.
NO_PASSWORD: Final = f"$argon2id$v=19$m={_MEMORY_KIB},t={_ROUNDS},p=1${'A' * 22}${'A' * 43}"
T = TypeVar("T")
_NICE: Final = 10
_SHORTEST_NAME: Final = 4


class Hashing:
    """Hashes and verifies away from the event loop."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._pool = ThreadPoolExecutor(_AT_ONCE, "password", initializer=_step_back)
        self._under_way = 0

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits; where there is no login or no password the same work is done for nothing.

        Raises:
            TooManyRequestsError: the queue is full.
        """
        fits = await self._run(_fits, NO_PASSWORD if stored is None else stored, password)
        return fits and stored not in {None, NO_PASSWORD}

    async def hash(self, password: str) -> str:
        """Hash for storage.

        Raises:
            TooManyRequestsError: the queue is full.
        """
        return await self._run(lambda text, _: _HASHER.hash(text), password, "")

    def close(self) -> None:
        """Wait for nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[str, str], T], one: str, two: str) -> T:
        if self._under_way >= _AT_ONCE + _WAITING:
            raise TooManyRequestsError(_RETRY_S)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, one, two)
        finally:
            self._under_way -= 1


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def find_password_problems(password: str, *, email: str, name: str, field: str) -> list[Problem]:
    """List what speaks against a new password."""
    if len(password) < MIN_LENGTH:
        return [Problem("text_too_short", field, {"min": str(MIN_LENGTH)})]
    if len(password) > MAX_LENGTH:
        return [Problem("text_too_long", field, {"max": str(MAX_LENGTH)})]
    plain = normalize("NFKC", password).casefold()
    own = [email.partition("@")[0], *name.split()]
    if plain in _BLOCKED or len(set(plain)) <= 2:  # noqa: PLR2004 - "aaaaaaaa", "abababab"
        return [Problem("password_common", field)]
    if any(len(word) >= _SHORTEST_NAME and word.casefold() in plain for word in own):
        return [Problem("password_personal", field)]
    return []


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _step_back() -> None:
    # Linux keeps a priority per thread: pages come first when both want the processor.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
