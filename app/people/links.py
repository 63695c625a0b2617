"""Links in letters: made of the installation's secret and the id of what they open, so that no table holds one.

``<tenant>.<secret>``, as a session is written; the tables keep the hash of the secret and nothing else.
"""

import base64
import hmac
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from app.infra.http.secrets import derive
from app.kernel.ids import token_hash

Purpose = Literal["invitation", "reset"]
_PARTS: Final = 2
_MAX_TENANT: Final = 2**31


class Link(Struct, frozen=True):
    """A token taken apart."""

    tenant_id: int
    secret_hash: bytes


class Links:
    """Makes the tokens of one installation."""

    def __init__(self, secret_key: str) -> None:
        """Derive an own key."""
        self._key = derive(secret_key, "letter links").encode()

    def write(self, tenant_id: int, purpose: Purpose, object_id: UUID) -> str:
        """Make the token of an invitation or a reset; the same whenever it is asked for."""
        return f"{tenant_id}.{self._secret(tenant_id, purpose, object_id)}"

    def hash(self, tenant_id: int, purpose: Purpose, object_id: UUID) -> bytes:
        """Give what the table keeps of it."""
        return token_hash(self._secret(tenant_id, purpose, object_id))

    def _secret(self, tenant_id: int, purpose: Purpose, object_id: UUID) -> str:
        digest = hmac.digest(self._key, f"{tenant_id}/{purpose}/{object_id}".encode(), sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def read_link(token: str) -> Link | None:
    """Take a token apart; anything else is nothing."""
    parts = token.split(".")
    if len(parts) != _PARTS or not token.isascii():
        return None
    tenant, secret = parts
    if not tenant.isdigit() or not secret or int(tenant) >= _MAX_TENANT:
        return None
    return Link(int(tenant), token_hash(secret))
