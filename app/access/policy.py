"""The one policy: who may do what, decided from rules kept in PostgreSQL and compiled once per version.

    decision = await policy.decision(transaction, actor, "order", "submit")
    require(decision, Facts(org=order.partner_id, author=order.author_id, …))   # one object
    select(…).where(decision.sql({"org": Order.partner_id, …}))                # a list

On a warm path a decision costs no statement: the actor carries the versions of rules and facts that the first
statement of the request read, and they name what is remembered here. A version that moved is never served.
"""

import asyncio
import time
from collections import OrderedDict
from typing import Final, Generic, TypeVar
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.access.actors import Actor
from app.access.book import RuleBook
from app.access.compiler import compile_decision, next_change
from app.access.decisions import Conjunction, Decision, MissingColumnError, require
from app.access.explaining import Explanation
from app.access.permissions import PERMISSIONS
from app.access.queries import ClientFacts, load_book, load_client_facts, read_now
from app.access.seeing import limit_of
from app.access.terms import Facts, Own
from app.infra.db.transaction import Transaction

__all__ = ["Conjunction", "Decision", "Explanation", "Facts", "MissingColumnError", "Policy", "require"]

_DECISIONS: Final = 20_000  # about 1 KB each
_BOOKS: Final = 16  # tenants x versions still read by open transactions
_CLIENTS: Final = 5_000

K = TypeVar("K")
V = TypeVar("V")
# Whoever stands in for another works; they neither change who may do what nor the other's own affairs.
NOT_HANDED_ON: Final = frozenset(
    {("user", "edit"), ("tenant", "admin"), ("access", "edit"), ("access", "approve"), ("user", "see_as")}
)
# All that is left to whoever must set up a second factor first.
_WITHOUT_FACTOR: Final = frozenset({("profile", "edit")})
_Key = tuple[int, UUID, UUID, str, str, int, int]
_Standing = tuple[str, UUID | None, str, tuple[UUID, ...], tuple[UUID, ...]]


class Recent(Generic[K, V]):
    """A dictionary that forgets what was not used for longest."""

    def __init__(self, size: int) -> None:
        """Hold at most ``size`` entries."""
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Read and remember as used."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: K, value: V) -> None:
        """Keep, and forget the oldest if there are too many."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)


class _Kept(Struct, frozen=True):
    decision: Decision
    standing: _Standing
    until: float  # monotonic seconds: when a dated rule begins or ends


def subjects_of(actor: Actor) -> list[str]:
    """Name everything a rule may be written for that means this person in this membership."""
    subjects = [f"r:{actor.role}", f"u:{actor.user_id}", f"m:{actor.membership_id}"]
    return subjects if actor.partner_id is None else [*subjects, f"o:{actor.partner_id}"]


class Policy:
    """Decisions of one process. Safe to share between requests of one event loop."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._decisions: Recent[_Key, _Kept] = Recent(_DECISIONS)
        self._books: Recent[tuple[int, int], RuleBook] = Recent(_BOOKS)
        self._clients: Recent[tuple[int, UUID, int], ClientFacts] = Recent(_CLIENTS)
        self._loading: dict[int, asyncio.Lock] = {}

    async def decision(self, transaction: Transaction, actor: Actor, resource: str, action: str) -> Decision:
        """Decide what the actor may do; the answer holds for this transaction only.

        Raises:
            LookupError: no such permission in ``policies/permissions.csv``.
            BrokenRulesError: the tenant has no rules that could be served.
        """
        if actor.watcher is None:
            found = await self._decide(transaction, actor, resource, action)
        else:
            found = await self._seen(transaction, actor, actor.watcher, (resource, action))
        if transaction.grounds is not None and not found.is_empty:
            transaction.grounds.decide(resource, action)
        return found

    async def _decide(self, transaction: Transaction, actor: Actor, resource: str, action: str) -> Decision:
        """Decide for the person as themselves."""
        if _is_withheld(actor, resource, action):
            return Decision((), (), actor.user_id, actor.branch, permission=f"{resource}:{action}")
        key = (
            actor.tenant_id,
            actor.user_id,
            actor.membership_id,
            resource,
            action,
            actor.rules_v,
            actor.facts_v,
        )
        standing = (actor.role, actor.partner_id, actor.branch, actor.regions, actor.partners)
        kept = self._decisions.get(key)
        if kept is not None and kept.standing == standing and time.monotonic() < kept.until:
            return kept.decision
        if (resource, action) not in PERMISSIONS:
            message = f"{resource}:{action} is not in policies/permissions.csv"
            raise LookupError(message)
        return await self._compile(transaction, actor, key, standing)

    async def _seen(self, transaction: Transaction, actor: Actor, watcher: Actor, asked: tuple[str, str]) -> Decision:
        """Decide what somebody sees who looks as the actor: what both may."""
        theirs = await self._decide(transaction, replace(actor, watcher=None), *asked)
        return theirs.within(await self._decide(transaction, watcher, *limit_of(*asked, PERMISSIONS)))

    async def own(self, transaction: Transaction, actor: Actor) -> Own:
        """Tell what ``@own`` and ``@branch`` mean for the actor."""
        book = await self.book(transaction, actor)
        return (await self._own(transaction, actor, book))[0]

    async def frame(self, transaction: Transaction, actor: Actor, resource: str, action: str) -> Decision:
        """Decide what the role of a client's head allows in the actor's organisation: no more is lent there."""
        book = await self.book(transaction, actor)
        own, _ = await self._own(transaction, actor, book)
        now = await read_now(transaction)
        return compile_decision(book.frame_for(subjects_of(actor), resource, action), own, now)

    async def _compile(self, transaction: Transaction, actor: Actor, key: _Key, standing: _Standing) -> Decision:
        book = await self.book(transaction, actor)
        own, facts_v = await self._own(transaction, actor, book)
        subjects = subjects_of(actor)
        rules = book.rules_for(subjects, resource=key[3], action=key[4])
        frame = book.frame_for(subjects, resource=key[3], action=key[4]) if any(one.is_lent for one in rules) else []
        # The database's clock, as in every other date rule; read only when somebody compiles.
        now = await read_now(transaction)
        edge = next_change((*rules, *frame), now)
        until = time.monotonic() + (edge - now).total_seconds() if edge else float("inf")
        decision = compile_decision(rules, own, now, frame, permission=f"{key[3]}:{key[4]}")
        # A writing transaction may have read newer versions than it began with: use, but remember under those.
        self._decisions.put((*key[:5], book.version, facts_v), _Kept(decision, standing, until))
        return decision

    async def book(self, transaction: Transaction, actor: Actor) -> RuleBook:
        """Read the rules the actor is under, all of the tenant."""
        wanted = (actor.tenant_id, actor.rules_v)
        async with self._loading.setdefault(actor.tenant_id, asyncio.Lock()):
            book = self._books.get(wanted)
            if book is None:
                book = await load_book(transaction)
                self._books.put((actor.tenant_id, book.version), book)
        return book

    async def _own(self, transaction: Transaction, actor: Actor, book: RuleBook) -> tuple[Own, int]:
        if actor.partner_id is None:
            # Staff: what they serve stands in the membership; contracts of clients are nobody's own.
            regions, nothing = book.with_children(actor.regions), frozenset[UUID]()
            own = Own(actor.user_id, actor.branch, regions, frozenset(actor.partners), nothing, nothing)
            return own, actor.facts_v
        wanted = (actor.tenant_id, actor.partner_id, actor.facts_v)
        client = self._clients.get(wanted)
        if client is None:
            client = await load_client_facts(transaction, actor.partner_id)
            self._clients.put((actor.tenant_id, actor.partner_id, client.version), client)
        return (
            Own(
                actor.user_id,
                actor.branch,
                book.with_children(client.regions),
                frozenset((actor.partner_id,)),
                client.contracts,
                client.agreements,
            ),
            client.version,
        )


def _is_withheld(actor: Actor, resource: str, action: str) -> bool:
    """Whether a token is too narrow for this, a second factor is still missing, or a deputy does not inherit it."""
    if actor.permissions is not None and f"{resource}:{action}" not in actor.permissions:
        return True
    if actor.needs_factor and (resource, action) not in _WITHOUT_FACTOR:
        return True
    return actor.deputy_id is not None and (resource, action) in NOT_HANDED_ON
