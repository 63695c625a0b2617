"""Secrets at rest: sealed with a key that is not in the database, and bound to the place they belong to.

A copy of the database opens nothing; a sealed secret moved to another tenant's row, or to another use, does not open.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.infra.http.secrets import derive

_FORM: Final = b"\x01"  # AES-256-GCM, a nonce of 96 bits, then the text with its tag
_NONCE_BYTES: Final = 12


class SealError(Exception):
    """The secret does not open: another key, another place, or somebody changed it."""


class Sealer:
    """Seals and opens what one purpose keeps."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        """Derive an own key from the installation's secret."""
        self._box = AESGCM(bytes.fromhex(derive(secret_key, f"sealing {purpose}")))
        self._purpose = purpose

    def seal(self, tenant_id: int, text: str) -> bytes:
        """Seal a secret for one tenant; the same one looks different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORM + nonce + self._box.encrypt(nonce, text.encode(), self._place(tenant_id))

    def open(self, tenant_id: int, sealed: bytes) -> str:
        """Open a secret.

        Raises:
            SealError: it does not open.
        """
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if not sealed.startswith(_FORM) or len(nonce) != _NONCE_BYTES:
            raise SealError
        try:
            return self._box.decrypt(nonce, text, self._place(tenant_id)).decode()
        except InvalidTag:
            raise SealError from None

    def _place(self, tenant_id: int) -> bytes:
        return f"{self._purpose} of tenant {tenant_id}".encode()
