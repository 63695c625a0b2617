"""Synchronized and write-through over a store of this process: floors, marks, the sign of life and the owner's word."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from app.caching.flight import Flights
from app.caching.keys import Fence
from app.caching.marks import Mark, Moment, floors_of, raised_by, read_moment
from app.caching.rules import Floor
from app.caching.synchronized import Checks, Synchronized
from app.caching.versioned import Versioned
from app.caching.write_through import WriteThrough
from tests.caching.fakes import FENCE, ONE, OTHER, FakeStore, Owner, call

TAGS = (("terms", ONE),)


class Word:
    """What the owner says about changes; counts how often it is asked."""

    def __init__(self, number: int = 0) -> None:
        self.number: int | None = number
        self.asked = 0

    async def labels(self, tenant_id: int, tags: Sequence[str]) -> Mapping[str, int]:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.number is None or tenant_id != FENCE.tenant_id:
            raise ConnectionRefusedError
        return dict.fromkeys(tags, self.number)


def through(store: FakeStore) -> WriteThrough:
    return WriteThrough(Versioned(store, Flights(store)))


def synchronized(store: FakeStore, word: Word) -> Synchronized:
    return Synchronized(Versioned(store, Flights(store)), Checks(word))


async def raise_by(store: FakeStore, *marks: Mark, fence: Fence = FENCE) -> None:
    await store.raise_floors(list(raised_by(fence, marks).items()))


async def test_a_value_is_kept_until_its_object_changes_and_no_longer() -> None:
    store, owner = FakeStore(), Owner()
    cache = through(store)
    for _ in range(3):
        assert (await cache.read(call(owner.load, tags=TAGS))).value == "first"
    assert owner.loads == 1
    owner.value = "second"
    await raise_by(store, Mark("terms", OTHER, 150))
    assert (await cache.read(call(owner.load, tags=TAGS))).value == "first", "another object changed"
    await raise_by(store, Mark("terms", ONE, 150))
    assert (await cache.read(call(owner.load, tags=TAGS, horizon=151))).value == "second"
    assert owner.loads == 2


@pytest.mark.parametrize("mark", [Mark("terms", None, 150), Mark("terms", ONE, 150)])
async def test_a_change_of_many_counts_for_each_and_a_change_of_one_for_the_whole(mark: Mark) -> None:
    store = FakeStore()
    cache, one, whole = through(store), Owner(), Owner()
    await cache.read(call(one.load, tags=TAGS))
    await cache.read(call(whole.load, tags=(("terms", None),), parts=("all",)))
    await raise_by(store, mark)
    await cache.read(call(one.load, tags=TAGS, horizon=151))
    await cache.read(call(whole.load, tags=(("terms", None),), parts=("all",), horizon=151))
    assert (one.loads, whole.loads) == (2, 2)


async def test_a_change_redis_has_not_heard_of_is_seen_by_whoever_begins_after_it() -> None:
    store, owner = FakeStore(), Owner()
    cache = through(store)
    await cache.read(call(owner.load, tags=TAGS))
    owner.value = "second"
    assert (await cache.read(call(owner.load, tags=TAGS, needed=151, horizon=151))).value == "second"


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    store, slow = FakeStore(), Owner()
    cache = through(store)
    await cache.read(call(slow.load, tags=TAGS, horizon=90))
    store.values.clear()
    slow.pause_s = 0.02
    reading = asyncio.create_task(cache.read(call(slow.load, tags=TAGS, horizon=100)))
    await asyncio.sleep(0.01)
    await raise_by(store, Mark("terms", ONE, 120))
    assert (await reading).value == "first", "its own snapshot is older than the change"
    assert store.values == {}


async def test_what_was_read_before_a_lost_floor_was_laid_anew_is_not_kept() -> None:
    store, owner = FakeStore(), Owner()
    cache = through(store)
    store.laid_ms = 10_000
    await cache.read(call(owner.load, tags=TAGS, begun_ms=11_999))
    assert store.values == {}
    await cache.read(call(owner.load, tags=TAGS, begun_ms=12_000))
    assert len(store.values) == 1


async def test_a_value_without_its_floor_proves_nothing() -> None:
    store, owner = FakeStore(), Owner()
    cache = through(store)
    await cache.read(call(owner.load, tags=TAGS))
    lost = floors_of(FENCE, TAGS[0])[1]
    del store.floors[lost]
    owner.value = "second"
    store.laid_ms = 2
    assert (await cache.read(call(owner.load, tags=TAGS))).value == "second"


async def test_an_older_value_never_replaces_a_newer_one() -> None:
    store = FakeStore()
    floors = [("floor", Floor(1, 0))]
    store.floors["floor"] = Floor(1, 0)
    new, old = bytes(21) + (9).to_bytes(8), bytes(21) + (8).to_bytes(8)
    assert await store.put_above("key", floors, 9, new, 1)
    assert not await store.put_above("key", floors, 8, old, 1)


async def test_whoever_waits_for_another_is_not_shown_what_is_older_than_what_they_know() -> None:
    store, owner = FakeStore(), Owner()
    cache = through(store)
    await store.lay(floors_of(FENCE, TAGS[0]))
    owner.pause_s = 0.03
    early = asyncio.create_task(cache.read(call(owner.load, tags=TAGS, horizon=100)))
    await asyncio.sleep(0.01)
    owner.value = "second"
    late = asyncio.create_task(cache.read(call(owner.load, tags=TAGS, horizon=151, needed=151)))
    assert ((await early).value, (await late).value) == ("first", "second")


async def test_while_the_exchange_lives_the_owner_is_not_asked() -> None:
    store, owner, word = FakeStore(), Owner(), Word()
    cache = synchronized(store, word)
    store.values[FENCE.beat] = b"1"
    for _ in range(3):
        assert (await cache.read(call(owner.load, tags=TAGS))).value == "first"
    assert (owner.loads, word.asked) == (1, 0)


async def test_while_it_is_silent_many_questions_to_the_owner_are_one() -> None:
    store, owner, word = FakeStore(), Owner(), Word(99)
    cache = synchronized(store, word)
    await cache.read(call(owner.load, tags=TAGS))
    await asyncio.gather(*(cache.read(call(owner.load, tags=TAGS)) for _ in range(50)))
    assert (owner.loads, word.asked) == (1, 1)


async def test_what_the_owner_says_changed_is_read_anew() -> None:
    store, owner, word = FakeStore(), Owner(), Word(100)
    cache = synchronized(store, word)
    await cache.read(call(owner.load, tags=TAGS))
    owner.value = "second"
    assert (await cache.read(call(owner.load, tags=TAGS, horizon=101))).value == "second"


async def test_where_nobody_can_tell_a_value_is_shown_and_marked_once_it_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, owner, word = FakeStore(), Owner(), Word()
    word.number = None
    cache = synchronized(store, word)
    asked = call(owner.load, tags=TAGS)
    await cache.read(asked)
    assert not (await cache.read(asked)).is_marked
    monkeypatch.setattr("app.caching.protocol.Kept.age_s", 61.0)
    found = await cache.read(asked)
    assert (found.value, found.is_marked, found.age_s) == ("first", True, 61.0)


async def test_a_redis_that_is_away_means_reading_from_the_owner() -> None:
    store, owner, word = FakeStore(), Owner(), Word()
    caches = [through(store), synchronized(store, word)]
    store.is_away = True
    for cache in caches:
        assert (await cache.read(call(owner.load, tags=TAGS))).value == "first"
    assert owner.loads == 2


def test_a_snapshot_tells_what_a_value_must_contain() -> None:
    moment = Moment(200, [Mark("terms", ONE, 120), Mark("terms", None, 110), Mark("goods", None, 130)], 0)
    assert moment.needed([("terms", ONE)]) == 121
    assert moment.needed([("terms", OTHER)]) == 111
    assert moment.needed([("terms", None)]) == 121
    assert moment.needed([("goods", None), ("terms", OTHER)]) == 131
    assert moment.needed([("credit", ONE)]) == 0


def test_a_snapshot_with_too_many_changes_to_name_tells_nothing() -> None:
    assert read_moment("5", "many", 1).needed([("terms", ONE)]) is None


def test_a_snapshot_is_read_from_what_the_first_statement_says() -> None:
    found = read_moment("300", f'[["terms","{ONE}","120"],["goods",null,"130"]]', 77)
    assert found == Moment(300, [Mark("terms", ONE, 120), Mark("goods", None, 130)], 77)
    assert read_moment("300", None, 77) == Moment(300, [], 77)
