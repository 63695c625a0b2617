"""One's own profile: what changes ends what it must, and nobody reaches another's."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from limits import RateLimitItemPerMinute

from app.access.services import proving
from tests.access.browsers import Browser, World, open_world, read
from tests.access.people import PASSWORD
from tests.support.databases import Database

BUYER = "alatau/distributor_manager"
SENIOR = "alatau/distributor_senior"
NEW = "a different phrase altogether"


@pytest.fixture(scope="module")
async def world(
    module_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with open_world(module_database, redis_url, tmp_path_factory.mktemp("portal")) as opened:
        yield opened


async def test_me_tells_the_place_the_rights_and_nothing_of_others(world: World) -> None:
    me = read(await (await world.signed_in(BUYER)).get("/api/v1/me"))
    assert cast("dict[str, object]", me["membership"])["role"] == "distributor_manager"
    assert "order:submit" in cast("list[str]", me["permissions"])
    assert "tenant:admin" not in cast("list[str]", me["permissions"])
    assert me["tenant"] == {"code": "alatau", "name": "Alatau"}


async def test_a_new_password_ends_every_other_session_and_token(world: World) -> None:
    here, elsewhere = await world.signed_in(BUYER), await world.signed_in(BUYER)
    token = read(await here.post("/api/v1/me/tokens", json={"label": "nightly"}))["token"]
    script = world.browser()
    script.headers["Authorization"] = f"Bearer {token}"
    assert (await script.get("/api/v1/me")).status_code == 200
    answer = await here.post("/api/v1/me/password", json={"current": PASSWORD, "new": NEW})
    assert answer.status_code == 204
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await script.get("/api/v1/me")).status_code == 401
    me = await here.get("/api/v1/me")
    assert me.status_code == 200
    here.headers["X-CSRF-Token"] = str(read(me)["csrf_token"])
    assert (await world.browser().sign_in(world.people[BUYER].login)).status_code == 401
    back = await here.post("/api/v1/me/password", json={"current": NEW, "new": PASSWORD})
    assert back.status_code == 204


@pytest.mark.parametrize(
    ("current", "new", "problems"),
    [
        ("wrong wrong", NEW, [("current", "wrong_password")]),
        ("wrong wrong", "password123", [("current", "wrong_password"), ("new", "password_common")]),
        (PASSWORD, PASSWORD, [("new", "password_same")]),
        (PASSWORD, "short", [("new", "text_too_short")]),
    ],
)
async def test_a_refused_password_changes_nothing(
    world: World, current: str, new: str, problems: list[tuple[str, str]]
) -> None:
    here, elsewhere = await world.signed_in(BUYER), await world.signed_in(BUYER)
    answer = await here.post("/api/v1/me/password", json={"current": current, "new": new})
    found = cast("list[dict[str, str]]", read(answer)["errors"])
    assert [(one["field"], one["code"]) for one in found] == problems
    assert (await elsewhere.get("/api/v1/me")).status_code == 200


async def test_a_reading_token_reads_and_changes_nothing(world: World) -> None:
    browser = await world.signed_in(BUYER)
    made = read(await browser.post("/api/v1/me/tokens", json={"label": "report", "days": 7}))
    script = world.browser()
    script.headers["Authorization"] = f"Bearer {made['token']}"
    assert read(await script.get("/api/v1/me"))["csrf_token"] == ""
    refused = await script.patch("/api/v1/me", json={"theme": "dark"})
    assert (refused.status_code, read(refused)["code"]) == (403, "read_only_token")
    assert (await browser.delete(f"/api/v1/me/tokens/{made['id']}")).status_code == 204
    assert (await script.get("/api/v1/me")).status_code == 401


async def test_a_writing_token_needs_no_form_token(world: World) -> None:
    browser = await world.signed_in(BUYER)
    made = read(await browser.post("/api/v1/me/tokens", json={"label": "bot", "read_only": False}))
    script = world.browser()
    script.headers["Authorization"] = f"Bearer {made['token']}"
    assert (await script.patch("/api/v1/me", json={"theme": "dark"})).status_code == 204
    listed = read(await browser.get("/api/v1/me/tokens"))
    assert str(made["token"]) not in str(listed)
    assert listed["total"] == len(cast("list[object]", listed["items"]))


async def test_sessions_are_listed_and_ended_one_by_one(world: World) -> None:
    await world.execute("DELETE FROM sessions")
    here, elsewhere = await world.signed_in(BUYER), await world.signed_in(BUYER)
    listed = cast("list[dict[str, object]]", read(await here.get("/api/v1/me/sessions"))["items"])
    assert len(listed) == 2
    other = next(one for one in listed if not one["is_current"])
    assert (await here.get(f"/api/v1/me/sessions/{other['id']}")).status_code == 200
    assert (await here.delete(f"/api/v1/me/sessions/{other['id']}")).status_code == 204
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await here.get("/api/v1/me")).status_code == 200


async def test_anothers_session_and_token_are_not_found(world: World) -> None:
    owner, stranger = await world.signed_in(BUYER), await world.signed_in("alatau/distributor_manager/2")
    session = cast("list[dict[str, object]]", read(await owner.get("/api/v1/me/sessions"))["items"])[0]["id"]
    token = read(await owner.post("/api/v1/me/tokens", json={"label": "mine"}))["id"]
    for path in (f"/api/v1/me/sessions/{session}", f"/api/v1/me/tokens/{token}"):
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.delete(path)).status_code == 404
    assert (await owner.get("/api/v1/me")).status_code == 200


async def test_end_everywhere_leaves_this_browser_only(world: World) -> None:
    here, elsewhere = await world.signed_in(BUYER), await world.signed_in(BUYER)
    assert (await here.delete("/api/v1/me/sessions")).status_code == 204
    assert (await elsewhere.get("/api/v1/me")).status_code == 401
    assert (await here.get("/api/v1/me")).status_code == 200


async def test_unknown_fields_are_named_and_nothing_is_changed(world: World) -> None:
    browser = await world.signed_in(BUYER)
    answer = await browser.patch("/api/v1/me", json={"theme": "dark", "role": "admin", "tenant_id": 2, "epoch": 9})
    assert answer.status_code == 400
    named = {one["field"] for one in cast("list[dict[str, str]]", read(answer)["errors"])}
    assert named == {"role", "tenant_id", "epoch"}


async def test_texts_follow_the_language_of_the_person(world: World) -> None:
    browser = await world.signed_in(BUYER)
    await browser.patch("/api/v1/me", json={"locale": "kk"})
    answer = await browser.patch("/api/v1/me", json={"locale": "xx"})
    errors = cast("list[dict[str, str]]", read(answer)["errors"])
    assert [(one["field"], one["code"]) for one in errors] == [("locale", "not_a_choice")]
    assert errors[0]["message"] == "Ұсынылған мәндердің бірін таңдаңыз."
    await browser.patch("/api/v1/me", json={"locale": "ru"})


async def guess(browser: Browser, current: str = "wrong wrong") -> httpx.Response:
    return await browser.post("/api/v1/me/password", json={"current": current, "new": NEW})


async def test_guesses_of_the_present_password_are_limited_exactly_also_when_made_at_once(world: World) -> None:
    await world.portal.redis.flushdb()
    first, second = await world.signed_in(SENIOR), await world.signed_in(SENIOR)
    answers = await asyncio.gather(*(guess((first, second)[n % 2], f"guess {n} guess") for n in range(40)))
    # Ten reach the password check (of which a full queue may turn some away), the others never do.
    assert len([one for one in answers if one.status_code == 422]) <= 10
    assert len([one for one in answers if one.status_code == 429]) >= 30
    # The right one does not get through either, from another session of the same person; it costs nobody else.
    right = await guess(await world.signed_in(SENIOR), PASSWORD)
    assert (right.status_code, read(right)["code"]) == (429, "too_many_requests")
    assert 1 <= int(right.headers["retry-after"]) <= 301
    assert (await guess(await world.signed_in(f"{SENIOR}/2"))).status_code == 422


@pytest.mark.parametrize(
    ("locale", "words"), [("ru", "Слишком много попыток"), ("kk", "Тым көп әрекет"), ("en", "Too many attempts")]
)
async def test_the_form_says_how_long_to_wait(
    world: World, monkeypatch: pytest.MonkeyPatch, locale: str, words: str
) -> None:
    monkeypatch.setattr(proving, "PER_PERSON", RateLimitItemPerMinute(1, 5, namespace="password-change"))
    await world.portal.redis.flushdb()
    await world.execute("UPDATE users SET locale = $1", locale)
    browser = await world.signed_in(SENIOR)
    form = {"current": "wrong wrong", "new": NEW, "repeat": NEW}
    assert (await browser.post("/profile/password", data=form)).status_code == 422
    limited = await browser.post("/profile/password", data=form)
    assert (limited.status_code, "<form" in limited.text) == (429, True)
    assert words in limited.text
    assert limited.headers["retry-after"] in limited.text


async def test_a_right_password_is_no_guess(world: World) -> None:
    await world.portal.redis.flushdb()
    browser = await world.signed_in(SENIOR)
    for _ in range(12):
        weak = await browser.post("/api/v1/me/password", json={"current": PASSWORD, "new": PASSWORD})
        assert weak.status_code == 422
    assert (await guess(browser)).status_code == 422
