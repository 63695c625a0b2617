"""A ticket between the two halves of a sign-in: the password was right, the code is still to come.

It names account and epoch, is signed, lasts five minutes, and opens nothing by itself.
"""

import base64
import binascii
import hmac
import time
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from app.infra.http.secrets import derive

LIFE_S: Final = 300
_MAX_LENGTH: Final = 1000
_MAC: Final = 32


class Ticket(Struct, frozen=True, array_like=True):
    """Whose password was right, under which epoch, and until when the ticket is believed (seconds)."""

    login: str
    epoch: int
    until: float


class Tickets:
    """Writes and reads tickets with the installation's secret."""

    def __init__(self, secret_key: str) -> None:
        """Derive an own key."""
        self._key = derive(secret_key, "sign-in tickets").encode()

    def write(self, login: str, epoch: int) -> str:
        """Write a ticket that lasts five minutes from now."""
        body = msgspec.json.encode(Ticket(login, epoch, time.time() + LIFE_S))
        return base64.urlsafe_b64encode(hmac.digest(self._key, body, sha256) + body).decode().rstrip("=")

    def read(self, text: str) -> Ticket | None:
        """Read a ticket; one that is not ours or is over is nothing."""
        if len(text) > _MAX_LENGTH or not text.isascii():
            return None
        try:
            raw = base64.urlsafe_b64decode(text.encode() + b"==")
            if not hmac.compare_digest(raw[:_MAC], hmac.digest(self._key, raw[_MAC:], sha256)):
                return None
            ticket = msgspec.json.decode(raw[_MAC:], type=Ticket)
        except (binascii.Error, msgspec.MsgspecError):
            return None
        return ticket if ticket.until > time.time() else None
