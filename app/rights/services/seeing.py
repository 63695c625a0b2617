"""See as: an administrator looks through another person's eyes, with a reason, for half an hour, and only looks."""

from typing import Final
from uuid import UUID

from app.access.actors import Actor
from app.access.policy import Facts, require
from app.access.seeing import RIGHT
from app.access.sessions import Credential, write_credential
from app.infra import audit
from app.kernel.ids import new_id, new_token, token_hash
from app.rights.queries import seeings
from app.rights.services.asking import find_person
from app.rights.services.desk import Desk, refuse

# Nobody looks through the eyes of whoever could do the same, or decides about rights.
_PEERS: Final = (("tenant", "admin"), ("access", "approve"), RIGHT)


async def may_see_as(desk: Desk, person: Actor) -> bool:
    """Whether the way there is offered at all."""
    decision = await desk.policy.decision(desk.transaction, desk.actor, *RIGHT)
    is_other = person.user_id != desk.actor.user_id
    return is_other and decision.check(Facts(org=person.partner_id)) and not await _is_peer(desk, person)


async def start(desk: Desk, person_id: UUID, reason: str, own: Credential) -> str:
    """Begin to look as somebody; gives the secret for the browser, once.

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
    await seeings.begin(desk.transaction, look_id, token_hash(secret), own.secret_hash, desk.actor, person, reason)
    await audit.record(
        desk.transaction, "seeing.began", "user", person.user_id, actor_id=desk.actor.user_id,
        on_behalf_id=person.user_id, object_name=person.name, partner_id=person.partner_id, detail={"reason": reason},
    )  # fmt: skip
    return write_credential(desk.transaction.tenant_id, person.kind, secret)


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
