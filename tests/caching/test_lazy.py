"""The lazy cache over a store of this process."""

import asyncio
import time

import pytest
from msgspec.structs import replace

from app.caching.flight import Flights
from app.caching.lazy import Lazy
from app.caching.near import Near
from app.caching.protocol import Call
from app.caching.rules import Bounds
from app.kernel.errors import NotFoundError
from tests.caching.fakes import FENCE, FakeStore, Owner, call

GRACE = Bounds(ttl_s=60, stale_s=30, error_s=300)


def make(store: FakeStore) -> Lazy:
    return Lazy(store, Flights(store), Near())


def age(store: FakeStore, asked: Call[str | None], seconds: float) -> None:
    """Let time pass for one value."""
    kept = asked.open(store.values[asked.name.key])
    assert kept is not None
    header = replace(
        kept.header, fresh_until=kept.header.fresh_until - seconds, loaded_at=kept.header.loaded_at - seconds
    )
    store.values[asked.name.key] = asked.pack(replace(kept, header=header))


async def test_the_owner_is_asked_once_and_a_hit_is_one_get() -> None:
    store, owner = FakeStore(), Owner()
    lazy = make(store)
    assert (await lazy.read(call(owner.load))).value == "first"
    before = store.calls
    assert (await lazy.read(call(owner.load))).value == "first"
    assert (owner.loads, store.calls - before) == (1, 1)


async def test_a_value_at_its_end_is_fetched_by_one_and_shown_to_the_others_meanwhile() -> None:
    store, owner = FakeStore(), Owner()
    lazy, asked = make(store), call(owner.load, bounds=GRACE)
    await lazy.read(asked)
    age(store, asked, 70)
    owner.value, owner.pause_s = "second", 0.02
    shown = await asyncio.gather(*(lazy.read(asked) for _ in range(20)))
    assert sorted({one.value or "" for one in shown}) == ["first", "second"]
    assert sum(one.value == "second" for one in shown) == 1
    assert owner.loads == 2


async def test_whoever_is_drawn_fetches_a_value_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    store, owner = FakeStore(), Owner()
    lazy, asked = make(store), call(owner.load, bounds=GRACE)
    await lazy.read(asked)
    owner.value = "second"

    def drawn(_call: object, _kept: object, chance: float | None = None) -> str:
        return "early" if chance is None else "fresh"

    monkeypatch.setattr("app.caching.lazy._standing", drawn)
    assert [(await lazy.read(asked)).value for _ in range(3)] == ["second", "second", "second"]
    assert owner.loads == 2, "one is drawn, the others are shown what there is"


async def test_an_owner_that_fails_is_covered_by_what_there_was_and_an_answer_is_no_failure() -> None:
    store, owner = FakeStore(), Owner()
    lazy, asked = make(store), call(owner.load, bounds=GRACE)
    await lazy.read(asked)
    age(store, asked, 200)
    owner.error = ConnectionRefusedError()
    found = await lazy.read(asked)
    assert (found.value, found.age_s > 190) == ("first", True)
    owner.error = NotFoundError()
    with pytest.raises(NotFoundError):
        await lazy.read(asked)


async def test_nothing_is_shown_after_the_last_grace() -> None:
    store, owner = FakeStore(), Owner()
    lazy, asked = make(store), call(owner.load, bounds=GRACE)
    await lazy.read(asked)
    age(store, asked, 400)
    owner.error = ConnectionRefusedError()
    with pytest.raises(ConnectionRefusedError):
        await lazy.read(asked)


async def test_that_there_is_none_is_kept_too_but_not_for_long() -> None:
    store, owner = FakeStore(), Owner(None)
    lazy, asked = make(store), call(owner.load, bounds=GRACE)
    assert (await lazy.read(asked)).value is None
    assert (await lazy.read(asked)).value is None
    kept = asked.open(store.values[asked.name.key])
    assert owner.loads == 1
    assert kept is not None
    assert kept.header.fresh_until - time.time() <= 5


async def test_a_redis_that_is_away_costs_a_load_and_never_an_error() -> None:
    store, owner = FakeStore(), Owner()
    lazy = make(store)
    store.is_away = True
    assert (await lazy.read(call(owner.load))).value == "first"
    owner.pause_s = 0.02
    await asyncio.gather(*(lazy.read(call(owner.load)) for _ in range(50)))
    assert owner.loads == 2, "in one process a value is still fetched once"


async def test_a_load_that_was_given_up_leaves_the_others_with_their_own() -> None:
    store, owner = FakeStore(), Owner()
    owner.pause_s = 0.05
    lazy = make(store)
    first = asyncio.create_task(lazy.read(call(owner.load)))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(lazy.read(call(owner.load)))
    await asyncio.sleep(0.01)
    first.cancel()
    assert (await second).value == "first"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (owner.loads, store.locks) == (2, {})


async def test_a_lock_whose_owner_died_ends_and_the_value_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.caching.flight.WAIT_S", 0.05)
    store, owner = FakeStore(), Owner()
    asked = call(owner.load)
    store.locks[f"{asked.name.key}:lock"] = "a process that is no more"
    assert (await make(store).read(asked)).value == "first"


async def test_bytes_of_another_tenant_or_question_are_nothing_to_this_one() -> None:
    store, owner = FakeStore(), Owner()
    lazy, mine = make(store), call(owner.load)
    other = call(Owner("theirs").load, fence=replace(FENCE, tenant_id=8))
    await lazy.read(other)
    store.values[mine.name.key] = store.values[other.name.key]
    assert (await lazy.read(mine)).value == "first"
    elsewhere = call(owner.load, parts=("two",))
    store.values[elsewhere.name.key] = store.values[mine.name.key]
    owner.value = "second"
    assert (await lazy.read(elsewhere)).value == "second"
    assert owner.loads == 2


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x00" * 60, b"\x01" + b"\xff" * 80])
async def test_bytes_that_are_no_value_are_a_miss(raw: bytes) -> None:
    store, owner = FakeStore(), Owner()
    asked = call(owner.load)
    store.values[asked.name.key] = raw
    assert (await make(store).read(asked)).value == "first"
