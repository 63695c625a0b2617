"""What files hang on, and how to find out whether somebody may see it.

A room names its kinds in ``owners.py`` as ``OWNERS``: the rooms that know contracts, invoices and claims are above this
one. Being allowed to see documents is not enough for a file: its owner must be the reader's to see as well.
"""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.infra.db.transaction import Transaction


class Asking(Struct, frozen=True):
    """Who asks, under which rights, in which transaction."""

    transaction: Transaction
    policy: Policy
    actor: Actor


class Owner(Struct, frozen=True):
    """One kind of owner."""

    kind: str
    sees: Callable[[Asking, UUID], Awaitable[bool]]


class Owners:
    """All kinds of this installation."""

    def __init__(self, owners: Iterable[Owner]) -> None:
        """Index by kind."""
        self._owners = {one.kind: one for one in owners}

    async def may_see(self, asking: Asking, kind: str, owner_id: UUID) -> bool:
        """Whether the actor may see the owner of a file; nobody sees an owner no room knows."""
        owner = self._owners.get(kind)
        return owner is not None and await owner.sees(asking, owner_id)
