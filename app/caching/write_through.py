"""The write-through cache: whoever wrote something sees it, and so does everybody whose page begins later (5.3).

The writing transaction leaves a mark of what it changed. Every request's first statement reads the marks that Redis
has not heard of, so a value that lacks one of these changes is never shown, whether the writer died after its commit
or Redis did not listen. The worker carries marks into Redis as floors, and only then takes them away.
"""

from typing import TypeVar

from app.caching.protocol import Call, Shown
from app.caching.store import AwayError
from app.caching.versioned import Versioned

T = TypeVar("T")


class WriteThrough:
    """The cache of what must agree at once."""

    def __init__(self, versioned: Versioned) -> None:
        """Share the part that knows versions."""
        self._versioned = versioned

    async def read(self, call: Call[T]) -> Shown[T]:
        """Give the value as it is for this request's snapshot, or newer."""
        try:
            found = await self._versioned.find(call)
        except AwayError:
            return await self._versioned.bypass(call)
        if found.kept is None:
            return await self._versioned.fetch(call, found.least, found.floors)
        call.tally.shown("hit", found.kept.age_s)
        return Shown(found.kept.value, found.kept.age_s)
