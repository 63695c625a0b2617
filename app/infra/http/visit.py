"""What the edge knows of one request; every layer above reads it, only the edge writes it."""

from collections.abc import Callable, MutableMapping
from typing import Final, cast

from msgspec import Struct

from app.infra.db.transaction import Transaction

_KEY: Final = "karavan.visit"
DEFAULT_LOCALE: Final = "ru"
DEFAULT_ZONE: Final = "Asia/Almaty"


class Visit(Struct):
    """One request from its first byte to its last.

    ``transaction`` is open while a handler runs.
    """

    request_id: str
    address: str = ""
    locale: str = DEFAULT_LOCALE
    zone: str = DEFAULT_ZONE
    theme: str = ""
    make_csrf_token: Callable[[], str] = str  # of a session; nothing for anybody else
    is_signed_in: bool = False
    transaction: Transaction | None = None
    idempotency_key: str = ""

    @property
    def csrf_token(self) -> str:
        """What forms of this answer carry; masked anew whenever it is asked for."""
        return self.make_csrf_token()


def visit_of(scope: object) -> Visit:
    """Find the visit of an ASGI scope; the front puts one into every scope."""
    return cast("Visit", cast("MutableMapping[str, object]", scope)[_KEY])


def begin_visit(scope: object, visit: Visit) -> None:
    """Attach the visit to its scope."""
    cast("MutableMapping[str, object]", scope)[_KEY] = visit
