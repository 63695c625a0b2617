"""See as: what an administrator sees through another person's eyes, and everything that must not come of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, cast
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest
from litestar.types import ASGIApp
from msgspec import Struct

from app.access.actors import Actor
from app.asgi import Portal
from app.infra.http.unit import Held
from app.rights.jobs import end_looks
from app.rights.schemas import SeeingState, SeeingView
from tests.access.browsers import Browser, open_portal, read, settings_for
from tests.access.people import PASSWORD
from tests.orders.shop import (
    ADMIN,
    ALPHA,
    BETA_CONTRACT,
    BUYER,
    COLLEAGUE,
    CONTRACT,
    HEAD,
    MANAGER,
    TENANT,
    Shop,
    serve,
)
from tests.orders.steps import submitted
from tests.rights.desks import SECOND_ADMIN
from tests.support.databases import fresh_database

REASON: Final = "The buyer asks why a contract is missing"
LOOK: Final = "karavan_look"
BANNER: Final = "You see the portal as Person 1 does."
READ_ONLY: Final = "You are looking as another person: nothing can be changed. Go back to yourself first."


class Site(Struct, frozen=True):
    """The shop, the portal on it, and its wiring."""

    shop: Shop
    app: ASGIApp
    portal: Portal

    async def enter(self, actor: Actor) -> Browser:
        """Sign somebody in."""
        browser = Browser(self.app)
        assert (await browser.sign_in(actor.email)).status_code == 200
        return browser

    async def look(self, as_whom: Actor, watcher: Actor = ADMIN) -> Browser:
        """Sign an administrator in and let them look as somebody."""
        browser = await self.enter(watcher)
        begun = await see_as(browser, as_whom)
        assert (begun.status_code, begun.headers["location"]) == (303, "/home"), begun.text
        assert browser.cookies.get(LOOK)
        return browser


@pytest.fixture
async def site(pg_server_url: str, shop_template: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    with fresh_database(pg_server_url, shop_template) as database:
        async with open_portal(settings_for(database, redis_url, tmp_path)) as (portal, app):
            await portal.redis.flushdb()
            shop = serve(database)
            yield Site(shop, app, portal)
            await shop.close()


async def see_as(browser: Browser, person: Actor, reason: str = REASON) -> httpx.Response:
    return await browser.post("/access/see-as", data={"person": str(person.membership_id), "reason": reason})


async def trail(site: Site) -> list[tuple[str, UUID, UUID, str]]:
    """What the audit trail says of looks: action, who, as whom, and the path or the reason."""
    rows = await site.shop.look(
        "SELECT action, actor_id, on_behalf_id, coalesce(detail->>'path', detail->>'reason', '') AS what"
        " FROM audit_records WHERE action LIKE 'seeing.%' ORDER BY stamp, id"
    )
    told = [cast("Mapping[str, object]", row) for row in rows]
    return [
        (str(one["action"]), cast("UUID", one["actor_id"]), cast("UUID", one["on_behalf_id"]), str(one["what"]))
        for one in told
    ]


# --- what is seen


async def test_the_portal_is_seen_as_the_person_sees_it_and_says_so_on_every_page(site: Site) -> None:
    order, strangers = await submitted(site.shop), await submitted(site.shop, actor=COLLEAGUE)
    browser = await site.look(BUYER)
    for path in ("/home", "/orders", f"/orders/{order}", "/catalog", "/contracts", f"/contracts/{CONTRACT}"):
        page = await browser.get(path)
        assert page.status_code == 200, path
        assert BANNER in page.text, path
    # The administrator sees everything; the buyer neither a colleague's order nor another company's papers.
    assert (await browser.get(f"/orders/{strangers}")).status_code == 404
    assert (await browser.get(f"/contracts/{BETA_CONTRACT}")).status_code == 404
    assert (await browser.get("/access")).status_code == 403
    me = (await browser.get("/api/v1/contracts")).text
    assert str(CONTRACT) in me
    assert str(BETA_CONTRACT) not in me


async def test_a_look_through_a_clients_eyes_runs_on_a_clients_connection(site: Site) -> None:
    browser = await site.look(BUYER)
    held = Held()
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    scope = {"type": "http", "headers": [(b"cookie", cookies.encode())]}
    _, entered = await site.portal.entrance.enter_from(scope, held)  # pyright: ignore[reportArgumentType]
    assert entered is not None
    driver = cast("asyncpg.Connection", entered.transaction.driver)
    assert await driver.fetchval("SELECT session_user::text") == "karavan_client"
    assert await driver.fetchval("SELECT current_setting('app.partners')") == str(ALPHA)
    assert await driver.fetchval("SELECT current_setting('transaction_read_only')") == "on"
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await driver.execute("UPDATE users SET name = 'x' WHERE id = $1", BUYER.user_id)
    await held.close()


async def test_never_more_is_seen_than_both_may_see(site: Site) -> None:
    """What the administrator may not see stays hidden, whatever the person sees."""
    await site.shop.change(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, ctr)"
        " VALUES (1, gen_random_uuid(), $1, 'contract', 'view', 'deny', $2)",
        *(f"u:{ADMIN.user_id}", str(CONTRACT)),
    )
    browser = await site.look(BUYER)
    assert (await browser.get(f"/contracts/{CONTRACT}")).status_code == 404
    assert str(CONTRACT) not in (await browser.get("/api/v1/contracts")).text
    assert (await (await site.enter(BUYER)).get(f"/contracts/{CONTRACT}")).status_code == 200


async def test_nobody_else_s_own_affairs_are_seen(site: Site) -> None:
    browser = await site.look(BUYER)
    for path in ("/profile", "/profile/password", "/api/v1/me/sessions", "/api/v1/me/tokens"):
        assert (await browser.get(path)).status_code == 403, path


# --- what is done


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orders/{order}/cancel"),
        ("POST", "/orders/{order}/repeat"),
        ("POST", "/me/language"),
        ("POST", "/me/membership"),
        ("POST", "/access/see-as"),
        ("POST", "/api/v1/orders"),
        ("PATCH", "/api/v1/me"),
    ],
)
async def test_nothing_can_be_written_and_the_refusal_says_why(site: Site, method: str, path: str) -> None:
    order = await submitted(site.shop)
    browser = await site.look(BUYER)
    before = await site.shop.look("SELECT state, version FROM orders ORDER BY id")
    form = {"person": str(MANAGER.membership_id), "reason": REASON, "locale": "ru"}
    answer = await browser.request(method, path.format(order=order), data=form, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 403, answer.text
    assert READ_ONLY in answer.text
    assert await site.shop.look("SELECT state, version FROM orders ORDER BY id") == before
    assert (await browser.get("/home")).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/v1/session"), ("POST", "/sign-out")])
async def test_whoever_looks_can_sign_out_and_the_look_is_over_with_the_session(
    site: Site, method: str, path: str
) -> None:
    browser = await site.look(BUYER)
    kept = dict(browser.cookies)
    assert (await browser.request(method, path, data={})).status_code in {204, 303}
    assert LOOK not in browser.cookies
    browser.cookies.update(kept)
    assert (await browser.get("/api/v1/me")).status_code == 401
    assert await site.shop.look("SELECT FROM sessions") == []


async def test_whoever_signs_in_anew_is_themselves(site: Site) -> None:
    browser, other = await site.look(BUYER), await site.enter(ADMIN)
    assert (await browser.sign_in(ADMIN.email)).status_code == 200
    mine = await browser.get("/api/v1/me")
    assert mine.status_code == 200
    assert read(mine)["user"] == read(await other.get("/api/v1/me"))["user"]
    browser = await site.look(BUYER)
    form = {"login": ADMIN.email, "password": PASSWORD}
    assert (await browser.post("/en/alatau/sign-in", data=form)).status_code == 303
    assert LOOK not in browser.cookies


# --- who may


@pytest.mark.parametrize("person", [ADMIN, SECOND_ADMIN])
async def test_nobody_looks_as_themselves_or_as_another_administrator(site: Site, person: Actor) -> None:
    browser = await site.enter(ADMIN)
    assert (await see_as(browser, person)).status_code == 303
    assert browser.cookies.get(LOOK) is None
    assert "/access/see-as" not in (await browser.get(f"/access/check?person={person.membership_id}")).text
    assert await trail(site) == []


@pytest.mark.parametrize("actor", [HEAD, MANAGER, BUYER])
async def test_whoever_has_not_the_right_cannot_look(site: Site, actor: Actor) -> None:
    browser = await site.enter(actor)
    assert (await see_as(browser, COLLEAGUE)).status_code == 403
    assert await trail(site) == []


async def test_a_look_needs_a_reason_worth_the_name(site: Site) -> None:
    browser = await site.enter(ADMIN)
    for reason in ("", "x", "    "):
        assert (await see_as(browser, BUYER, reason)).status_code in {303, 400, 422}
        assert browser.cookies.get(LOOK) is None
    assert await trail(site) == []


async def test_a_token_does_not_look(site: Site) -> None:
    browser = await site.enter(ADMIN)
    made = await browser.post(
        "/api/v1/me/tokens", json={"label": "x", "days": 1, "read_only": False}, headers={"Idempotency-Key": "t"}
    )
    if made.status_code == 201:
        secret = re.search(r'"token":\s*"([^"]+)"', made.text)
        assert secret is not None
        script = Browser(site.app)
        answer = await script.post(
            "/access/see-as", data={"person": str(BUYER.membership_id), "reason": REASON},
            headers={"Authorization": f"Bearer {secret[1]}"},
        )  # fmt: skip
        assert LOOK not in answer.headers.get("set-cookie", "")
    assert await trail(site) == []


# --- what is written down


async def test_beginning_every_page_and_the_end_are_written_down_with_both_names(site: Site) -> None:
    browser = await site.look(BUYER)
    await browser.get("/orders")
    await browser.get("/api/v1/orders")
    await browser.get(f"/contracts/{BETA_CONTRACT}")
    await browser.post("/me/language", data={"locale": "ru"})
    ended = await browser.post("/see-as/end")
    assert (ended.status_code, browser.cookies.get(LOOK)) == (303, None)
    both = (ADMIN.user_id, BUYER.user_id)
    assert await trail(site) == [
        ("seeing.began", *both, REASON),
        ("seeing.viewed", *both, "/orders"),
        ("seeing.viewed", *both, "/api/v1/orders"),
        ("seeing.viewed", *both, f"/contracts/{BETA_CONTRACT}"),
        ("seeing.viewed", *both, "/me/language"),
        ("seeing.ended", *both, ""),
    ]
    assert BANNER not in (await browser.get("/home")).text
    assert len(await trail(site)) == 6


async def test_what_cannot_be_written_down_is_not_shown(site: Site) -> None:
    browser = await site.look(BUYER)
    await site.shop.change("REVOKE INSERT ON audit_records FROM karavan_staff")
    assert (await browser.get("/orders")).status_code >= 500


# --- how it ends

OVER: Final = "/see-as/ended"
ENDS: Final = {
    "half an hour is over": ("UPDATE seeings SET began_at = began_at - $1::interval, ends_at = ends_at - $1::interval",
                             (timedelta(minutes=31),)),
    "it was ended elsewhere": ("UPDATE seeings SET ended_at = now()", ()),
    "the right is taken": ("UPDATE access_rules SET valid_to = now() WHERE action = 'see_as'", ()),
    "the person is disabled": ("UPDATE users SET disabled_at = now() WHERE id = $1", (BUYER.user_id,)),
    "the person leaves": ("UPDATE memberships SET ended_at = now() WHERE id = $1", (BUYER.membership_id,)),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDS)
async def test_a_look_ends_at_once_and_nothing_is_shown_in_its_place(site: Site, how: str) -> None:
    browser = await site.look(BUYER)
    statement, args = ENDS[how]
    await site.shop.change(statement, *args)
    refused = await browser.get("/api/v1/orders")
    assert (refused.status_code, "seeing_ended" in refused.text) == (403, True), refused.text
    written = await browser.post("/me/language", data={"locale": "ru"})
    assert written.status_code == 403
    gone = await browser.get("/orders")
    assert (gone.status_code, gone.headers["location"], browser.cookies.get(LOOK)) == (303, OVER, None)
    told = await browser.get(OVER)
    assert "You are yourself again" in told.text
    assert BANNER not in told.text


OWN_ENDS: Final = {
    "signed out elsewhere": ("DELETE FROM sessions WHERE user_id = $1", (ADMIN.user_id,)),
    "disabled": ("UPDATE users SET disabled_at = now() WHERE id = $1", (ADMIN.user_id,)),
    "password changed": ("UPDATE users SET epoch = epoch + 1 WHERE id = $1", (ADMIN.user_id,)),
    "place of work ended": ("UPDATE memberships SET ended_at = now() WHERE id = $1", (ADMIN.membership_id,)),
    "idle": ("UPDATE sessions SET seen_at = now() - interval '31 minutes' WHERE user_id = $1", (ADMIN.user_id,)),
}


@pytest.mark.parametrize("how", OWN_ENDS)
async def test_a_look_ends_with_the_session_it_hangs_on(site: Site, how: str) -> None:
    browser = await site.look(BUYER)
    statement, args = OWN_ENDS[how]
    await site.shop.change(statement, *args)
    assert (await browser.get("/api/v1/orders")).status_code == 401
    gone = await browser.get("/orders")
    assert gone.status_code == 303
    assert "sign-in" in gone.headers["location"] or gone.headers["location"].startswith("/?next")


async def test_the_secret_of_a_look_is_worth_nothing_alone_or_with_another_session(site: Site) -> None:
    browser = await site.look(BUYER)
    look = str(browser.cookies.get(LOOK))
    alone = Browser(site.app)
    alone.cookies.set(LOOK, look)
    assert (await alone.get("/api/v1/orders")).status_code == 401
    alone.cookies.set("karavan_session", look)
    assert (await alone.get("/api/v1/orders")).status_code == 401
    for other in (SECOND_ADMIN, COLLEAGUE):
        stolen = await site.enter(other)
        stolen.cookies.set(LOOK, look)
        assert (await stolen.get("/api/v1/orders")).status_code == 403
        assert (await stolen.get("/orders")).headers["location"] == OVER


async def test_the_class_in_the_cookie_cannot_be_changed(site: Site) -> None:
    """As if a client's look were staff's: the wall would be the tenant's and not the client's."""
    browser = await site.look(BUYER)
    look = str(browser.cookies.get(LOOK))
    browser.cookies.delete(LOOK)
    browser.cookies.set(LOOK, look.replace(".c.", ".s."))
    assert (await browser.get("/api/v1/orders")).status_code == 403


async def test_ending_twice_is_harmless_and_needs_the_form_token(site: Site) -> None:
    browser = await site.look(BUYER)
    token = browser.headers.pop("X-CSRF-Token")
    assert (await browser.post("/see-as/end")).status_code == 403
    assert browser.cookies.get(LOOK) is not None
    browser.headers["X-CSRF-Token"] = token
    for _ in range(2):
        assert (await browser.post("/see-as/end")).status_code == 303
    assert [one[0] for one in await trail(site)] == ["seeing.began", "seeing.ended"]


async def test_time_that_ends_a_look_is_written_down_once_under_both_names(site: Site) -> None:
    """However many workers notice it at once."""
    await site.look(BUYER)
    assert await end_looks(site.shop.staff, TENANT) == 0
    await _half_an_hour_later(site)
    ended = await asyncio.gather(*(end_looks(site.shop.staff, TENANT) for _ in range(4)))
    assert sorted(ended) == [0, 0, 0, 1]
    assert [one[:3] for one in await trail(site)] == [
        ("seeing.began", ADMIN.user_id, BUYER.user_id),
        ("seeing.ran_out", ADMIN.user_id, BUYER.user_id),
    ]
    (row,) = await site.shop.look("SELECT object_name, partner_id FROM audit_records WHERE action = 'seeing.ran_out'")
    assert (row["object_name"], row["partner_id"]) == (BUYER.name, ALPHA)


async def test_a_look_that_was_ended_does_not_run_out_as_well(site: Site) -> None:
    browser = await site.look(BUYER)
    await browser.post("/see-as/end")
    await _half_an_hour_later(site)
    assert await end_looks(site.shop.staff, TENANT) == 0
    assert [one[0] for one in await trail(site)] == ["seeing.began", "seeing.ended"]


# --- for scripts

API: Final = "/api/v1/access/see-as"


async def state(browser: Browser) -> SeeingView | None:
    return msgspec.json.decode((await browser.get(API)).content, type=SeeingState).look


async def test_scripts_begin_ask_and_end(site: Site) -> None:
    browser = await site.enter(ADMIN)
    assert await state(browser) is None
    begun = await browser.post(API, json={"person": str(BUYER.membership_id), "reason": REASON})
    assert begun.status_code == 201, begun.text
    look = msgspec.json.decode(begun.content, type=SeeingView)
    assert (look.person, look.user_id, look.name, look.reason) == (
        BUYER.membership_id, BUYER.user_id, BUYER.name, REASON,
    )  # fmt: skip
    assert look.ends_at - look.began_at == timedelta(minutes=30)
    assert BANNER in (await browser.get("/home")).text
    # The state is told to whoever looks, whatever the person seen may do.
    assert await state(browser) == look
    assert (await browser.post(API, json={"person": str(MANAGER.membership_id), "reason": REASON})).status_code == 403
    for _ in range(2):
        assert (await browser.delete(API)).status_code == 204
        assert browser.cookies.get(LOOK) is None
    assert await state(browser) is None
    assert [one[0] for one in await trail(site) if one[0] != "seeing.viewed"] == ["seeing.began", "seeing.ended"]


async def test_scripts_are_refused_in_words_too(site: Site) -> None:
    browser = await site.enter(ADMIN)
    for person, code in ((ADMIN, "seeing_oneself"), (SECOND_ADMIN, "seeing_administrator")):
        refused = await browser.post(API, json={"person": str(person.membership_id), "reason": REASON})
        assert (refused.status_code, code in refused.text) == (422, True), refused.text
    short = await browser.post(API, json={"person": str(BUYER.membership_id), "reason": "x"})
    assert short.status_code == 400, short.text
    head = await site.enter(HEAD)
    refused = await head.post(API, json={"person": str(BUYER.membership_id), "reason": REASON})
    assert refused.status_code == 403
    assert await trail(site) == []


async def test_a_look_over_is_no_longer_told_to_scripts(site: Site) -> None:
    browser = await site.look(BUYER)
    await _half_an_hour_later(site)
    assert await state(browser) is None


async def _half_an_hour_later(site: Site) -> None:
    await site.shop.change(
        "UPDATE seeings SET began_at = began_at - $1::interval, ends_at = ends_at - $1::interval", timedelta(minutes=31)
    )
