"""Who settles something, in which transaction, and how it is written down."""

from collections.abc import Mapping
from typing import cast

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra import audit
from app.infra.db.transaction import Transaction


class Office(Struct, frozen=True):
    """One administrator at work on the settings of the own tenant."""

    transaction: Transaction
    actor: Actor

    async def note(
        self, action: str, before: Mapping[str, object], after: Mapping[str, object], name: str = ""
    ) -> None:
        """Write down what changed, before and after; nothing where nothing did."""
        if before != after:
            await audit.record(
                *(self.transaction, action, "settings", None),
                actor_id=self.actor.user_id,
                object_name=name,
                before=before,
                after=after,
            )


def plain(value: Struct) -> dict[str, object]:
    """Give the fields of a struct by name."""
    return cast("dict[str, object]", msgspec.structs.asdict(value))
