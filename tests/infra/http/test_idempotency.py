"""A repeated call gives the first answer; the key is taken before the effect (F16)."""

import asyncio
from typing import cast
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.infra.http import idempotency
from tests.access.browsers import Browser, World, read
from tests.access.people import add_membership

KEY = "alatau/distributor_manager"
ROUTE = "/api/v1/probe/once"


async def call(browser: Browser, key: str, word: str) -> httpx.Response:
    return await browser.post(ROUTE, json={"word": word}, headers={"Idempotency-Key": key})


async def effects(world: World, word: str) -> int:
    rows = await world.fetch("SELECT count(*) FROM audit_records WHERE action = $1", word)
    return cast("int", rows[0][0])


async def test_a_repeat_gives_the_first_answer_word_for_word(world: World) -> None:
    browser, key = await world.signed_in(KEY), str(uuid4())
    first, second = await call(browser, key, "repeated"), await call(browser, key, "repeated")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert await effects(world, "repeated") == 1


async def test_thirty_two_at_once_are_one_effect_and_one_answer(world: World) -> None:
    browser, key = await world.signed_in(KEY), str(uuid4())
    answers = await asyncio.gather(*(call(browser, key, "at-once") for _ in range(32)))
    good = [one for one in answers if one.status_code == 201]
    # Who could not wait any longer is told to try again; nobody is told anything else.
    assert {one.status_code for one in answers} <= {201, 409, 503}
    assert good
    assert {one.content for one in good} == {b'{"word":"at-once"}'}
    assert await effects(world, "at-once") == 1


async def test_looking_first_and_writing_later_would_double(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of F16: the key is looked up, and written only with the answer."""

    async def look_only(transaction: object, call: object) -> None:
        del transaction, call

    monkeypatch.setattr(idempotency, "claim", look_only)
    browser, key = await world.signed_in(KEY), str(uuid4())
    await asyncio.gather(*(call(browser, key, "doubled") for _ in range(6)))
    assert await effects(world, "doubled") > 1


async def test_another_body_under_the_same_key_is_refused(world: World) -> None:
    browser, key = await world.signed_in(KEY), str(uuid4())
    await call(browser, key, "one")
    answer = await call(browser, key, "two")
    assert (answer.status_code, read(answer)["code"]) == (422, "idempotency_key_reused")
    assert await effects(world, "two") == 0


async def test_keys_of_two_people_are_two_keys(world: World) -> None:
    key = str(uuid4())
    mine, theirs = await world.signed_in(KEY), await world.signed_in("alatau/distributor_manager/2")
    other_tenant = await world.signed_in("hantengri/distributor_manager")
    for browser in (mine, theirs, other_tenant):
        assert (await call(browser, key, "everybody")).status_code == 201
    assert await effects(world, "everybody") == 3


async def test_keys_of_one_person_in_two_places_are_two_keys(world: World) -> None:
    """What was answered in one company is not repeated in the other."""
    person, other = world.people[KEY], world.people[f"{KEY}/2"]
    connection = await asyncpg.connect(world.database.superuser_url)
    second = uuid4()
    await add_membership(connection, person, second, "distributor_manager", other.partner_id)
    await connection.close()
    browser, key = await world.signed_in(KEY), str(uuid4())
    for place in (person.membership_id, second, person.membership_id):
        answer = await browser.post("/api/v1/me/membership", json={"membership": str(place)})
        browser.headers["X-CSRF-Token"] = str(read(answer)["csrf_token"])
        assert (await call(browser, key, "two-places")).status_code == 201
    assert await effects(world, "two-places") == 2
    await world.execute("DELETE FROM sessions WHERE membership_id = $1", second)
    await world.execute("DELETE FROM memberships WHERE id = $1", second)


async def test_a_failed_call_does_not_use_up_its_key(world: World) -> None:
    browser, key = await world.signed_in(KEY), str(uuid4())
    assert (await call(browser, key, "unlucky")).status_code == 503
    again = await call(browser, key, "lucky")
    assert again.status_code == 201
    assert await effects(world, "unlucky") == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_call_that_needs_a_key_is_refused_without_a_good_one(world: World, key: str) -> None:
    browser = await world.signed_in(KEY)
    headers = {"Idempotency-Key": key} if key else {}
    answer = await browser.post(ROUTE, json={"word": "keyless"}, headers=headers)
    assert (answer.status_code, read(answer)["code"]) == (400, "idempotency_key_missing")
    assert await effects(world, "keyless") == 0
