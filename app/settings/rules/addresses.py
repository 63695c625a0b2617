"""Where a tenant's infobase may be: only on servers the operator has listed.

1C stands in private networks, so "no private address" would forbid every real one, and any other rule about
addresses can be led astray by a name that resolves to something else. The operator knows the servers; whoever is not on
the list is not called. The portal follows no redirection from there, and sends nothing but its own calls below
``/hs/portal/v1``.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_PRINTABLE: Final = re.compile(r"[!-~]{1,200}")


class AddressError(Exception):
    """Why an address is none we may call; ``code`` picks the wording."""

    def __init__(self, code: str) -> None:
        """Name the reason."""
        super().__init__(code)
        self.code = code


def read_base(text: str) -> str:
    """Give an address in the one form it is kept in: scheme, host in small letters, port if it is unusual, path.

    Raises:
        AddressError: it is no address of a server.
    """
    text = text.strip()
    if not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise AddressError("address_malformed")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise AddressError("address_malformed") from None
    if parts.scheme not in _PORTS:
        raise AddressError("address_scheme")
    if "@" in parts.netloc:
        raise AddressError("address_with_user")
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/")
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path) or "?" in text or "#" in text or port == 0:
        raise AddressError("address_malformed")
    usual = port is None or port == _PORTS[parts.scheme]
    return f"{parts.scheme}://{host}{'' if usual else f':{port}'}{path}"


def origin_of(base: str) -> str:
    """Give the server of an address: scheme, host and port."""
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


def is_listed(base: str, listed: Iterable[str]) -> bool:
    """Whether the operator lists the server of this address."""
    return origin_of(base) in set(listed)
