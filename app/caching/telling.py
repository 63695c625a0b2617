"""What a web process does for the caches when it has written: floors stand above the change before its answer leaves.

Nobody's correctness rests on it. The marks are part of the commit, and every request that begins later reads them; a
process that dies in between, or a Redis that is away, leaves them to the worker.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from app.caching.keys import Fence
from app.caching.marks import Mark, raised_by
from app.caching.queries import read_own
from app.caching.store import AwayError, Store
from app.infra.db.transaction import Transaction
from app.infra.waypoints import pass_by

_NONE: Final[Sequence[Mark]] = ()


class Teller:
    """Tells of one writing transaction."""

    def __init__(self, store: Store, fence: Fence) -> None:
        """Speak to this Redis about this tenant."""
        self._store = store
        self._fence = fence
        self._marks = _NONE

    async def gather(self, transaction: Transaction) -> None:
        """Read what the transaction has changed, as the last thing before it commits."""
        self._marks = await read_own(transaction)

    async def tell(self) -> None:
        """Raise the floors above it, now that it is committed; if Redis is away, the marks are enough."""
        if not self._marks:
            return
        with suppress(AwayError):
            await self._store.raise_floors(list(raised_by(self._fence, self._marks).items()))
        pass_by("out.told")
