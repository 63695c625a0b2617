"""Words are folded by the same rule in Python and in the database."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog.rules.folding import code_of, prefix_end, similarity, trigrams, words_of
from tests.catalog.conftest import Shelf
from tests.catalog.test_changes import scratch

TYPED = "abzABZ авегкмнорстухАВЕГКМНОРСТУХ әғқңөұүһіёӘҒҚҢӨҰҮҺІЁ 0159 -._/,()«»+№%"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Алатау Синт 5W-30", ["алатау", "синт", "5w30"]),
        ("М-10Г2к", ["m10г2k"]),
        ("M-10Г2K", ["m10г2k"]),
        ("Қыран Смазка, бочка 205 л", ["кыран", "смазка", "бочка", "205", "л"]),
        ("Хан-Тенгри", ["хан", "тенгри"]),
        ("смазка.литол", ["смазка", "литол"]),
        ("Ёлка ёлка", ["елка"]),
        ("  ...!  ", []),
    ],
)
def test_a_text_becomes_these_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("one", "other"), [("AL-00214-205", "al 00214 205"), ("АL-00214-205", "AL00214205"), ("М8ДМ", "M8ДM")]
)
def test_a_code_is_the_same_however_it_is_typed(one: str, other: str) -> None:
    assert code_of(one) == code_of(other)


def test_similar_words_share_triples() -> None:
    assert trigrams("ab") == ["  a", " ab", "ab "]
    assert similarity("алатау", "алатау") == 1.0
    assert similarity("алатау", "алотау") == 0.4
    assert similarity("алатау", "бочка") == 0.0


@given(st.text(alphabet="abяі059", min_size=1, max_size=4), st.text(alphabet="abяі059", max_size=4))
def test_words_that_begin_with_a_word_lie_between_it_and_its_end(word: str, other: str) -> None:
    assert (word <= other < prefix_end(word)) == other.startswith(word)


@pytest.fixture(scope="module")
async def connection(shelf: Shelf) -> AsyncIterator[asyncpg.Connection]:
    async with scratch(shelf) as opened:
        yield opened


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=TYPED, max_size=40))
async def test_the_database_folds_as_python_does(connection: asyncpg.Connection, text: str) -> None:
    words = await connection.fetch("SELECT * FROM catalog_words($1)", text)
    assert {row[0] for row in words} == set(words_of(text))
    assert await connection.fetchval("SELECT catalog_code($1)", text) == code_of(text)
    for word in words_of(text):
        grams = await connection.fetch("SELECT * FROM catalog_grams($1)", word)
        assert {row[0] for row in grams} == set(trigrams(word))
