"""Labels stand where a person looks for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.rules.sorting import natural_key


@pytest.fixture(autouse=True, scope="module")
def nothing_weighed_yet() -> None:
    """What another test weighed before is weighed anew."""
    natural_key.cache_clear()


def _sorted(*labels: str) -> list[str]:
    return sorted(labels, key=natural_key)


def test_numbers_are_compared_as_numbers() -> None:
    assert _sorted("SAE 10W-40", "SAE 5W-30", "SAE 0W-20", "ISO VG 100", "ISO VG 46") == [
        "ISO VG 46", "ISO VG 100", "SAE 0W-20", "SAE 5W-30", "SAE 10W-40",
    ]  # fmt: skip
    assert _sorted("А 007", "А 7б", "А 8") == ["А 007", "А 7б", "А 8"]


def test_letters_follow_the_kazakh_alphabet_and_digits_come_first() -> None:
    assert _sorted("Лак", "Қазан", "Кран", "Ёлка", "Ель", "Жук", "Әр", "Аз", "5W", "API") == [
        "5W", "API", "Аз", "Әр", "Ель", "Ёлка", "Жук", "Кран", "Қазан", "Лак",
    ]  # fmt: skip


def test_case_does_not_count() -> None:
    assert natural_key("ОЖ-40") == natural_key("ож-40")


@given(st.lists(st.text(max_size=30), max_size=8))
def test_the_order_does_not_depend_on_where_labels_stood(labels: list[str]) -> None:
    mixed = list(reversed(labels))
    assert list(map(natural_key, _sorted(*mixed))) == list(map(natural_key, _sorted(*labels)))


@given(st.integers(0, 10**40), st.integers(0, 10**40), st.text(alphabet="абқ -", max_size=4))
def test_any_two_numbers_after_the_same_words_keep_their_order(one: int, other: int, words: str) -> None:
    assert (natural_key(f"{words}{one}") < natural_key(f"{words}{other}")) == (one < other)
