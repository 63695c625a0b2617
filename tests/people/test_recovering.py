"""A forgotten password: nobody learns who has an account, a link works once, and every session ends."""

import asyncio
import statistics
import time
from typing import cast

import httpx
import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from app.people.services import recovering
from tests.access.browsers import World, read
from tests.access.people import HASH
from tests.people.letterbox import post, token_in

BUYER, OTHER, FOREIGN = "alatau/distributor_manager", "alatau/distributor_senior", "hantengri/distributor_manager"
NEW = "four quiet camels walking"


@pytest.fixture(autouse=True)
async def old_passwords(world: World) -> None:
    await world.execute("UPDATE users SET password_hash = $1, disabled_at = NULL", HASH)
    await world.execute("DELETE FROM password_resets")
    await world.execute("DELETE FROM outbox")


async def ask(world: World, login: str) -> httpx.Response:
    return await world.browser().post("/api/v1/password-resets", json={"login": login})


async def use(world: World, token: str, login: str, password: str = NEW) -> tuple[int, str]:
    body = {"token": token, "login": login, "password": password}
    answer = await world.browser().post("/api/v1/password-resets/use", json=body)
    errors = cast("list[dict[str, str]]", read(answer)["errors"]) if answer.status_code != 204 else []
    return answer.status_code, ",".join(one["code"] for one in errors)


async def token_of(world: World, key: str = BUYER) -> str:
    assert (await ask(world, world.people[key].login)).status_code == 202
    (letter,) = [one for one in await post(world) if one.to == world.people[key].login]
    return token_in(letter)


async def test_from_letter_to_a_new_password_and_every_session_ends(world: World) -> None:
    here = await world.signed_in(BUYER)
    made = read(await here.post("/api/v1/me/tokens", json={"label": "bot"}))
    token = await token_of(world)
    assert await use(world, token, world.people[BUYER].login) == (204, "")
    assert (await here.get("/api/v1/me")).status_code == 401
    script = world.browser()
    script.headers["Authorization"] = f"Bearer {made['token']}"
    assert (await script.get("/api/v1/me")).status_code == 401
    assert (await world.browser().sign_in(world.people[BUYER].login)).status_code == 401
    assert (await world.browser().sign_in(world.people[BUYER].login, NEW)).status_code == 200
    told = [one for one in await post(world) if one.to == world.people[BUYER].login]
    assert [one.subject for one in told] == ["Alatau: Вход в вашу учётную запись изменён"]


async def test_known_unknown_and_shut_accounts_get_one_answer(world: World) -> None:
    await world.execute("UPDATE users SET disabled_at = now() WHERE email = $1", world.people[OTHER].login)
    answers = [await ask(world, one) for one in (world.people[BUYER].login, "nobody@example.test",
                                                 world.people[OTHER].login)]  # fmt: skip
    heads = [{name: text for name, text in one.headers.items() if name != "x-request-id"} for one in answers]
    assert [one.status_code for one in answers] == [202] * 3
    assert answers[0].content == answers[1].content == answers[2].content
    assert heads[0] == heads[1] == heads[2]
    assert [one.to for one in await post(world)] == [world.people[BUYER].login]
    pages = [
        (await world.browser().post("/ru/alatau/recover", data={"login": one})).text
        for one in (world.people[BUYER].login, "nobody@example.test")
    ]
    assert pages[0] == pages[1]


async def test_the_time_of_an_answer_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovering, "LETTERS_AN_HOUR", RateLimitItemPerHour(1000, namespace="reset-account"))
    monkeypatch.setattr(recovering, "ASKED_FROM", RateLimitItemPerMinute(1000, namespace="reset-block"))

    async def timed(login: str) -> float:
        began = time.perf_counter()
        assert (await ask(world, login)).status_code == 202
        return time.perf_counter() - began

    await timed("warm@example.test")
    pairs = [(await timed(world.people[BUYER].login), await timed(f"nobody{n}@example.test")) for n in range(8)]
    known = statistics.median(one for one, _ in pairs)
    unknown = statistics.median(one for _, one in pairs)
    assert min(known, unknown) >= recovering.LEAST_S
    assert abs(known - unknown) < 0.05


async def test_a_link_works_once_and_takes_the_others_with_it(world: World) -> None:
    login = world.people[BUYER].login
    first, second = await token_of(world), await token_of(world)
    answers = await asyncio.gather(*(use(world, second, login, f"{NEW} {n}") for n in range(4)))
    assert sorted(status for status, _ in answers) == [204, 422, 422, 422]
    assert await use(world, first, login) == (422, "link_unknown")
    assert await use(world, second, login) == (422, "link_unknown")


async def test_a_link_is_worth_nothing_to_another_person_or_tenant(world: World) -> None:
    # The other one has an open link of their own: it must be theirs alone that opens their account.
    await token_of(world, OTHER)
    token, login = await token_of(world), world.people[BUYER].login
    foreign = f"2.{token.partition('.')[2]}"
    for sent, who in ((token, world.people[OTHER].login), (token, world.people[FOREIGN].login),
                      (foreign, world.people[FOREIGN].login), (foreign, login), (token, "nobody@example.test"),
                      (token + "x", login)):  # fmt: skip
        assert await use(world, sent, who) == (422, "link_unknown")
    page = await world.browser().post(
        f"/ru/hantengri/recover/{token}", data={"login": login, "password": NEW, "repeat": NEW}
    )
    assert page.status_code == 422
    assert (await world.fetch("SELECT count(*) FROM users WHERE password_hash <> $1", HASH))[0]["count"] == 0
    page = await world.browser().post(
        f"/ru/alatau/recover/{token}", data={"login": login, "password": NEW, "repeat": NEW}
    )
    assert (page.status_code, page.headers["location"]) == (303, "/ru/alatau/sign-in")


async def test_a_link_ends_with_time_with_the_account_and_leaves_with_a_weak_password(world: World) -> None:
    token, login = await token_of(world), world.people[BUYER].login
    assert await use(world, token, login, "password123") == (422, "password_common")
    await world.execute("UPDATE users SET disabled_at = now() WHERE email = $1", login)
    assert await use(world, token, login) == (422, "link_unknown")
    await world.execute("UPDATE users SET disabled_at = NULL")
    await world.execute("UPDATE password_resets SET expires_at = now()")
    assert await use(world, token, login) == (422, "link_unknown")


async def test_a_mailbox_is_not_filled_and_a_block_is_slowed_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = world.people[BUYER].login
    monkeypatch.setattr(recovering, "LEAST_S", 0)
    answers = [(await ask(world, login)).status_code for _ in range(5)]
    assert answers == [202] * 5, "who asks too often is not told either"
    assert len([one for one in await post(world) if one.to == login]) == 3
    more = [(await ask(world, f"nobody{n}@example.test")).status_code for n in range(16)]
    assert more == [202] * 15 + [429]


async def test_the_link_names_the_configured_portal_whatever_the_request_says(world: World) -> None:
    answer = await world.browser().post(
        "/api/v1/password-resets",
        json={"login": world.people[BUYER].login},
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )
    assert answer.status_code == 202
    (letter,) = await post(world)
    assert "evil.example" not in letter.text
    assert "https://portal.example.test/ru/alatau/recover/" in letter.text


async def test_the_sign_in_page_leads_there(world: World) -> None:
    page = await world.browser().get("/kk/alatau/sign-in")
    assert 'href="/kk/alatau/recover"' in page.text
    assert (await world.browser().get("/kk/alatau/recover")).status_code == 200
    assert (await world.browser().get("/kk/nowhere/recover")).status_code == 404
