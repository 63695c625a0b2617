"""The attacks of RELIABILITY F1-F4 and F6 against the real application; each is seen to work without its protection."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import cast
from uuid import UUID

import httpx
import pytest
from litestar.types import HTTPScope

from app.access import sessions
from app.access.guard import Guard
from app.access.sessions import Credential
from app.infra.db.transaction import Transaction
from app.infra.http.csrf import FormTokens
from app.infra.http.origins import Origins
from app.kernel.ids import token_hash
from tests.access.browsers import Browser, World, open_world, read
from tests.support.databases import Database

BUYER, STRANGER, ADMIN = "alatau/distributor_manager", "alatau/distributor_manager/2", "alatau/admin"
COOKIE = "karavan_session"


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened


def cookie_of(browser: Browser) -> str:
    return browser.cookies.get(COOKIE) or ""


def with_cookie(world: World, value: str) -> Browser:
    browser = world.browser()
    browser.cookies.set(COOKIE, value, domain="127.0.0.1")
    return browser


async def count_sessions(world: World) -> int:
    return len(await world.fetch("SELECT FROM sessions"))


async def count_keys(world: World) -> int:
    return int(await world.portal.redis.dbsize())  # pyright: ignore[reportAny] - the client is not typed


# --- F1: fixation


async def test_a_planted_id_is_never_adopted_and_sign_in_makes_a_new_one(world: World) -> None:
    planted = "1.c.attackerchosenattackerchosenattackerchosen0"
    victim, attacker = with_cookie(world, planted), with_cookie(world, planted)
    assert (await victim.sign_in(world.people[BUYER].login)).status_code == 200
    assert cookie_of(victim) != planted
    assert (await attacker.get("/api/v1/me")).status_code == 401
    assert (await victim.get("/api/v1/me")).status_code == 200


async def test_each_sign_in_rotates_and_the_old_id_is_dead(world: World) -> None:
    browser = await world.signed_in(BUYER)
    first = cookie_of(browser)
    del browser.headers["X-CSRF-Token"]
    assert (await browser.sign_in(world.people[BUYER].login)).status_code == 200
    assert cookie_of(browser) != first
    assert (await with_cookie(world, first).get("/api/v1/me")).status_code == 401


async def test_fixation_would_work_if_an_id_from_outside_were_adopted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: the id the browser brought is kept."""
    planted = "plantedplantedplantedplantedplantedplanted0"
    monkeypatch.setattr(sessions, "new_token", lambda: planted)
    victim = world.browser()
    assert (await victim.sign_in(world.people[BUYER].login)).status_code == 200
    assert (await with_cookie(world, f"1.c.{planted}").get("/api/v1/me")).status_code == 200
    await victim.delete("/api/v1/session")


# --- F2: resurrection


async def end_during_a_slow_request(world: World, patch: pytest.MonkeyPatch) -> httpx.Response:
    """Sign out while a request of the same session is under way; give what a copy of the cookie gets afterwards."""
    browser = await world.signed_in(BUYER)
    copy = with_cookie(world, cookie_of(browser))
    # The slow request touches the session when it is done: make it stale for that.
    await world.execute("UPDATE sessions SET seen_at = now() - interval '5 minutes'")
    gate, entered, original = asyncio.Event(), asyncio.Event(), Guard._touch  # pyright: ignore[reportPrivateUsage]

    async def late(self: Guard, scope: HTTPScope) -> None:
        entered.set()
        await gate.wait()
        await original(self, scope)

    with patch.context() as held:
        held.setattr(Guard, "_touch", late)
        slow = asyncio.create_task(copy.get("/api/v1/me"))
        await entered.wait()
    assert (await browser.delete("/api/v1/session")).status_code == 204
    gate.set()
    assert (await slow).status_code == 200
    return await copy.get("/api/v1/me")


async def test_a_session_stays_dead_although_a_slow_request_of_it_ends_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await end_during_a_slow_request(world, monkeypatch)).status_code == 401


async def test_a_session_would_rise_again_if_requests_wrote_it_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: what a request read of its session it writes back, as session middleware does by default."""
    person = world.people[BUYER]

    async def write_whole(transaction: Transaction, credential: Credential) -> None:
        await transaction.driver.execute(
            "/*free secret*/ INSERT INTO sessions"
            " (tenant_id, id_hash, user_id, membership_id, epoch, class, expires_at)"
            " SELECT $1, $2, $3, $4, epoch, 'client', now() + interval '1 hour' FROM users WHERE id = $3"
            " ON CONFLICT DO NOTHING",
            transaction.tenant_id,
            credential.secret_hash,
            person.user_id,
            person.membership_id,
        )

    monkeypatch.setattr("app.access.guard.touch", write_whole)
    assert (await end_during_a_slow_request(world, monkeypatch)).status_code == 200
    await world.execute("DELETE FROM sessions")


# --- F3: a lost update


async def test_identity_of_an_id_never_changes(world: World) -> None:
    browser = await world.signed_in(BUYER)
    before = await world.fetch("SELECT user_id FROM sessions WHERE id_hash = $1", _hash(cookie_of(browser)))
    owner = cast("UUID", before[0]["user_id"])
    old = cookie_of(browser)
    del browser.headers["X-CSRF-Token"]
    slow = asyncio.create_task(with_cookie(world, old).get("/api/v1/me"))
    assert (await browser.sign_in(world.people[STRANGER].login)).status_code == 200
    await slow
    me = read(await browser.get("/api/v1/me"))
    assert owner == world.people[BUYER].user_id
    assert cast("dict[str, str]", me["user"])["id"] == str(world.people[STRANGER].user_id)
    assert await world.fetch("SELECT FROM sessions WHERE id_hash = $1", _hash(old)) == []


# --- F4: anonymous exhaustion


async def test_three_hundred_anonymous_requests_leave_nothing_behind(world: World) -> None:
    before, keys = await count_sessions(world), await count_keys(world)
    browser = world.browser()
    for path in ("/", "/ru/alatau", "/kk/alatau/sign-in", "/api/v1/me", "/nothing"):
        for _ in range(60):
            await browser.get(path)
    assert await count_sessions(world) == before
    assert cookie_of(browser) == ""
    assert await count_keys(world) == keys


# --- F6: forms of another site


@pytest.mark.parametrize(
    ("case", "headers"),
    [
        ("no token", {}),
        ("an invented token", {"X-CSRF-Token": "x" * 86}),
        ("garbage", {"X-CSRF-Token": "\\xff$"}),
        ("another site says so", {"Sec-Fetch-Site": "cross-site"}),
        ("a sister site says so", {"Sec-Fetch-Site": "same-site"}),
        ("another origin", {"Origin": "https://evil.example"}),
        ("no origin a browser would hide", {"Origin": "null"}),
        ("our name, another port", {"Origin": "http://127.0.0.1:9999"}),
        ("our name, another scheme", {"Origin": "https://127.0.0.1:8000"}),
        ("our name as a prefix", {"Origin": "http://127.0.0.1:8000.evil.example"}),
    ],
)
async def test_a_change_needs_our_origin_and_the_token_of_this_session(
    world: World, case: str, headers: dict[str, str]
) -> None:
    browser = await world.signed_in(BUYER)
    good = browser.headers["X-CSRF-Token"]
    if "token" in case or "garbage" in case:
        del browser.headers["X-CSRF-Token"]
    answer = await browser.patch("/api/v1/me", json={"theme": "dark"}, headers=headers)
    assert answer.status_code == 403, case
    assert read(answer)["code"] in {"form_expired", "foreign_origin"}
    browser.headers["X-CSRF-Token"] = good
    assert (await browser.patch("/api/v1/me", json={"theme": "light"})).status_code == 204


async def test_a_token_is_worth_nothing_in_another_session(world: World) -> None:
    attacker, victim = await world.signed_in(STRANGER), await world.signed_in(BUYER)
    victim.headers["X-CSRF-Token"] = attacker.headers["X-CSRF-Token"]
    assert (await victim.patch("/api/v1/me", json={"theme": "dark"})).status_code == 403


async def test_a_token_of_an_older_session_is_worth_nothing(world: World) -> None:
    browser = await world.signed_in(BUYER)
    old = browser.headers.pop("X-CSRF-Token")
    await browser.sign_in(world.people[BUYER].login)
    browser.headers["X-CSRF-Token"] = old
    assert (await browser.patch("/api/v1/me", json={"theme": "dark"})).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_json_under_another_name_is_not_read(world: World, kind: str) -> None:
    browser = await world.signed_in(BUYER)
    answer = await browser.patch("/api/v1/me", content=b'{"theme": "dark"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


async def test_signing_in_from_another_site_is_refused(world: World) -> None:
    browser = Browser(world.app)
    browser.headers["Origin"] = "https://evil.example"
    assert (await browser.sign_in(world.people[BUYER].login)).status_code == 403


async def test_forgery_would_work_without_the_checks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mutants: tokens are not bound to a session; origins are not looked at."""
    browser = await world.signed_in(BUYER)
    with monkeypatch.context() as patch:
        patch.setattr(FormTokens, "matches", _always)
        browser.headers["X-CSRF-Token"] = "x"
        assert (await browser.patch("/api/v1/me", json={"theme": "dark"})).status_code == 204
    with monkeypatch.context() as patch:
        patch.setattr(Origins, "may_change", _always)
        fresh = await world.signed_in(BUYER)
        answer = await fresh.patch("/api/v1/me", json={"theme": "dark"}, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 204


# --- the rest of a session's life


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    answer = await world.browser().sign_in(world.people[BUYER].login)
    flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "path=/", "samesite=lax"} <= flags
    assert "domain" not in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("idle for half an hour", "UPDATE sessions SET seen_at = now() - interval '31 minutes'"),
        ("older than twelve hours", "UPDATE sessions SET expires_at = now() - interval '1 second'"),
        ("the person was disabled", "UPDATE users SET disabled_at = now()"),
        ("the person's epoch was raised", "UPDATE users SET epoch = epoch + 1"),
        ("the membership ended", "UPDATE memberships SET ended_at = now() WHERE role = 'distributor_manager'"),
    ],
)
async def test_a_session_ends_when_its_ground_is_gone(world: World, case: str, change: str) -> None:
    browser = await world.signed_in(BUYER)
    await world.execute(change)
    assert (await browser.get("/api/v1/me")).status_code == 401, case
    await world.execute(
        "UPDATE users SET disabled_at = NULL; UPDATE memberships SET ended_at = NULL; DELETE FROM sessions"
    )


async def test_use_is_noted_at_most_once_a_minute(world: World) -> None:
    browser = await world.signed_in(BUYER)

    async def seen_at() -> datetime:
        rows = await world.fetch("SELECT seen_at FROM sessions WHERE id_hash = $1", _hash(cookie_of(browser)))
        return cast("datetime", rows[0][0])

    await world.execute("UPDATE sessions SET seen_at = now() - interval '50 seconds'")
    before = await seen_at()
    await browser.get("/api/v1/me")
    assert await seen_at() == before
    await world.execute("UPDATE sessions SET seen_at = now() - interval '70 seconds'")
    await browser.get("/api/v1/me")
    assert await seen_at() > before


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "1.c.",
        "1.x.abc",
        "-1.c.abc",
        "99999999999.c.abc",
        "1.c.a.b",
        "٣.c.abc",
        "1.c." + "a" * 100,
        "gASVIAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAVsczt4lIWUUpQu",
        "1.c.\x80\x04\x95",
        "'; DROP TABLE sessions; --",
    ],
)
async def test_garbage_in_the_cookie_is_nobody(world: World, value: str) -> None:
    browser = world.browser()
    answer = await browser.get("/api/v1/me", headers=[(b"Cookie", f"{COOKIE}={value}".encode())])
    assert answer.status_code == 401


async def test_a_clients_session_cannot_be_shown_to_the_staff_pool(world: World) -> None:
    browser = await world.signed_in(BUYER)
    tenant, _, secret = cookie_of(browser).split(".")
    assert (await with_cookie(world, f"{tenant}.s.{secret}").get("/api/v1/me")).status_code == 401
    assert (await with_cookie(world, f"2.c.{secret}").get("/api/v1/me")).status_code == 401


async def test_a_clients_connection_cannot_write_itself_a_staff_session(world: World) -> None:
    person = world.people[BUYER]
    engine = world.portal.engines.client
    async with engine.connect() as connection:
        await connection.exec_driver_sql(
            "SELECT set_config('app.tenant', '1', true), set_config('app.user', $1, true)", (str(person.user_id),)
        )
        with pytest.raises(Exception, match="row-level security"):
            await connection.exec_driver_sql(
                "/*free secret*/ INSERT INTO sessions"
                " (tenant_id, id_hash, user_id, membership_id, epoch, class, expires_at)"
                " VALUES (1, 'x', $1, $2, 1, 'staff', now() + interval '1 hour')",
                (person.user_id, person.membership_id),
            )


async def test_the_database_knows_no_secret(world: World) -> None:
    browser = await world.signed_in(BUYER)
    secret = cookie_of(browser).rpartition(".")[2]
    rows = await world.fetch("SELECT s::text AS row FROM sessions s")
    assert not [row for row in rows if secret in row["row"]]
    assert len(secret) >= 43


def _always(*_: object) -> bool:
    return True


def _hash(cookie: str) -> bytes:
    return token_hash(cookie.rpartition(".")[2])
