"""Where a request may come from: the one public address, and nothing a page elsewhere can imitate."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

# Whole, with nothing but a port behind it: in "127.0.0.1:80@evil" the host is "evil".
_LOOPBACK: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?")
_OWN_SITE: Final = frozenset({b"same-origin", b"none"})


class Origins:
    """Knows the portal's own address; on a developer's machine any loopback spelling of it."""

    def __init__(self, public_url: str) -> None:
        """Take ``scheme://host[:port]``."""
        parts = urlsplit(public_url)
        self.scheme = parts.scheme
        self._netloc = parts.netloc.lower()
        self.is_secure = parts.scheme == "https"
        self._is_loopback = not self.is_secure and _LOOPBACK.fullmatch(self._netloc) is not None

    def is_our_host(self, host: str) -> bool:
        """Whether a Host header names this installation; forwarded headers are never asked."""
        host = host.lower()
        return host == self._netloc or (self._is_loopback and _LOOPBACK.fullmatch(host) is not None)

    def is_our_origin(self, origin: str, host: str) -> bool:
        """Whether an Origin header is exactly the address the request was sent to."""
        return self.is_our_host(host) and origin.lower() == f"{self.scheme}://{host.lower()}"

    def may_change(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether a request that changes something comes from our own pages or from no page at all.

        Browsers always say where a cross-site POST comes from; scripts say nothing, and are asked for
        their form token or bearer token instead.
        """
        site = headers.get(b"sec-fetch-site")
        if site is not None and site not in _OWN_SITE:
            return False
        origin = headers.get(b"origin")
        return origin is None or self.is_our_origin(origin.decode("latin-1"), _host(headers))


def _host(headers: Mapping[bytes, bytes]) -> str:
    return headers.get(b"host", b"").decode("latin-1")
