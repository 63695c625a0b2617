"""Nobody is ever given what was kept for somebody else, whatever is asked for."""

import os
import random
from typing import Final
from uuid import UUID

from app.caching.flight import Flights
from app.caching.keys import Fence, shape_of
from app.caching.lazy import Lazy
from app.caching.near import Near
from tests.caching.fakes import SHAPE, FakeStore, call

KEYS: Final = int(os.environ.get("KARAVAN_CACHE_KEYS", "10000"))
# Texts made to fall apart at the wrong place, if they were ever put together.
_BITS: Final = [
    *("", ":", "::", "{t1}", "{t2}", "}", "{", "t1", "1", "11", "\x00", "*", "\n", "scope", "one", "ü", "u\u0308"),
    *("K", "\u212a", "GET x\r\n", "a:b", "a", "b", "ab", "'", '"', "\\", "[", "]", "\ud7ff", "ﬁ", "fi"),
]


def _text(chance: random.Random) -> str:
    return "".join(chance.choices(_BITS, k=chance.randrange(4)))


def _part(chance: random.Random) -> object:
    made: list[object] = [_text(chance), chance.randrange(3), None, UUID(int=chance.randrange(3)), (_text(chance),)]
    return chance.choice(made)


def _question(chance: random.Random) -> tuple[int, str, tuple[object, ...], tuple[object, ...]]:
    scope = tuple(_part(chance) for _ in range(chance.randrange(3)))
    parts = tuple(_part(chance) for _ in range(chance.randrange(3)))
    return chance.choice((1, 2, 11, 12)), chance.choice(("a", "a:b", "b")), scope, parts


def test_two_questions_never_share_a_key_or_a_fence() -> None:
    chance, seen, fences = random.Random(4), dict[str, str](), dict[bytes, str]()
    asked = 0
    for _ in range(KEYS):
        question = _question(chance)
        tenant, family, scope, parts = question
        name, told = Fence(tenant, "realm").name(family, SHAPE, scope, parts), repr(question)
        assert name.key.startswith(f"{{t{tenant}}}:"), told
        assert name.key.isascii()
        assert seen.setdefault(name.key, told) == told
        assert fences.setdefault(name.fence, told) == told
        asked += 1
    print(f"{asked} questions, {len(seen)} keys, 0 shared")  # noqa: T201 - the figures of a proof


async def test_no_reader_is_shown_what_another_one_kept() -> None:
    """Everything is kept by everybody first, bytes are swapped at random, then everybody reads."""
    chance, store = random.Random(5), FakeStore()
    lazy = Lazy(store, Flights(store), Near())
    questions = [_question(chance) for _ in range(min(KEYS, 100_000) // 10)]

    async def ask(question: tuple[int, str, tuple[object, ...], tuple[object, ...]]) -> tuple[str, str]:
        tenant, family, scope, parts = question
        key = Fence(tenant, "realm").name(family, SHAPE, ("scope",), (scope, parts)).key

        async def load() -> str:
            return key

        asked = call(load, fence=Fence(tenant, "realm"), name=family, parts=(scope, parts))
        return key, (await lazy.read(asked)).value or ""

    for question in questions:
        await ask(question)
    keys = sorted(store.values)
    for _ in range(len(keys) // 2):
        one, other = chance.choice(keys), chance.choice(keys)
        store.values[one], store.values[other] = store.values[other], store.values[one]
    for question in questions:
        key, value = await ask(question)
        assert key == value


def test_a_type_that_changed_has_another_shape() -> None:
    assert shape_of(int | None) == SHAPE
    assert len({shape_of(one) for one in (int, str, list[int], list[str], dict[str, int])}) == 5
