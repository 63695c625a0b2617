"""Messages to the ERP that were given up: what was tried, and what a person decides."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.erp.queries import dead
from app.erp.queries.dead import Deed, Intent
from app.erp.schemas import DeedView, LetterView, MessageView
from app.erp.services.post import Post, read_reason
from app.kernel.errors import ChangedMeanwhileError, NotFoundError

_MOST: Final = 100
_STAGES: Final = {"skipped": "skipped", "renewed": "renewed"}


async def read_messages(post: Post) -> tuple[Sequence[MessageView], Sequence[MessageView]]:
    """Read what waits for a decision, and what was decided lately."""
    await post.require("manage")
    waiting = await dead.read_dead(post.transaction, _MOST)
    settled = await dead.read_settled(post.transaction, _MOST)
    return [_view(one) for one in waiting], [_view(one) for one in settled]


async def read_message(post: Post, message_id: UUID) -> MessageView:
    """Read one message with every attempt and everything that was done about it.

    Raises:
        NotFoundError: there is no such message.
    """
    await post.require("manage")
    found = await dead.find_intent(post.transaction, message_id)
    if found is None:
        raise NotFoundError
    letters = await dead.read_letters(post.transaction, message_id)
    deeds = await dead.read_deeds(post.transaction, message_id)
    return _view(
        found,
        [LetterView(one.at, one.attempt, one.failure, one.request, one.response) for one in letters],
        [DeedView(one.at, one.who, one.deed, one.reason, one.successor_id) for one in deeds],
    )


async def decide(post: Post, message_id: UUID, deed: Deed, reason: str) -> None:
    """Try a message again, send it as a new version, or leave it out.

    The same id lets the ERP recognise a message it has taken already; a new one is for a message it refused for good.

    Raises:
        ChangedMeanwhileError: somebody decided already.
        NotFoundError: there is no such message.
        RejectedError: no reason was given.
    """
    await post.require("manage")
    why = read_reason(reason)
    stage = await dead.lock_intent(post.transaction, message_id)
    found = await dead.find_intent(post.transaction, message_id)
    if not stage or found is None:
        raise NotFoundError
    if stage != "dead":
        raise ChangedMeanwhileError(1)
    successor = await _carry_out(post, message_id, deed)
    await dead.add_deed(post.transaction, message_id, post.actor.user_id, deed, why, successor)
    before: dict[str, object] = {"stage": stage, "attempt": found.attempt, "failure": found.failure}
    after: dict[str, object] = {"stage": {"retry": "sent", "renew": "renewed", "skip": "skipped"}[deed]}
    if successor is not None:
        after["successor"] = str(successor)
    await post.note(
        {"retry": "exchange.retry", "renew": "exchange.renew", "skip": "exchange.skip"}[deed],
        *(message_id, found.number or found.kind, (before, after), why),
    )


async def _carry_out(post: Post, message_id: UUID, deed: Deed) -> UUID | None:
    if deed == "retry":
        await dead.revive(post.transaction, message_id)
        return None
    if deed == "skip":
        await dead.close(post.transaction, message_id, "skipped")
        return None
    successor = await dead.renew(post.transaction, message_id)
    await dead.close(post.transaction, message_id, "renewed")
    return successor


def _view(one: Intent, letters: Sequence[LetterView] = (), deeds: Sequence[DeedView] = ()) -> MessageView:
    kind, _, order_id = one.aggregate.partition(":")
    return MessageView(
        id=one.id,
        order_id=UUID(order_id) if kind == "order" else None,
        number=one.number,
        kind=one.kind,
        stage=_STAGES.get(one.failure, one.stage),
        # Whoever tries again counts from the beginning; what was tried before is among the letters.
        attempts=max(one.attempt, one.letters, len(letters)),
        failure=one.failure,
        text=one.text,
        created_at=one.created_at,
        ended_at=one.done_at,
        letters=letters,
        deeds=deeds,
    )
