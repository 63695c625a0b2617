"""How far intents are that take several calls."""

from typing import Literal, Protocol
from uuid import UUID

Step = Literal["new", "created", "posted"]


class Steps(Protocol):
    """How far intents are that take several calls; each step is written down in a commit of its own."""

    def begun(self, intent_id: UUID) -> Step:
        """Tell how far an earlier attempt surely came."""
        ...

    async def reached(self, intent_id: UUID, step: Step) -> None:
        """Write down that a step is done, and that we are still at it.

        Raises:
            LeaseLostError: somebody else has this intent by now; nothing more may be sent for it.
        """
        ...


class LeaseLostError(Exception):
    """An intent is no longer ours."""
