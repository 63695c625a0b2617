"""See as: an administrator looks through another person's eyes, with a reason, for half an hour, and only looks."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.policy import Facts, require
from app.access.seeing import LASTS, RIGHT
from app.access.sessions import Credential, write_credential
from app.infra import audit
from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id, new_token, token_hash
from app.rights.queries import seeings
from app.rights.schemas import SeeingView
from app.rights.services.asking import find_person
from app.rights.services.desk import Desk, refuse

# Nobody looks through the eyes of whoever could do the same, or decides about rights.
_PEERS: Final = (("tenant", "admin"), ("access", "approve"), RIGHT)


async def may_see_as(desk: Desk, person: Actor) -> bool:
    """Whether the way there is offered at all."""
    decision = await desk.policy.decision(desk.transaction, desk.actor, *RIGHT)
    is_other = person.user_id != desk.actor.user_id
    return is_other and decision.check(Facts(org=person.partner_id)) and not await _is_peer(desk, person)


class Begun(Struct, frozen=True):
    """A look that has begun: the secret for the browser, given once, and what is told of it."""

    credential: str
    look: SeeingView


async def start(desk: Desk, person_id: UUID, reason: str, own: Credential) -> Begun:
    """Begin to look as somebody.

    Raises:
        NotFoundError: no such person within the actor's right.
        NotAllowedError: the actor may not look as this person.
        RejectedError: it is the actor, or somebody who may do as much; or the actor came by a token.
    """
    person, _ = await find_person(desk, person_id)
    require(await desk.policy.decision(desk.transaction, desk.actor, *RIGHT), Facts(org=person.partner_id))
    if own.is_bearer or own.kind != "staff":
        raise refuse("seeing_needs_session")
    if person.user_id == desk.actor.user_id:
        raise refuse("seeing_oneself", "person")
    if await _is_peer(desk, person):
        raise refuse("seeing_administrator", "person")
    secret, look_id = new_token(), new_id()
    ends_at = await seeings.begin(
        desk.transaction, look_id, token_hash(secret), own.secret_hash, desk.actor, person, reason
    )
    await audit.record(
        desk.transaction, "seeing.began", "user", person.user_id, actor_id=desk.actor.user_id,
        on_behalf_id=person.user_id, object_name=person.name, partner_id=person.partner_id, detail={"reason": reason},
    )  # fmt: skip
    look = SeeingView(person.membership_id, person.user_id, person.name, reason, ends_at - LASTS, ends_at)
    return Begun(write_credential(desk.transaction.tenant_id, person.kind, secret), look)


async def running(desk: Desk, own: Credential, look: Credential | None) -> SeeingView | None:
    """Tell the look that runs in this browser, if one does."""
    found = None if look is None else await seeings.read_running(desk.transaction, own.secret_hash, look.secret_hash)
    if found is None:
        return None
    return SeeingView(found.membership_id, found.user_id, found.name, found.reason, found.began_at, found.ends_at)


async def note_overdue(transaction: Transaction) -> int:
    """Write down every look that time has ended, under both names and once; gives how many there were."""
    over = await seeings.end_overdue(transaction)
    for one in over:
        await audit.record(
            transaction, "seeing.ran_out", "user", one.user_id, actor_id=one.watcher_id, on_behalf_id=one.user_id,
            object_name=one.name, partner_id=one.partner_id, detail={"ended_at": one.ends_at.isoformat()},
        )  # fmt: skip
    return len(over)


async def end(desk: Desk, own: Credential, look: Credential | None) -> UUID | None:
    """Go back to oneself; gives the membership that was seen through. Ending twice is harmless."""
    if look is None:
        return None
    ended = await seeings.end(desk.transaction, own.secret_hash, look.secret_hash)
    if ended is None:
        return None
    person_id, membership_id = ended
    await audit.record(
        desk.transaction, "seeing.ended", "user", person_id, actor_id=desk.actor.user_id, on_behalf_id=person_id
    )
    return membership_id


async def _is_peer(desk: Desk, person: Actor) -> bool:
    for right in _PEERS:
        if not (await desk.policy.decision(desk.transaction, person, *right)).is_empty:
            return True
    return False
