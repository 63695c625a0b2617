"""Passkeys (WebAuthn): a key that never leaves the person's device and answers only to this portal's address.

Whoever signs in by one proves both that they have the device and that they may unlock it, so nothing else is asked.
A challenge is not stored: it is signed, lasts five minutes and is taken once (``spent_challenges``).
"""

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Struct
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.infra.http.secrets import derive

LIFE_S: Final = 300
_MAC: Final = 32
_CHALLENGE: Final = 32
_MAX_TICKET: Final = 1000
_MOST_TENANTS: Final = 2**31
Purpose = Literal["new", "sign-in"]


class Challenge(Struct, frozen=True, array_like=True):
    """What a ticket says: for what, for whom (empty: whoever answers), until when (seconds)."""

    purpose: Purpose
    whom: str
    challenge: bytes
    until: float

    @property
    def hash(self) -> bytes:
        """What is kept of a challenge once it was taken."""
        return sha256(self.challenge).digest()


class Asked(Struct, frozen=True):
    """What a browser is asked, as JSON for ``navigator.credentials``, and the ticket that goes back with its answer."""

    options: str
    ticket: str


class NewKey(Struct, frozen=True):
    """A key that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Answerer(Struct, frozen=True):
    """Whose key answers, as the device says; the database decides."""

    tenant_id: int
    user_id: UUID
    credential_id: bytes


class _Response(Struct):
    userHandle: str = ""  # noqa: N815 - the name in the standard


class _Answer(Struct):
    id: str
    response: _Response


class Passkeys:
    """Asks and checks for one portal; its host is the name keys are bound to, its origin the only one that may ask."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        """Derive an own key for tickets."""
        self._key = derive(secret_key, "passkey challenges").encode()
        self._origin = public_url
        self._host = urlsplit(public_url).hostname or "localhost"

    def ask_new(
        self, tenant_id: int, user_id: UUID, email: str, name: str, issuer: str, known: Sequence[bytes]
    ) -> Asked:
        """Ask a browser to make a key for a person; ``known`` are those they have."""
        challenge = secrets.token_bytes(_CHALLENGE)
        options = generate_registration_options(
            rp_id=self._host,
            rp_name=issuer,
            user_id=_handle(tenant_id, user_id),
            user_name=email,
            user_display_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        return Asked(options_to_json(options), self._write("new", f"{tenant_id}/{user_id}", challenge))

    def ask(self) -> Asked:
        """Ask a browser to answer with any key it has for this portal."""
        challenge = secrets.token_bytes(_CHALLENGE)
        options = generate_authentication_options(
            rp_id=self._host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
        return Asked(options_to_json(options), self._write("sign-in", "", challenge))

    def read(self, ticket: str, purpose: Purpose, whom: str = "") -> Challenge | None:
        """Read a ticket; one that is not ours, is over, or is for something or somebody else is nothing."""
        if len(ticket) > _MAX_TICKET or not ticket.isascii():
            return None
        try:
            raw = base64.urlsafe_b64decode(ticket.encode() + b"==")
            if not hmac.compare_digest(raw[:_MAC], hmac.digest(self._key, raw[_MAC:], sha256)):
                return None
            said = msgspec.json.decode(raw[_MAC:], type=Challenge)
        except (binascii.Error, msgspec.MsgspecError):
            return None
        is_good = said.purpose == purpose and said.whom == whom and said.until > time.time()
        return said if is_good else None

    def check_new(self, challenge: Challenge, credential: str) -> NewKey | None:
        """Check what a browser made; None if it does not answer this challenge for this portal."""
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge.challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return NewKey(made.credential_id, made.credential_public_key, made.sign_count)

    def check(self, challenge: Challenge, credential: str, public_key: bytes, sign_count: int) -> int | None:
        """Check an answer; gives the key's new count of uses, None if it is no answer to this challenge.

        A count that did not grow is a copy of the key, and no answer either; keys that do not count say 0.
        """
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge.challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return verified.new_sign_count

    def _write(self, purpose: Purpose, whom: str, challenge: bytes) -> str:
        body = msgspec.json.encode(Challenge(purpose, whom, challenge, time.time() + LIFE_S))
        return base64.urlsafe_b64encode(hmac.digest(self._key, body, sha256) + body).decode().rstrip("=")


def read_answerer(credential: str) -> Answerer | None:
    """Read whose key a browser answers with; anything else is nobody."""
    try:
        answer = msgspec.json.decode(credential, type=_Answer)
        tenant, _, user = _unpacked(answer.response.userHandle).decode("ascii").partition("/")
        whose = Answerer(int(tenant), UUID(user), _unpacked(answer.id))
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return None
    return whose if 0 < whose.tenant_id < _MOST_TENANTS else None


def _handle(tenant_id: int, user_id: UUID) -> bytes:
    return f"{tenant_id}/{user_id}".encode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"==")
