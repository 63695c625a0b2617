"""One-time codes of an app (RFC 4226 and 6238): HMAC-SHA-1, six digits, a step of 30 seconds.

The secret of a person is not stored. It is made of the installation's key and a random seed; the seed alone opens
nothing, and neither does the key without the table.
"""

import base64
import hmac
from hashlib import sha1, sha256
from typing import Final
from urllib.parse import quote
from uuid import UUID

STEP_S: Final = 30
DIGITS: Final = 6
SEED_BYTES: Final = 20
_SECRET_BYTES: Final = 20
_LEEWAY: Final = 1  # steps a phone's clock may be off, either way


def make_secret(key: str, tenant_id: int, user_id: UUID, seed: bytes) -> bytes:
    """Make the secret a person's app holds."""
    return hmac.digest(key.encode(), f"{tenant_id}/{user_id}/".encode() + seed, sha256)[:_SECRET_BYTES]


def write_code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Write the code of one step."""
    digest = hmac.digest(secret, step.to_bytes(8), sha1)
    place = digest[-1] & 0xF
    number = int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF
    return f"{number:010d}"[-digits:]


def find_step(secret: bytes, code: str, now: float, *, after: int) -> int | None:
    """Find the step whose code this is, near ``now`` (seconds) and later than ``after``; None if there is none.

    Every step is compared whatever the others said, so that the time tells nothing.
    """
    newest = int(now) // STEP_S
    found: int | None = None
    for step in range(newest - _LEEWAY, newest + _LEEWAY + 1):
        if hmac.compare_digest(write_code(secret, step).encode(), code.encode()) and step > after:
            found = step
    return found


def write_secret(secret: bytes) -> str:
    """Write a secret as apps want it typed: base32, in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def write_uri(secret: bytes, account: str, issuer: str) -> str:
    """Write the address a QR code carries."""
    label = quote(f"{issuer}:{account}")
    text = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/{label}?secret={text}&issuer={quote(issuer)}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
