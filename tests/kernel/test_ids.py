"""Identifiers grow with time and secrets are stored hashed."""

import time

from app.kernel.ids import new_id, new_token, token_hash


def test_ids_are_version_seven_and_grow_with_time() -> None:
    first = new_id()
    time.sleep(0.002)
    second = new_id()
    assert (first.version, second.version) == (7, 7)
    assert first < second


def test_ids_made_in_one_millisecond_differ() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_a_token_is_long_and_its_hash_is_not_the_token() -> None:
    token = new_token()
    assert len(token) == 43
    assert len(token_hash(token)) == 32
    assert token_hash(token) == token_hash(token)
    assert token_hash(token) != token_hash(new_token())
