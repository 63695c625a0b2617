"""Passkeys: a challenge of ours, answered once, by the right key of the right person, for this portal alone."""

from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest

from tests.access.browsers import Browser, World, read
from tests.access.people import PASSWORD
from tests.people.authenticator import Authenticator

BUYER, OTHER = "alatau/distributor_manager", "alatau/distributor_senior"
KEYS = "/api/v1/me/factors/passkeys"


@pytest.fixture(autouse=True)
async def no_keys(world: World) -> AsyncIterator[None]:
    yield
    for table in ("passkeys", "recovery_codes", "spent_challenges", "sessions", "factor_roles"):
        await world.execute(f"DELETE FROM {table}")


async def ask_new(browser: Browser) -> tuple[str, str]:
    asked = read(await browser.post(f"{KEYS}/options"))
    return str(asked["options"]), str(asked["ticket"])


async def add(browser: Browser, device: Authenticator, password: str = PASSWORD) -> httpx.Response:
    options, ticket = await ask_new(browser)
    order = {"label": "Phone", "password": password, "ticket": ticket, "credential": device.make(options)}
    return await browser.post(KEYS, json=order)


async def key_of(world: World, key: str) -> Authenticator:
    device = Authenticator()
    added = await add(await world.signed_in(key), device)
    assert added.status_code == 201, added.text
    return device


async def ask(world: World) -> tuple[Browser, str, str]:
    browser = world.browser()
    asked = read(await browser.post("/api/v1/session/passkey/options"))
    return browser, str(asked["options"]), str(asked["ticket"])


async def enter(browser: Browser, ticket: str, credential: str) -> tuple[int, str]:
    answer = await browser.post("/api/v1/session/passkey", json={"ticket": ticket, "credential": credential})
    told = read(answer)
    user = cast("dict[str, str] | None", told.get("user"))
    return answer.status_code, user["email"] if user else str(told.get("code"))


async def test_a_key_opens_the_door_and_a_password_alone_no_longer_does(world: World) -> None:
    device = await key_of(world, BUYER)
    browser, options, ticket = await ask(world)
    assert await enter(browser, ticket, device.answer(options)) == (200, world.people[BUYER].login)
    plain = await world.browser().post(
        "/api/v1/session", json={"login": world.people[BUYER].login, "password": PASSWORD}
    )
    assert (plain.status_code, read(plain)["code"]) == (401, "otp_required")


async def test_an_answer_is_taken_once(world: World) -> None:
    device = await key_of(world, BUYER)
    browser, options, ticket = await ask(world)
    answer = device.answer(options)
    assert (await enter(browser, ticket, answer))[0] == 200
    # A key that does not count its uses could not tell: it is the challenge that was spent.
    await world.execute("UPDATE passkeys SET sign_count = 0")
    assert await enter(world.browser(), ticket, answer) == (401, "passkey_refused")


async def test_a_copy_of_a_key_is_noticed_by_its_count(world: World) -> None:
    device = await key_of(world, BUYER)
    browser, options, ticket = await ask(world)
    assert (await enter(browser, ticket, device.answer(options)))[0] == 200
    browser, options, ticket = await ask(world)
    assert await enter(browser, ticket, device.answer(options, counts=False)) == (401, "passkey_refused")


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8001"},
        {"host": "evil.example"},
        {"is_verified": False},
    ],
)
async def test_a_key_answers_only_here_and_only_unlocked(world: World, lie: dict[str, str | bool]) -> None:
    device = await key_of(world, BUYER)
    for name, value in lie.items():
        setattr(device, name, value)
    browser, options, ticket = await ask(world)
    assert await enter(browser, ticket, device.answer(options)) == (401, "passkey_refused")
    liar = Authenticator()
    for name, value in lie.items():
        setattr(liar, name, value)
    await world.execute("DELETE FROM passkeys")
    added = await add(await world.signed_in(BUYER), liar)
    assert added.status_code == 422


async def test_a_key_is_of_one_person_and_one_tenant(world: World) -> None:
    device, other = await key_of(world, BUYER), world.people[OTHER]
    for handle in (
        f"1/{other.user_id}", f"2/{world.people[BUYER].user_id}", f"99999999999999999999/{other.user_id}",
        f"0/{other.user_id}", f"-1/{other.user_id}", "1/x", "", "1",
    ):  # fmt: skip
        browser, options, ticket = await ask(world)
        answer = device.answer(options, handle=handle.encode())
        assert await enter(browser, ticket, answer) == (401, "passkey_refused"), handle


async def test_what_was_asked_for_one_thing_answers_no_other(world: World) -> None:
    device, browser = await key_of(world, BUYER), await world.signed_in(OTHER)
    _, options, ticket = await ask(world)
    order = {"label": "x", "password": PASSWORD, "credential": Authenticator().make(with_user(options))}
    assert (await browser.post(KEYS, json={**order, "ticket": ticket})).status_code == 422
    mine, own_ticket = await ask_new(browser)
    assert (await enter(world.browser(), own_ticket, device.answer(mine)))[0] == 401
    made = {**order, "credential": Authenticator().make(mine), "ticket": own_ticket[:-2] + "AA"}
    assert (await browser.post(KEYS, json=made)).status_code == 422
    stranger = await world.signed_in("alatau/distributor_head")
    stolen = {**order, "credential": Authenticator().make(mine), "ticket": own_ticket}
    assert (await stranger.post(KEYS, json=stolen)).status_code == 422


async def test_a_key_is_added_once_with_the_password_and_counted_guesses(world: World) -> None:
    browser, device = await world.signed_in(BUYER), Authenticator()
    assert (await add(browser, device, "wrong wrong")).status_code == 422
    options, ticket = await ask_new(browser)
    order = {"label": "Phone", "password": PASSWORD, "ticket": ticket, "credential": device.make(options)}
    added = await browser.post(KEYS, json=order)
    assert (added.status_code, len(cast("list[str]", read(added)["codes"]))) == (201, 10)
    browser.headers["X-CSRF-Token"] = str(read(await browser.get("/api/v1/me"))["csrf_token"])
    await world.execute("DELETE FROM passkeys")
    assert (await browser.post(KEYS, json=order)).status_code == 422, "not even after the key was removed"
    statuses = [(await add(browser, Authenticator(), f"wrong {number}")).status_code for number in range(11)]
    assert (statuses[0], statuses[-1]) == (422, 429)
    assert (await add(browser, Authenticator())).status_code == 429, "not even with the right one, for a while"


async def test_a_key_of_somebody_shut_out_opens_nothing(world: World) -> None:
    device = await key_of(world, BUYER)
    await world.execute("UPDATE users SET disabled_at = now() WHERE id = $1", world.people[BUYER].user_id)
    browser, options, ticket = await ask(world)
    assert await enter(browser, ticket, device.answer(options)) == (401, "passkey_refused")
    await world.execute("UPDATE users SET disabled_at = NULL")


async def test_the_last_key_stays_where_any_role_of_the_person_demands_one(world: World) -> None:
    browser, device = await world.signed_in(BUYER), Authenticator()
    assert (await add(browser, device)).status_code == 201
    browser.headers["X-CSRF-Token"] = str(read(await browser.get("/api/v1/me"))["csrf_token"])
    await world.execute("INSERT INTO factor_roles (tenant_id, role) VALUES (1, 'direct_buyer_manager')")
    [row] = await world.fetch("SELECT id FROM passkeys")
    elsewhere = world.people["alatau/direct_buyer_manager"]
    await world.execute(
        "INSERT INTO memberships (tenant_id, id, user_id, partner_id, role)"
        " VALUES (1, gen_random_uuid(), $1, $2, 'direct_buyer_manager')",
        *(world.people[BUYER].user_id, elsewhere.partner_id),
    )
    kept = await browser.post(f"{KEYS}/{row['id']}/remove", json={"password": PASSWORD})
    assert kept.status_code == 422
    await world.execute(
        "DELETE FROM memberships WHERE user_id = $1 AND partner_id = $2",
        *(world.people[BUYER].user_id, elsewhere.partner_id),
    )
    gone = await browser.post(f"{KEYS}/{row['id']}/remove", json={"password": PASSWORD})
    assert gone.status_code == 204


def with_user(options: str) -> str:
    """The question at the door as one for a new key would look."""
    return options[:-1] + ', "user": {"id": "MS8x"}}'
