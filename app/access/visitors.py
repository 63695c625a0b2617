"""Who is behind a request, once the guard has looked."""

from collections.abc import MutableMapping
from typing import Final, cast

from msgspec import Struct

from app.access.actors import Actor
from app.access.sessions import Credential

_KEY: Final = "karavan.visitor"


class Visitor(Struct, frozen=True):
    """A person with a valid session or token, or nobody."""

    actor: Actor | None = None
    credential: Credential | None = None


_NOBODY: Final = Visitor()


def visitor_of(scope: object) -> Visitor:
    """Find out who is behind a request."""
    return cast("Visitor", cast("MutableMapping[str, object]", scope).get(_KEY, _NOBODY))


def remember_visitor(scope: object, visitor: Visitor) -> None:
    """Attach the visitor to the request."""
    cast("MutableMapping[str, object]", scope)[_KEY] = visitor
