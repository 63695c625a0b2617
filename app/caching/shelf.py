"""What one request may read from the caches. Pages say ``read(transaction, FAMILY, question)`` and nothing more."""

from collections.abc import Mapping
from functools import partial
from typing import TypeVar, cast

from msgspec import Struct

from app.caching.counting import tally_of
from app.caching.families import Family, Kind
from app.caching.flight import Flights
from app.caching.keys import Fence
from app.caching.lazy import Lazy
from app.caching.marks import Moment, floors_of
from app.caching.near import Near
from app.caching.protocol import Cache, Call, Shown
from app.caching.queries import read_realm
from app.caching.store import AwayError, Store
from app.caching.synchronized import Checker, Checks, Synchronized
from app.caching.telling import Teller
from app.caching.versioned import Versioned
from app.caching.write_through import WriteThrough
from app.infra.db.transaction import Transaction

A = TypeVar("A")
T = TypeVar("T")


class Caches:
    """The caches of one process."""

    def __init__(self, store: Store, checker: Checker, near: Near | None = None) -> None:
        """Put the three together over one store."""
        self.store = store
        self.near = near or Near()
        flights = Flights(store)
        versioned = Versioned(store, flights)
        self._by_kind: Mapping[Kind, Cache] = {
            "lazy": Lazy(store, flights, self.near),
            "synchronized": Synchronized(versioned, Checks(checker)),
            "write-through": WriteThrough(versioned),
        }
        self._realm = ""

    async def open(self, transaction: Transaction, reader: tuple[object, ...], moment: Moment) -> "Shelf | None":
        """Make what one request reads from; None while Redis is away or not known yet."""
        fence = await self._fence(transaction)
        return None if fence is None else Shelf(self._by_kind, fence, reader, moment)

    async def teller(self, transaction: Transaction) -> Teller | None:
        """Make what tells of a writing transaction; None while Redis is away or not known yet."""
        fence = await self._fence(transaction)
        return None if fence is None else Teller(self.store, fence)

    async def _fence(self, transaction: Transaction) -> Fence | None:
        try:
            run = await self.store.run()
        except AwayError:
            return None
        if not self._realm:
            self._realm = await read_realm(transaction)
        return Fence(transaction.tenant_id, f"{self._realm}{run}")


class Shelf(Struct, frozen=True):
    """The caches as one request sees them: its tenant, whoever it reads for, and its snapshot are part of it."""

    caches: Mapping[Kind, Cache]
    fence: Fence
    reader: tuple[object, ...]
    moment: Moment

    async def read(self, transaction: Transaction, family: Family[A, T], ask: A) -> Shown[T]:
        """Give the answer, kept or read."""
        tags = () if family.tags is None else tuple(family.tags(ask))
        needed = self.moment.needed(tags)
        load = partial(family.load, transaction, ask)
        tally = tally_of(family.name, self.fence.tenant_id)
        if needed is None and family.kind != "lazy":
            tally.count("bypass")
            return Shown(await load())
        scope = (() if family.is_common else self.reader, *family.scope(ask))
        call: Call[T] = Call(
            name=self.fence.name(family.name, family.shape, scope, family.parts(ask)),
            tenant_id=self.fence.tenant_id,
            values=family.values,
            bounds=family.bounds,
            tally=tally,
            load=load,
            is_near=family.is_near,
            floors=tuple(floor for tag in tags for floor in floors_of(self.fence, tag)),
            beat=self.fence.beat,
            tags=tuple(name for name, _ in tags),
            max_lag_s=family.max_lag_s,
            horizon=self.moment.horizon,
            needed=needed or 0,
            begun_ms=self.moment.begun_ms,
        )
        return await self.caches[family.kind].read(call)


async def read(transaction: Transaction, family: Family[A, T], ask: A) -> T:
    """Answer a question from the caches of this request, or from the owner where it has none."""
    return (await shown(transaction, family, ask)).value


async def shown(transaction: Transaction, family: Family[A, T], ask: A) -> Shown[T]:
    """Answer a question with the age of the answer."""
    shelf = cast("Shelf | None", transaction.shelf)
    if shelf is None:
        return Shown(await family.load(transaction, ask))
    return await shelf.read(transaction, family, ask)
