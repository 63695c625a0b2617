"""The form token: bound to the session, different in every answer, worth nothing elsewhere (F6)."""

import base64
import binascii
import hmac
import secrets
from hashlib import sha256
from typing import Final

FIELD: Final = "_csrf_token"
HEADER: Final = b"x-csrf-token"
_SIZE: Final = 32


class FormTokens:
    """Makes and checks tokens with the installation's secret."""

    def __init__(self, secret_key: str) -> None:
        """Derive an own key, so that no other use of the secret can make a token."""
        self._key = hmac.digest(secret_key.encode(), b"karavan form token", sha256)

    def make(self, session_secret: str) -> str:
        """Make a token of a session; masked anew each time, so that compression tells nothing about it."""
        mask = secrets.token_bytes(_SIZE)
        masked = _xor(mask, self._raw(session_secret))
        return base64.urlsafe_b64encode(mask + masked).decode().rstrip("=")

    def matches(self, token: str, session_secret: str) -> bool:
        """Whether the token was made for this very session."""
        try:
            sent = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
        except (binascii.Error, UnicodeEncodeError):
            return False
        if len(sent) != 2 * _SIZE:
            return False
        return hmac.compare_digest(_xor(sent[:_SIZE], sent[_SIZE:]), self._raw(session_secret))

    def _raw(self, session_secret: str) -> bytes:
        return hmac.digest(self._key, session_secret.encode(), sha256)


def _xor(one: bytes, two: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(two)).to_bytes(_SIZE)
