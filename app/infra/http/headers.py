"""Headers every answer carries (DESIGN, section 9)."""

from typing import Final

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default"
)
_ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Not "no-referrer": browsers then send "Origin: null" with our own forms, which we refuse.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_SECURE: Final[tuple[bytes, bytes]] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
_PRIVATE: Final = b"private, no-store"


def finish_headers(
    headers: list[tuple[bytes, bytes]], *, request_id: str, is_secure: bool
) -> list[tuple[bytes, bytes]]:
    """Add what is missing; an answer that says nothing about caching is never kept by anybody."""
    present = {name.lower() for name, _ in headers}
    added: list[tuple[bytes, bytes]] = [header for header in _ALWAYS if header[0] not in present]
    if is_secure:
        added.append(_SECURE)
    if b"cache-control" not in present:
        added.append((b"cache-control", _PRIVATE))
    added.append((b"x-request-id", request_id.encode()))
    return [*headers, *added]
