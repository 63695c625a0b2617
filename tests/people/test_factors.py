"""The second factor: the codes of the RFC, each taken once, and a stolen password that opens nothing."""

import base64
import time
from collections.abc import AsyncIterator
from typing import cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest

from app.access import tickets
from app.access.totp import find_step, make_secret, write_code, write_secret, write_uri
from tests.access.browsers import Browser, World, read
from tests.access.people import PASSWORD
from tests.people.letterbox import post

BUYER, ADMIN, SENIOR = "alatau/distributor_manager", "alatau/admin", "alatau/distributor_senior"
HOME = "/ru/alatau/sign-in"
_RFC_KEY = b"12345678901234567890"


@pytest.fixture(autouse=True)
async def no_factors(world: World) -> AsyncIterator[None]:
    yield
    for table in ("totp_factors", "recovery_codes", "passkeys", "factor_roles", "sessions"):
        await world.execute(f"DELETE FROM {table}")


# RFC 6238, appendix B: SHA-1, eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert write_code(_RFC_KEY, seconds // 30, digits=8) == code


# RFC 4226, appendix D: six digits.
@pytest.mark.parametrize(("counter", "code"), list(enumerate(
    ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
)))  # fmt: skip
def test_codes_are_those_of_rfc_4226(counter: int, code: str) -> None:
    assert write_code(_RFC_KEY, counter) == code


def test_a_code_is_good_for_one_step_either_way_and_never_again() -> None:
    now = 1_000_000 * 30.0
    codes = {step: write_code(_RFC_KEY, 1_000_000 + step) for step in range(-3, 4)}
    assert {step for step, code in codes.items() if find_step(_RFC_KEY, code, now, after=0)} == {-1, 0, 1}
    assert find_step(_RFC_KEY, codes[0], now, after=1_000_000) is None
    assert find_step(_RFC_KEY, codes[1], now, after=1_000_000) == 1_000_001
    for wrong in ("", "0", codes[0][:5], codes[0] + "0", "abcdef", "４５６７８９"):
        assert find_step(_RFC_KEY, wrong, now, after=0) is None, wrong


def test_a_secret_is_of_one_installation_one_tenant_one_person_and_one_seed() -> None:
    one, two = UUID(int=1), UUID(int=2)
    secrets = {make_secret("k", 1, one, b"a"), make_secret("l", 1, one, b"a"), make_secret("k", 2, one, b"a"),
               make_secret("k", 1, two, b"a"), make_secret("k", 1, one, b"b")}  # fmt: skip
    assert {len(secret) for secret in secrets} == {20}
    assert len(secrets) == 5


def test_the_address_for_the_app_says_all_it_needs() -> None:
    uri = urlsplit(write_uri(_RFC_KEY, "a@example.test", "Алатау Ойл"))
    said = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert base64.b32decode(said["secret"][0]) == _RFC_KEY
    assert said["issuer"] == ["Алатау Ойл"]
    assert write_secret(_RFC_KEY) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


class App:
    """The app on a phone: one code a step, like a patient person."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b32decode(secret.replace(" ", ""))
        self.step = int(time.time()) // 30 - 1

    def code(self) -> str:
        """A code that was not used yet; at most three within half a minute."""
        code = write_code(self.secret, self.step)
        self.step += 1
        return code


async def set_up(browser: Browser) -> tuple[App, list[str]]:
    started = read(await browser.post("/api/v1/me/factors/totp", json={"password": PASSWORD}))
    app = App(str(started["secret"]))
    confirmed = await browser.post("/api/v1/me/factors/totp/confirm", json={"otp": app.code()})
    assert confirmed.status_code == 200, confirmed.text
    return app, cast("list[str]", read(confirmed)["codes"])


async def sign_in(world: World, key: str, otp: str = "", password: str = PASSWORD) -> tuple[int, str]:
    body = {"login": world.people[key].login, "password": password, "otp": otp}
    answer = await world.browser().post("/api/v1/session", json=body)
    return answer.status_code, "" if answer.is_success else str(read(answer)["code"])


async def test_with_a_factor_a_password_alone_opens_nothing(world: World) -> None:
    here, elsewhere = await world.signed_in(BUYER), await world.signed_in(BUYER)
    app, _ = await set_up(here)
    assert (await elsewhere.get("/api/v1/me")).status_code == 401, "sessions from before have ended"
    assert (await here.get("/api/v1/me")).status_code == 200, "this one goes on under a new id"
    assert await sign_in(world, BUYER) == (401, "otp_required")
    assert await sign_in(world, BUYER, "000000") == (401, "otp_wrong")
    code = app.code()
    assert await sign_in(world, BUYER, code, "wrong wrong") == (401, "wrong_credentials")
    assert await sign_in(world, BUYER, code) == (200, "")
    assert await sign_in(world, BUYER, code) == (401, "otp_wrong"), "a code that was seen is worth nothing"
    assert read(await here.get("/api/v1/me/factors")) == {
        "totp": True, "passkeys": [], "recovery_codes_left": 10, "is_demanded": False}  # fmt: skip


async def test_one_time_codes_stand_in_for_a_lost_phone_once_each(world: World) -> None:
    _, codes = await set_up(await world.signed_in(BUYER))
    assert len(set(codes)) == 10
    assert await sign_in(world, BUYER, codes[0]) == (200, "")
    assert await sign_in(world, BUYER, codes[0]) == (401, "otp_wrong")
    assert await sign_in(world, BUYER, codes[1].replace("-", " ").upper()) == (200, "")
    assert await sign_in(world, SENIOR, codes[2]) == (200, ""), "who has no factor is not asked for one"
    rows = await world.fetch("SELECT t::text AS row FROM recovery_codes t UNION ALL SELECT t::text FROM totp_factors t")
    assert not [row for row in rows for code in codes if code in row["row"] or code.replace("-", "") in row["row"]]


async def test_codes_cannot_be_guessed(world: World) -> None:
    app, _ = await set_up(await world.signed_in(BUYER))
    tried = [await sign_in(world, BUYER, f"{number:06}") for number in range(9)]
    assert {status for status, _ in tried} == {401}
    statuses = [(await sign_in(world, BUYER, f"{number:06}"))[0] for number in range(10, 13)]
    assert statuses[-1] == 429
    assert (await sign_in(world, BUYER, app.code()))[0] == 429, "not even with the right one, for a while"


async def two_steps(world: World, browser: Browser) -> str:
    """Give the right password on the page; gives the ticket of the second half."""
    form = {"login": world.people[BUYER].login, "password": PASSWORD, "next": "/orders"}
    answer = await browser.post(HOME, data=form)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert 'value="/orders"' in answer.text
    return answer.text.partition('name="ticket" value="')[2].partition('"')[0]


async def go_on(browser: Browser, ticket: str, otp: str) -> httpx.Response:
    return await browser.post(f"{HOME}/code", data={"ticket": ticket, "otp": otp, "next": "/orders"})


async def test_the_page_asks_in_two_steps_and_goes_where_the_person_wanted(world: World) -> None:
    app, _ = await set_up(await world.signed_in(BUYER))
    browser = world.browser()
    ticket = await two_steps(world, browser)
    assert PASSWORD not in ticket
    refused = await go_on(browser, ticket, "000000")
    assert refused.status_code == 401
    assert "<title>Ошибка: " in refused.text
    done = await go_on(browser, ticket, app.code())
    assert (done.status_code, done.headers["location"]) == (303, "/orders")
    assert (await browser.get("/api/v1/me")).status_code == 200


async def test_a_ticket_opens_nothing_by_itself_and_not_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = await set_up(await world.signed_in(BUYER))
    browser = world.browser()
    ticket = await two_steps(world, browser)
    spoiled = ticket[:-6] + ("AAAAAA" if not ticket.endswith("AAAAAA") else "BBBBBB")
    for wrong in (spoiled, "", "x", "é", "A" * 900):
        assert (await go_on(browser, wrong, app.code())).status_code in {400, 401}
        app.step -= 1
    await world.execute("UPDATE users SET epoch = epoch + 1 WHERE id = $1", world.people[BUYER].user_id)
    assert (await go_on(browser, ticket, app.code())).status_code == 401, "the password changed meanwhile"
    monkeypatch.setattr(tickets, "LIFE_S", -1)
    late = await two_steps(world, browser)
    assert (await go_on(browser, late, app.code())).status_code == 401


async def test_a_secret_counts_only_once_it_was_confirmed(world: World) -> None:
    browser = await world.signed_in(BUYER)
    wrong = await browser.post("/api/v1/me/factors/totp", json={"password": "wrong wrong"})
    assert wrong.status_code == 422
    assert (await browser.post("/api/v1/me/factors/totp/confirm", json={"otp": "000000"})).status_code == 422
    first = App(str(read(await browser.post("/api/v1/me/factors/totp", json={"password": PASSWORD}))["secret"]))
    second = App(str(read(await browser.post("/api/v1/me/factors/totp", json={"password": PASSWORD}))["secret"]))
    assert await sign_in(world, BUYER) == (200, "")
    assert (await browser.post("/api/v1/me/factors/totp/confirm", json={"otp": first.code()})).status_code == 422
    assert (await browser.post("/api/v1/me/factors/totp/confirm", json={"otp": second.code()})).status_code == 200
    assert await sign_in(world, BUYER) == (401, "otp_required")
    browser.headers["X-CSRF-Token"] = str(read(await browser.get("/api/v1/me"))["csrf_token"])
    again = await browser.post("/api/v1/me/factors/totp", json={"password": PASSWORD})
    assert again.status_code == 422, "a factor that is on is not replaced by whoever finds the browser open"


async def test_turning_it_off_takes_the_password_and_is_told_by_letter(world: World) -> None:
    await post(world)
    browser = await world.signed_in(BUYER)
    await set_up(browser)
    me = await browser.get("/api/v1/me")
    browser.headers["X-CSRF-Token"] = str(read(me)["csrf_token"])
    assert (await browser.post("/api/v1/me/factors/off", json={"password": "wrong wrong"})).status_code == 422
    codes = cast("list[str]", read(await browser.post("/api/v1/me/factors/recovery-codes",
                                                      json={"password": PASSWORD}))["codes"])  # fmt: skip
    assert len(codes) == 10
    assert (await browser.post("/api/v1/me/factors/off", json={"password": PASSWORD})).status_code == 204
    assert await sign_in(world, BUYER) == (200, "")
    assert len([one for one in await post(world) if one.to == world.people[BUYER].login]) == 2


async def test_a_role_that_demands_a_factor_shows_nothing_until_there_is_one(world: World) -> None:
    admin, buyer = await world.signed_in(ADMIN), await world.signed_in(SENIOR)
    assert (await buyer.get("/api/v1/orders")).status_code == 200
    put = await admin.put("/api/v1/factor-roles", json={"roles": ["distributor_senior", "forwarder"]})
    assert read(put)["roles"] == ["distributor_senior", "forwarder"]
    refused = await buyer.get("/api/v1/orders")
    assert (refused.status_code, read(refused)["code"]) == (403, "factor_demanded")
    home = (await buyer.get("/home")).text
    assert 'href="/profile/second-factor"' in home
    assert 'href="/orders"' not in home
    assert (await buyer.get("/profile/second-factor")).status_code == 200
    assert cast("list[str]", read(await buyer.get("/api/v1/me"))["permissions"]) == ["profile:edit"]
    await set_up(buyer)
    assert (await buyer.get("/api/v1/orders")).status_code == 200
    buyer.headers["X-CSRF-Token"] = str(read(await buyer.get("/api/v1/me"))["csrf_token"])
    kept = await buyer.post("/api/v1/me/factors/off", json={"password": PASSWORD})
    assert [one["code"] for one in cast("list[dict[str, str]]", read(kept)["errors"])] == ["factor_kept"]
    assert (await admin.put("/api/v1/factor-roles", json={"roles": ["emperor"]})).status_code == 422
    assert (await buyer.put("/api/v1/factor-roles", json={"roles": []})).status_code == 403


async def test_a_lost_factor_is_taken_away_by_the_administrator(world: World) -> None:
    owner, boss, other = [await world.signed_in(key) for key in (BUYER, ADMIN, "alatau/distributor_head")]
    await set_up(owner)
    path = f"/api/v1/users/{world.people[BUYER].user_id}"
    assert read(await boss.get(path))["has_second_factor"] is True
    assert (await other.post(f"{path}/second-factor/off")).status_code == 403
    assert read(await boss.post(f"{path}/second-factor/off"))["has_second_factor"] is False
    assert (await owner.get("/api/v1/me")).status_code == 401
    assert await sign_in(world, BUYER) == (200, "")


async def test_pages_lead_through_the_setting_up(world: World) -> None:
    browser = await world.signed_in(BUYER)
    assert (await browser.get("/profile/second-factor")).status_code == 200
    wrong = await browser.post("/profile/second-factor", data={"password": "wrong wrong"})
    assert wrong.status_code == 422
    assert (await browser.post("/profile/second-factor", data={"password": PASSWORD})).status_code == 303
    page = (await browser.get("/profile/second-factor")).text
    app = App(page.partition('id="secret">')[2].partition("<")[0])
    refused = await browser.post("/profile/second-factor/confirm", data={"otp": "000000"})
    assert refused.status_code == 422
    done = await browser.post("/profile/second-factor/confirm", data={"otp": app.code()})
    assert done.status_code == 200
    assert done.text.partition('id="codes">')[2].partition("</ul>")[0].count("<li>") == 10
    shown = (await browser.get("/profile/second-factor")).text
    assert 'id="codes"' not in shown
    assert 'id="secret"' not in shown
    assert (await (await world.signed_in(ADMIN)).get("/users/second-factor")).status_code == 200
