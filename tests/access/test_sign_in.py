"""Signing in: one answer for every failure, limits that hold, hashing that cannot be flooded."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal, cast

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher, extract_parameters
from limits import RateLimitItemPerMinute

from app.access.passwords import Hashing, find_password_problems, is_outdated
from app.access.services import signing
from app.infra.http.limits import RateLimiter, address_block
from app.kernel.errors import TooManyRequestsError
from tests.access.browsers import Browser, World, open_world, read
from tests.access.people import PASSWORD, add_membership, known_id
from tests.support.databases import Database

BUYER = "alatau/distributor_head"


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def fresh_counters(world: World) -> None:
    await world.portal.redis.flushdb()


async def post(world: World, login: str, password: str) -> httpx.Response:
    return await world.browser().post("/api/v1/session", json={"login": login, "password": password})


async def test_unknown_wrong_and_disabled_get_one_answer(world: World) -> None:
    known = world.people[BUYER].login
    await world.execute("UPDATE users SET disabled_at = now() WHERE email = $1", world.people["alatau/forwarder"].login)
    answers = [
        await post(world, "nobody@example.test", PASSWORD),
        await post(world, known, "wrong wrong"),
        await post(world, world.people["alatau/forwarder"].login, PASSWORD),
    ]
    bodies = [{**read(one), "request_id": ""} for one in answers]
    heads = [{name: value for name, value in one.headers.items() if name != "x-request-id"} for one in answers]
    assert [one.status_code for one in answers] == [401] * 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert heads[0] == heads[1] == heads[2]
    assert "set-cookie" not in heads[0]
    await world.execute("UPDATE users SET disabled_at = NULL")


async def _work(world: World, monkeypatch: pytest.MonkeyPatch, login: str, password: str) -> list[object]:
    """List everything dear that one attempt does: statements by their text, hashes by their parameters."""
    done: list[object] = []
    verify = PasswordHasher.verify

    def verified(self: PasswordHasher, stored: str, given: str) -> Literal[True]:
        done.append(extract_parameters(stored))
        return verify(self, stored, given)

    def noted(name: str) -> Callable[..., Awaitable[object]]:
        original = cast("Callable[..., Awaitable[object]]", getattr(asyncpg.Connection, name))

        def call(self: object, query: str, *args: object, **more: object) -> Awaitable[object]:
            if "$1" in query:  # what a fresh connection says of itself asks for nothing
                done.append(query)
            return original(self, query, *args, **more)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(PasswordHasher, "verify", verified)
        for name in ("execute", "fetch", "fetchrow"):
            patch.setattr(asyncpg.Connection, name, noted(name))
        assert (await post(world, login, password)).status_code == 401
    return done


async def test_an_unknown_login_costs_the_work_of_a_known_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same statements and the same hash; that it takes the same time is measured by ``make prove``."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    known, disabled = world.people[BUYER].login, world.people["alatau/forwarder/2"].login
    await world.execute(
        "UPDATE users SET password_hash = $1 WHERE email = ANY ($2)", hasher.hash(PASSWORD), [known, disabled]
    )
    await world.execute("UPDATE users SET disabled_at = now() WHERE email = $1", disabled)
    works = [
        await _work(world, monkeypatch, login, password)
        for login, password in (
            (known, "wrong wrong"),
            ("nobody@example.test", "wrong wrong"),
            ("nobody@example.test", PASSWORD),
            (disabled, PASSWORD),
        )
    ]
    await world.execute("UPDATE users SET disabled_at = NULL")
    assert works[0] == works[1] == works[2] == works[3]
    assert works[0].count(extract_parameters(hasher.hash("x"))) == 1
    assert len(works[0]) >= 4


async def test_the_login_is_found_however_it_is_cased(world: World) -> None:
    login = world.people[BUYER].login
    assert (await post(world, f"  {login.upper()}  ", PASSWORD)).status_code == 200


async def test_an_old_hash_is_renewed_at_sign_in(world: World) -> None:
    person = world.people["alatau/distributor_senior"]
    query = "SELECT password_hash FROM users WHERE email = $1"
    assert is_outdated(cast("str", (await world.fetch(query, person.login))[0][0]))
    assert (await post(world, person.login, PASSWORD)).status_code == 200
    renewed = cast("str", (await world.fetch(query, person.login))[0][0])
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await post(world, person.login, PASSWORD)).status_code == 200


async def test_failed_attempts_on_one_account_are_limited_exactly_also_when_made_at_once(world: World) -> None:
    answers = await asyncio.gather(*(post(world, "victim@example.test", f"guess {n} guess") for n in range(60)))
    # Ten get through to the password check (of which a full queue may turn some away), the others never do.
    limited = [one for one in answers if one.status_code == 429]
    assert len([one for one in answers if one.status_code == 401]) <= 10
    assert len(limited) >= 50
    assert all(int(one.headers["retry-after"]) >= 1 for one in limited)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"login": "a@b.example"}', b'{"login": "x", "password": "y", "code": "1"}', b"[" * 5000]
)
async def test_a_malformed_attempt_is_an_attempt(world: World, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(signing, "PER_BLOCK", RateLimitItemPerMinute(5, namespace="sign-in-block"))
    browser = world.browser()
    api = [
        (await browser.post("/api/v1/session", content=body, headers={"Content-Type": kind})).status_code
        for kind in ("application/json", "application/json", "text/plain")
    ]
    page = [(await browser.post("/ru/alatau/sign-in", data={"login": ""})).status_code for _ in range(3)]
    assert (api, page) == ([400, 400, 415], [400, 400, 429])
    # The limit is the address's: nobody behind it gets on, with the right password either.
    answer = await post(world, world.people[BUYER].login, PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_one_address_guessing_many_logins_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "PER_BLOCK", RateLimitItemPerMinute(5, namespace="sign-in-block"))
    codes = [(await post(world, f"victim{n}@example.test", "wrong wrong")).status_code for n in range(7)]
    assert codes == [401] * 5 + [429] * 2


async def test_one_login_guessed_from_many_addresses_is_limited(world: World) -> None:
    codes: list[int] = []
    for n in range(12):
        login = "Victim@Example.test" if n % 2 else " victim@example.test"
        codes.append((await Browser(world.app, address=f"203.0.{n}.9").sign_in(login, "wrong wrong")).status_code)
    assert codes == [401] * 10 + [429] * 2


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP"])
async def test_forwarded_headers_split_no_counter(world: World, header: str) -> None:
    browser = world.browser()
    codes = [
        (
            await browser.post(
                "/api/v1/session",
                json={"login": "victim@example.test", "password": "wrong wrong"},
                headers={header: f"203.0.113.{n}"},
            )
        ).status_code
        for n in range(14)
    ]
    assert codes == [401] * 10 + [429] * 4


async def test_good_sign_ins_are_not_counted(world: World) -> None:
    codes = [(await post(world, world.people[BUYER].login, PASSWORD)).status_code for _ in range(15)]
    assert codes == [200] * 15


async def test_the_limit_holds_over_two_processes(redis_url: str) -> None:
    """Two limiters stand for two processes: they share nothing but Redis (F8)."""
    limiters = [RateLimiter(redis_url), RateLimiter(redis_url)]
    limit = RateLimitItemPerMinute(5, namespace="test-two-processes")
    for attempt in range(5):
        outcomes = await asyncio.gather(
            *(limiters[n % 2].hit(limit, f"round {attempt}") for n in range(60)), return_exceptions=True
        )
        assert sum(one is None for one in outcomes) == 5
        assert sum(isinstance(one, TooManyRequestsError) for one in outcomes) == 55
    for limiter in limiters:
        await limiter.close()


async def test_without_redis_each_process_limits_for_itself() -> None:
    limiter = RateLimiter("redis://127.0.0.1:9/0")
    limit = RateLimitItemPerMinute(5, namespace="test-away")
    outcomes = [await asyncio.gather(limiter.hit(limit, "x"), return_exceptions=True) for _ in range(8)]
    assert sum(one == [None] for one in outcomes) == 5
    await limiter.give_back(limit, "x")
    await limiter.close()


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.77", "203.0.113"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("::ffff:203.0.113.9", "203.0.113"),
        ("unix:", "unknown"),
    ],
)
def test_one_caller_is_a_block_of_addresses(address: str, block: str) -> None:
    assert address_block(address) == block


async def test_a_flood_of_hashes_waits_in_a_short_queue_and_the_rest_is_turned_away() -> None:
    hashing = Hashing()
    outcomes = await asyncio.gather(*(hashing.verify(None, f"guess {n}") for n in range(40)), return_exceptions=True)
    assert sum(one is False for one in outcomes) == 10
    assert sum(isinstance(one, TooManyRequestsError) for one in outcomes) == 30
    hashing.close()


async def test_pages_stay_quick_while_passwords_are_guessed(world: World) -> None:
    browser = await world.signed_in(BUYER)

    async def timed() -> float:
        began = time.perf_counter()
        assert (await browser.get("/api/v1/me")).status_code == 200
        return time.perf_counter() - began

    quiet = statistics.median([await timed() for _ in range(15)])
    flood = [asyncio.create_task(post(world, f"x{n}@example.test", "guess guess")) for n in range(30)]
    busy = statistics.median([await timed() for _ in range(15)])
    await asyncio.gather(*flood)
    # Generous, for a shared machine: hashing on the event loop would hold every page for a tenth of a second a guess.
    assert busy < max(quiet * 8, 0.25)


async def test_a_person_without_a_place_is_told_so(world: World) -> None:
    person = world.people["hantengri/forwarder"]
    await world.execute("UPDATE memberships SET ended_at = now() WHERE id = $1", person.membership_id)
    answer = await post(world, person.login, PASSWORD)
    assert (answer.status_code, read(answer)["code"]) == (401, "no_membership")


async def test_changing_the_place_changes_the_session_the_class_and_the_token(world: World) -> None:
    person = world.people["alatau/direct_buyer_manager"]
    connection = await asyncpg.connect(world.database.superuser_url)
    staff_place = known_id("second place")
    await add_membership(connection, person, staff_place, "manager_full", None)
    await connection.close()
    browser = await world.signed_in("alatau/direct_buyer_manager")
    old_cookie = browser.cookies["karavan_session"]
    me = read(await browser.get("/api/v1/me"))
    assert len(cast("list[object]", me["memberships"])) == 2
    answer = await browser.post("/api/v1/me/membership", json={"membership": str(staff_place)})
    assert answer.status_code == 200
    assert cast("dict[str, object]", read(answer)["membership"])["role"] == "manager_full"
    new_cookie = browser.cookies["karavan_session"]
    assert new_cookie.split(".")[1] == "s"
    # The old form token and the old id are both dead.
    assert (await browser.patch("/api/v1/me", json={"theme": "dark"})).status_code == 403
    ghost = world.browser()
    ghost.cookies.set("karavan_session", old_cookie, domain="127.0.0.1")
    assert (await ghost.get("/api/v1/me")).status_code == 401
    rows = await world.fetch(
        "SELECT expires_at <= created_at + interval '12 hours' AS fits FROM sessions WHERE user_id = $1", person.user_id
    )
    assert [row["fits"] for row in rows] == [True]


async def test_another_persons_place_is_not_found(world: World) -> None:
    browser = await world.signed_in(BUYER)
    other = world.people["alatau/admin"].membership_id
    answer = await browser.post("/api/v1/me/membership", json={"membership": str(other)})
    assert answer.status_code == 404
    assert (await browser.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "text_too_short"),
        ("x" * 257, "text_too_long"),
        ("password123", "password_common"),
        ("Қазақстан", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("anna.petrova99", "password_personal"),
        ("xxPETROVAxx", "password_personal"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password: str, code: str) -> None:
    found = find_password_problems(password, email="anna.petrova@example.test", name="Anna Petrova", field="new")
    assert [one.code for one in found] == [code]


def test_a_long_phrase_in_any_script_is_welcome() -> None:
    for phrase in ("трава у дома растёт", "long grass by the river", "өзен жағасындағы шөп", "x" * 100 + "yz"):
        assert find_password_problems(phrase, email="a@b.c", name="A", field="new") == []


async def test_no_secret_reaches_the_log(world: World, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    del tmp_path
    browser = await world.signed_in(BUYER)
    await browser.post("/api/v1/session", json={"login": "x@example.test", "password": "planted secret word"})
    token = browser.cookies["karavan_session"]
    await browser.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    logged = capfd.readouterr()
    for secret in ("planted secret word", token, PASSWORD):
        assert secret not in logged.out + logged.err
