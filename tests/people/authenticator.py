"""A device that makes and answers with passkeys, out of the standard alone: what it says wrong, a test chose."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes

import cbor2
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from tests.access.browsers import ORIGIN

HOST = "127.0.0.1"
_PRESENT, _VERIFIED, _HAS_KEY = 0x01, 0x04, 0x40


def packed(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


class _User(Struct):
    id: str = ""


class _Asked(Struct):
    challenge: str
    user: _User = msgspec.field(default_factory=_User)


class Authenticator:
    """One key of one person; ``origin``, ``host`` and ``is_verified`` are what an honest device would say."""

    def __init__(self, *, origin: str = ORIGIN, host: str = HOST, is_verified: bool = True) -> None:
        self.origin, self.host, self.is_verified = origin, host, is_verified
        self.id, self.count, self.handle = token_bytes(16), 0, b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: str) -> str:
        """Answer to a question for a new key."""
        asked = msgspec.json.decode(options, type=_Asked)
        self.handle = unpacked(asked.user.id)
        numbers = self._key.public_key().public_numbers()
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})
        said = self._said(_HAS_KEY) + bytes(16) + len(self.id).to_bytes(2) + self.id + key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        client = self._client("webauthn.create", asked.challenge)
        return self._answer({"clientDataJSON": packed(client), "attestationObject": packed(attestation)})

    def answer(self, options: str, *, handle: bytes | None = None, counts: bool = True) -> str:
        """Answer to a question at the door; ``handle``: whose key it claims to be."""
        self.count += counts
        client, said = self._client("webauthn.get", msgspec.json.decode(options, type=_Asked).challenge), self._said(0)
        signature = self._key.sign(said + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({
            "clientDataJSON": packed(client),
            "authenticatorData": packed(said),
            "signature": packed(signature),
            "userHandle": packed(self.handle if handle is None else handle),
        })  # fmt: skip

    def _said(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.is_verified else 0)
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        one = {"id": packed(self.id), "rawId": packed(self.id), "type": "public-key", "response": response}
        return json.dumps(one)
