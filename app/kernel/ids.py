"""Identifiers made here: time-ordered UUIDs for rows, random tokens for secrets."""

import hashlib
import os
import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """Make a UUIDv7: 48 bits of milliseconds, then random, so that indexes grow at one end."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def new_token() -> str:
    """Make a 256-bit secret, safe in a URL and a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Hash a secret for storage: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()
