"""The worker's part: who hears of it, bell rows, letters. Rights are asked again at the very moment of telling."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actors import Actor
from app.access.policy import Policy
from app.access.services import people
from app.access.subjects import NOTIFICATION, Subject, Subjects
from app.access.terms import Facts
from app.infra import live, outbox
from app.infra.db.transaction import Transaction, open_tenant_transaction
from app.infra.outbox_claims import Claimed, Setback, bury, claim, finish, postpone
from app.notifications import queries
from app.notifications.letters import Desk, Letter, LetterKind, Post, write_letter
from app.notifications.notices import Notice, Notices
from app.notifications.services import LANE, News

_log: Final = structlog.stdlib.get_logger("notifications")
_AT_ONCE: Final = 20
_MOST_ATTEMPTS: Final = 8
_LONGEST_WAIT_S: Final = 900.0
_HEADS: Final = ("distributor_head", "direct_buyer_head")
_WORKER: Final = "notifications"


class Told(Struct, frozen=True):
    """A letter to be written: to whom, and about which entry of the bell."""

    entry_id: UUID
    membership_id: UUID


class Telling:
    """What the loops need: the kinds of news and of objects, and the policy."""

    def __init__(
        self,
        notices: Iterable[Notice],
        subjects: Iterable[Subject],
        letters: Iterable[LetterKind] = (),
        secret_key: str = "",
    ) -> None:
        """Know the rooms' kinds; letters with links in them need the installation's secret."""
        self.letters = {one.kind: one for one in letters}
        self.secret_key = secret_key
        self.notices = Notices(notices)
        self.subjects = Subjects(subjects)
        self.policy = Policy()

    async def may_hear(
        self, transaction: Transaction, actor: Actor, object_kind: str, facts: Facts | None, action: str = ""
    ) -> bool:
        """Whether the person may read news at all, and may see the object of this one, or do ``action`` to it."""
        bell = await self.policy.decision(transaction, actor, NOTIFICATION, "view")
        if bell.is_empty:
            return False
        return await self.subjects.may_see(transaction, self.policy, actor, object_kind, facts, action)


async def fan_out(transaction: Transaction, telling: Telling) -> bool:
    """Write the entries of what waits; all in one transaction, so nobody hears twice. False: nothing waited."""
    claimed = await claim(transaction, LANE, _WORKER, limit=_AT_ONCE)
    for one in claimed:
        await _tell_safely(transaction, telling, one)
    return bool(claimed)


async def _tell_safely(transaction: Transaction, telling: Telling, one: Claimed) -> None:
    """Tell one piece of news; what cannot be told waits or is given up, and the others go on."""
    try:
        async with transaction.connection.begin_nested():
            await _tell(transaction, telling, one)
    except Exception as error:  # noqa: BLE001 - one bad piece of news must not silence the bell
        _log.warning("news could not be told", kind=one.kind, exc_info=error)
        await _set_back(transaction, one, error)
    else:
        await finish(transaction, one)


async def _tell(transaction: Transaction, telling: Telling, one: Claimed) -> None:
    notice = telling.notices.get(one.kind)
    if notice is None:
        _log.error("news of an unknown kind", kind=one.kind)
        return
    news = msgspec.json.decode(one.body, type=News)
    facts = await telling.subjects.facts(transaction, {news.object_kind: [news.object_id]})
    known = facts.get((news.object_kind, news.object_id))
    for actor in await _audience(transaction, notice, news):
        if await telling.may_hear(transaction, actor, news.object_kind, known, notice.asks):
            await _ring(transaction, telling, notice, news, actor)


async def _audience(transaction: Transaction, notice: Notice, news: News) -> Sequence[Actor]:
    """Find candidates, one place a person; whether they may hear is asked of the policy."""
    audience = news.audience
    staff = await people.staff(transaction) if notice.tells_managers or audience.partner_id is None else ()
    own = staff if audience.partner_id is None else await people.clients_people(transaction, audience.partner_id)
    authors = [actor for actor in own if actor.user_id == audience.author_id]
    if notice.asks:
        concerned = [actor for actor in own if actor not in authors]
    else:
        concerned = authors or [actor for actor in own if actor.role in _HEADS]
    # Of the manufacturer's people those hear who look after somebody.
    managers = [actor for actor in staff if notice.tells_managers and (actor.regions or actor.partners)]
    return list({actor.user_id: actor for actor in reversed((*concerned, *managers))}.values())


async def _ring(transaction: Transaction, telling: Telling, notice: Notice, news: News, actor: Actor) -> None:
    entry_id = await queries.add(transaction, actor, notice.kind, news.object_kind, news.object_id, news.params)
    told = telling.notices.tell(notice.kind, news.object_id, news.params, actor.locale)
    unread = await queries.count_unread(transaction, actor)
    await live.publish(
        transaction,
        actor.partner_id,
        notice.kind,
        NOTIFICATION,
        entry_id,
        {"unread": unread, "toast": told.title, "tone": told.tone},
        user_id=actor.user_id,
    )
    if notice.is_mailed:
        body = Told(entry_id, actor.membership_id)
        await outbox.enqueue(transaction, "mail", f"person:{actor.user_id}", notice.kind, body)


async def send_letters(engine: AsyncEngine, tenant_id: int, telling: Telling, post: Post, public_url: str) -> bool:
    """Send what waits; no transaction is open while the post is talked to. False: nothing waited."""
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        claimed = await claim(transaction, "mail", _WORKER, limit=_AT_ONCE, lease_s=60)
    for one in claimed:
        await _send(engine, tenant_id, telling, post, public_url, one)
    return bool(claimed)


async def _send(
    engine: AsyncEngine, tenant_id: int, telling: Telling, post: Post, public_url: str, one: Claimed
) -> None:
    async with open_tenant_transaction(engine, tenant_id, read_only=True) as transaction:
        letter = await _letter(transaction, telling, public_url, one)
    try:
        if letter is not None:
            await post.send(letter)
    except (OSError, ValueError) as error:
        async with open_tenant_transaction(engine, tenant_id) as transaction:
            await _set_back(transaction, one, error)
        return
    async with open_tenant_transaction(engine, tenant_id) as transaction:
        await finish(transaction, one)


async def _letter(transaction: Transaction, telling: Telling, public_url: str, one: Claimed) -> Letter | None:
    """Write what is to be sent now; None if there is nobody left to tell."""
    kind = telling.letters.get(one.kind)
    if kind is not None:
        return await kind.write(transaction, Desk(public_url, telling.secret_key), one.id, one.body)
    body = msgspec.json.decode(one.body, type=Told)
    actor = await people.member(transaction, body.membership_id)
    entry = None if actor is None else await queries.read_one(transaction, actor, body.entry_id)
    if actor is None or entry is None:
        return None
    facts = await telling.subjects.facts(transaction, {entry.object_kind: [entry.object_id]})
    known = facts.get((entry.object_kind, entry.object_id))
    if not await telling.may_hear(transaction, actor, entry.object_kind, known):
        return None
    tenant = await queries.tenant_name(transaction, actor.locale)
    told = telling.notices.tell(entry.kind, entry.object_id, entry.params, actor.locale)
    return write_letter(entry.id, actor, tenant, told, public_url)


async def _set_back(transaction: Transaction, one: Claimed, error: Exception) -> None:
    if one.attempt >= _MOST_ATTEMPTS or isinstance(error, ValueError):
        await bury(transaction, one, type(error).__name__, str(error))
        return
    wait = min(_LONGEST_WAIT_S, 2.0**one.attempt * 5)
    setback = Setback(type(error).__name__, str(error), wait, may_have_left=True, spends_attempt=True)
    await postpone(transaction, one, setback)
