"""Hints of an ERP: that something changed, never what. Whoever forges, repeats or loses one changes nothing.

A hint wakes the way in of its tenant, which then asks the ERP itself; without any hint the same happens a little later.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from limits import RateLimitItemPerMinute
from msgspec import Meta, Struct

from app.access.tenants import Tenants
from app.infra.http.failures import EdgeError
from app.infra.http.limits import RateLimiter, address_block
from app.infra.http.secrets import derive
from app.infra.waking import Crier
from app.kernel.clock import utc_now

_LATE: Final = timedelta(minutes=5)  # either way: clocks differ, and a hint kept for later is worth nothing
_PER_BLOCK: Final = RateLimitItemPerMinute(1200, 1, namespace="erp-hints")
_SCHEME: Final = "sha256="


class Changed(Struct, frozen=True):
    """One object that is said to have changed."""

    set: Annotated[str, Meta(max_length=200)]
    ref: Annotated[str, Meta(max_length=36)]


class Hint(Struct, frozen=True):
    """A hint as the ERP posts it; of its content only tenant and time matter."""

    event_id: Annotated[str, Meta(min_length=1, max_length=100)]
    sent_at: datetime
    ib: Annotated[str, Meta(max_length=100)]
    tenant: Annotated[str, Meta(min_length=1, max_length=100)]
    node: Annotated[str, Meta(max_length=100)]
    hint: Annotated[list[Changed], Meta(max_length=1000)]


Verdict = Literal["ok", "unsigned", "unreadable", "late"]


def hint_secret(secret_key: str, tenant: str) -> str:
    """Make what the ERP of one tenant signs with; another tenant's is another."""
    return derive(secret_key, f"hints of {tenant}")


def word_of_hint(tenant_id: int) -> str:
    """Name the way in of a tenant, as a hint wakes it."""
    return f"hint:{tenant_id}"


def judge(secret_key: str, tenant: str, signature: str, body: bytes, now: datetime) -> Verdict:
    """Tell whether a hint may wake a tenant. Nothing of the body is looked at before its signature is right."""
    expected = _SCHEME + hmac.new(hint_secret(secret_key, tenant).encode(), body, sha256).hexdigest()
    if not hmac.compare_digest(signature.encode("latin-1", "replace"), expected.encode()):
        return "unsigned"
    try:
        hint = msgspec.json.decode(body, type=Hint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "unreadable"
    if hint.tenant != tenant or hint.sent_at.tzinfo is None:
        return "unreadable"
    return "ok" if abs(now - hint.sent_at.astimezone(UTC)) <= _LATE else "late"


class HintBox:
    """Where hints come in, for all tenants of an installation."""

    def __init__(self, secret_key: str, tenants: Tenants, limiter: RateLimiter, crier: Crier) -> None:
        """Wake over this crier, no oftener than the limiter lets one network ask."""
        self._secret_key = secret_key
        self._tenants = tenants
        self._limiter = limiter
        self._crier = crier

    async def take(self, address: str, code: str, signature: str, body: bytes) -> None:
        """Wake the way in of a tenant if the hint is its ERP's own.

        Raises:
            EdgeError: it is not, or it cannot be read, or it is old.
            TooManyRequestsError: this network asks too often.
        """
        await self._limiter.hit(_PER_BLOCK, address_block(address))
        verdict = judge(self._secret_key, code, signature, body, utc_now())
        if verdict == "unsigned":
            # The same whether or not there is such a tenant: none was looked for.
            raise EdgeError(403, "not_allowed")
        if verdict != "ok":
            raise EdgeError(400, "malformed_request")
        if (tenant := await self._tenants.by_code(code)) is not None:
            self._crier.say([word_of_hint(tenant.id)])
