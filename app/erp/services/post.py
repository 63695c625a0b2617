"""One person at the exchange: rights, and how what is done is written down."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Policy
from app.erp.wire.client import NODE
from app.infra import audit
from app.infra.db.transaction import Transaction
from app.infra.http.text import clean_text
from app.kernel.errors import NotAllowedError, Problem, RejectedError

_LONGEST_REASON: Final = 300


class Post(Struct, frozen=True):
    """Who looks at the exchange of the own tenant, in which transaction."""

    transaction: Transaction
    actor: Actor
    policy: Policy
    node: str = NODE

    async def require(self, action: str) -> None:
        """Insist on a right to the exchange; the manufacturer's people only.

        Raises:
            NotAllowedError: the person has it not.
        """
        if not await self.may(action):
            raise NotAllowedError

    async def may(self, action: str) -> bool:
        """Whether the person may do this with the exchange."""
        decision = await self.policy.decision(self.transaction, self.actor, "erp", action)
        return self.actor.is_staff and not decision.is_empty

    async def note(
        self,
        action: str,
        object_id: UUID | None,
        name: str,
        sides: tuple[Mapping[str, object], Mapping[str, object]],
        reason: str = "",
    ) -> None:
        """Write down what was done: before, after, why."""
        before, after = sides
        await audit.record(
            *(self.transaction, action, "exchange", object_id),
            actor_id=self.actor.user_id,
            object_name=name,
            before=before,
            after=after,
            detail={"reason": reason} if reason else {},
        )


def read_reason(text: str) -> str:
    """Read why something is done.

    Raises:
        RejectedError: nothing is said.
    """
    reason = clean_text(text, field="reason", max_length=_LONGEST_REASON)
    if not reason:
        raise RejectedError([Problem("erp_reason_missing", "reason")])
    return reason
