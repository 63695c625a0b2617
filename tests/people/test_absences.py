"""Standing in: the absent person's rights and drafts, on those days only, never more, and both names in the trail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.infra.db.engine import make_engine
from app.infra.db.transaction import open_tenant_transaction
from app.kernel.clock import business_date, utc_now
from app.people.rules import find_absence_problems
from tests.access.browsers import Browser, World, read
from tests.access.people import PASSWORD
from tests.people.letterbox import post

HEAD, SENIOR, MANAGER = "alatau/distributor_head", "alatau/distributor_senior", "alatau/distributor_manager"
STRANGER, STAFF, OTHER_STAFF = "alatau/distributor_manager/2", "alatau/manager_full", "alatau/logistician"
TODAY = business_date(utc_now(), "Asia/Almaty")


@pytest.fixture(autouse=True)
async def nobody_is_away(world: World) -> AsyncIterator[None]:
    yield
    await world.execute("DELETE FROM sessions")
    await world.execute("DELETE FROM delegations")
    await world.execute("UPDATE users SET disabled_at = NULL")
    await world.execute("UPDATE memberships SET ended_at = NULL")


async def enter(
    world: World, who: str, deputy: str, first: int = 0, last: int = 0, **more: str
) -> tuple[int, dict[str, object]]:
    order = {
        "deputy_id": str(world.people[deputy].user_id),
        "starts_on": (TODAY + timedelta(days=first)).isoformat(),
        "ends_on": (TODAY + timedelta(days=last)).isoformat(),
        **more,
    }
    answer = await (await world.signed_in(who)).post("/api/v1/delegations", json=order)
    return answer.status_code, read(answer)


def codes(told: dict[str, object]) -> list[str]:
    return [one["code"] for one in cast("list[dict[str, str]]", told.get("errors", []))]


async def stand_in(world: World, browser: Browser, absent: str) -> int:
    answer = await browser.post("/api/v1/me/membership", json={"membership": str(world.people[absent].membership_id)})
    if answer.is_success:
        browser.headers["X-CSRF-Token"] = str(read(answer)["csrf_token"])
    return answer.status_code


async def draft_of(world: World, key: str, number: str) -> UUID:
    """A draft that only its author, the branch's senior and the head see."""
    order, person = uuid4(), world.people[key]
    await world.execute(
        "INSERT INTO orders (tenant_id, id, partner_id, number, state, author_id, contract_id, branch, currency)"
        " SELECT 1, $1, $2, $3, 'draft', $4, id, '', 'KZT' FROM contracts WHERE partner_id = $2 LIMIT 1",
        *(order, person.partner_id, number, person.user_id),
    )
    return order


async def test_a_colleague_has_the_rights_and_drafts_of_that_place(world: World) -> None:
    draft = await draft_of(world, SENIOR, "P-900001")
    deputy = await world.signed_in(MANAGER)
    assert (await deputy.get(f"/api/v1/orders/{draft}")).status_code == 404
    assert (await deputy.get("/api/v1/limits")).status_code == 403
    status, made = await enter(world, SENIOR, MANAGER)
    assert (status, made["state"]) == (201, "running")
    assert (await deputy.get(f"/api/v1/orders/{draft}")).status_code == 404, "not before the place is changed"
    assert await stand_in(world, deputy, SENIOR) == 200
    assert (await deputy.get(f"/api/v1/orders/{draft}")).status_code == 200
    assert (await deputy.get("/api/v1/limits")).status_code == 200
    page = (await deputy.get("/home")).text
    assert "distributor_senior of 1" in page.partition('class="strip warn"')[2].partition("</div>")[0]
    archived = await deputy.post(f"/api/v1/orders/{draft}/archive", headers={"If-Match": '"1"'})
    assert archived.status_code in {200, 204}, archived.text
    [event] = await world.fetch("SELECT actor_id, data::text FROM order_events WHERE order_id = $1", draft)
    assert tuple(event) == (world.people[MANAGER].user_id, '{"on_behalf": "distributor_senior of 1"}')
    me = read(await deputy.get("/api/v1/me"))
    assert cast("dict[str, object]", me["user"])["email"] == world.people[MANAGER].login
    assert [one["on_behalf"] for one in cast("list[dict[str, object]]", me["memberships"])] == [
        "", "distributor_senior of 1"]  # fmt: skip
    assert await stand_in(world, deputy, MANAGER) == 200, "and back"
    assert (await deputy.get(f"/api/v1/orders/{draft}")).status_code == 404


@pytest.mark.parametrize(("first", "last"), [(1, 5), (-5, -1)])
async def test_not_a_day_earlier_and_not_a_day_later(world: World, first: int, last: int) -> None:
    person = world.people[SENIOR]
    await world.execute(
        "INSERT INTO delegations (tenant_id, id, user_id, membership_id, partner_id, deputy_id, starts_on, ends_on,"
        " created_by) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $2)",
        *(uuid4(), person.user_id, person.membership_id, person.partner_id, world.people[MANAGER].user_id),
        *(TODAY + timedelta(days=first), TODAY + timedelta(days=last)),
    )
    deputy = await world.signed_in(MANAGER)
    assert await stand_in(world, deputy, SENIOR) == 404
    assert len(cast("list[object]", read(await deputy.get("/api/v1/me"))["memberships"])) == 1


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE delegations SET starts_on = current_date - 9, ends_on = current_date - 3",
        "UPDATE delegations SET ended_at = now()",
        "UPDATE users SET disabled_at = now() WHERE email = 'alatau.distributor_senior@example.test'",
        "UPDATE users SET disabled_at = now() WHERE email = 'alatau.distributor_manager@example.test'",
        "UPDATE memberships SET ended_at = now() WHERE tenant_id = 1 AND role = 'distributor_senior'",
        "UPDATE memberships SET ended_at = now() WHERE tenant_id = 1 AND role = 'distributor_manager'",
    ],
)
async def test_it_ends_by_itself_with_the_next_request(world: World, ending: str) -> None:
    await enter(world, SENIOR, MANAGER, last=3)
    deputy = await world.signed_in(MANAGER)
    assert await stand_in(world, deputy, SENIOR) == 200
    assert (await deputy.get("/api/v1/limits")).status_code == 200
    await world.execute(ending)
    assert (await deputy.get("/api/v1/limits")).status_code == 401
    assert (await deputy.get("/home")).status_code == 303


async def test_never_beyond_the_absent_person_s_rights(world: World) -> None:
    """The head stands in for a manager and has the manager's rights there, whatever a head may elsewhere."""
    await enter(world, MANAGER, HEAD)
    head = await world.signed_in(HEAD)
    assert (await head.get("/api/v1/users")).status_code == 200
    assert await stand_in(world, head, MANAGER) == 200
    for path in ("/api/v1/users", "/api/v1/limits", "/api/v1/invitations"):
        assert (await head.get(path)).status_code == 403, path


async def test_what_changes_rights_and_what_is_the_person_s_own_is_not_handed_on(world: World) -> None:
    await enter(world, HEAD, MANAGER)
    deputy = await world.signed_in(MANAGER)
    assert await stand_in(world, deputy, HEAD) == 200
    assert (await deputy.get("/api/v1/users")).status_code == 200
    own = world.people[MANAGER]
    put = await deputy.put(
        f"/api/v1/users/places/{own.membership_id}", json={"role": "distributor_head"}, headers={"If-Match": '"1"'}
    )
    assert put.status_code == 403
    for method, path, body in (
        ("POST", "/api/v1/invitations", {"email": "a@example.test", "role": "distributor_head"}),
        ("POST", "/api/v1/access/drafts", {"title": "More for me"}),
        ("POST", "/api/v1/me/tokens", {"label": "mine for ever"}),
        ("POST", "/api/v1/me/password", {"current": PASSWORD, "new": "four quiet camels walking"}),
        ("POST", "/api/v1/me/factors/totp", {"password": PASSWORD}),
        ("PATCH", "/api/v1/me", {"name": "Somebody Else"}),
        ("GET", "/api/v1/me/sessions", None),
        ("DELETE", "/api/v1/me/sessions", None),
        ("GET", "/api/v1/delegations", None),
        ("POST", "/api/v1/delegations", {"deputy_id": str(own.user_id), "starts_on": "2030-01-01",
                                         "ends_on": "2030-01-02"}),
        ("GET", "/profile", None),
        ("GET", "/absences", None),
        ("GET", "/profile/second-factor", None),
    ):  # fmt: skip
        answer = await deputy.request(method, path, json=body)
        assert answer.status_code == 403, (method, path, answer.status_code)
    language = await deputy.post("/me/language", data={"locale": "kk", "next": "/home"})
    assert language.status_code == 303
    rows = await world.fetch("SELECT email, locale FROM users WHERE locale = 'kk'")
    assert [row["email"] for row in rows] == [own.login], "the language is the deputy's own"
    await world.execute("UPDATE users SET locale = 'ru'")
    (place,) = await world.fetch("SELECT role FROM memberships WHERE id = $1", own.membership_id)
    assert place["role"] == "distributor_manager"


async def test_a_session_that_stands_in_is_noted_ended_and_kept_under_both_names(world: World) -> None:
    await enter(world, SENIOR, MANAGER)
    deputy, absent = await world.signed_in(MANAGER), await world.signed_in(SENIOR)
    assert await stand_in(world, deputy, SENIOR) == 200
    assert read(await absent.get("/api/v1/me/sessions"))["total"] == 2, "the absent person's own two sign-ins"
    await world.execute("UPDATE sessions SET seen_at = now() - interval '5 minutes' WHERE delegation_id IS NOT NULL")
    assert (await deputy.get("/home")).status_code == 200
    (seen,) = await world.fetch("SELECT seen_at > now() - interval '1 minute' AS fresh FROM sessions"
                                " WHERE delegation_id IS NOT NULL")  # fmt: skip
    assert seen["fresh"] is True
    assert (await deputy.delete("/api/v1/session")).status_code == 204
    assert (await world.fetch("SELECT count(*) FROM sessions WHERE delegation_id IS NOT NULL"))[0]["count"] == 0
    (row,) = await world.fetch("SELECT * FROM audit_records WHERE action = 'session.ended' ORDER BY id DESC LIMIT 1")
    assert (row["actor_id"], row["on_behalf_id"]) == (world.people[MANAGER].user_id, world.people[SENIOR].user_id)
    assert (await absent.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize("deputy", [STRANGER, STAFF, "hantengri/distributor_manager"])
async def test_only_somebody_of_the_same_company_stands_in(world: World, deputy: str) -> None:
    status, told = await enter(world, SENIOR, deputy)
    assert (status, codes(told)) == (422, ["deputy_unknown"])
    assert await stand_in(world, await world.signed_in(deputy), SENIOR) == 404


async def test_the_manufacturer_s_people_stand_in_for_each_other(world: World) -> None:
    status, _ = await enter(world, STAFF, OTHER_STAFF)
    assert status == 201
    deputy = await world.signed_in(OTHER_STAFF)
    assert (await deputy.get("/api/v1/limits")).status_code == 403
    assert await stand_in(world, deputy, STAFF) == 200
    assert (await deputy.get("/api/v1/limits")).status_code == 200
    me = read(await deputy.get("/api/v1/me"))
    assert cast("dict[str, object]", me["membership"])["role"] == "manager_full"


async def test_a_head_enters_and_ends_the_absence_of_a_colleague_and_of_no_stranger(world: World) -> None:
    person, stranger = world.people[SENIOR], world.people[STRANGER]
    status, made = await enter(world, HEAD, MANAGER, membership_id=str(person.membership_id))
    assert (status, made["user_id"], made["deputy_id"]) == (201, str(person.user_id),
                                                            str(world.people[MANAGER].user_id))  # fmt: skip
    assert (await enter(world, HEAD, MANAGER, membership_id=str(stranger.membership_id)))[0] == 404
    assert (await enter(world, MANAGER, SENIOR, membership_id=str(world.people[HEAD].membership_id)))[0] == 404
    path = f"/api/v1/delegations/{made['id']}"
    deputy, boss, foreign = [await world.signed_in(key) for key in (MANAGER, HEAD, STRANGER)]
    assert (await foreign.get(path)).status_code == 404
    assert (await deputy.get(path)).status_code == 200
    assert (await deputy.post(f"{path}/end")).status_code == 403
    assert read(await boss.post(f"{path}/end"))["state"] == "ended"
    assert await stand_in(world, deputy, SENIOR) == 404


async def test_nobody_names_themselves(world: World) -> None:
    place = str(world.people[SENIOR].membership_id)
    assert codes((await enter(world, HEAD, HEAD, membership_id=place))[1]) == ["deputy_names_self"]
    theirs = str(world.people[STAFF].membership_id)
    assert codes((await enter(world, "alatau/admin", "alatau/admin", membership_id=theirs))[1]) == ["deputy_names_self"]
    assert await stand_in(world, await world.signed_in("alatau/admin"), STAFF) == 404


async def test_the_absent_person_s_own_row_is_behind_the_wall_too(world: World) -> None:
    client = make_engine(world.database.client_url, 1)
    deputy, absent = world.people[MANAGER].user_id, world.people[SENIOR].user_id
    change = "UPDATE users SET theme = 'dark' WHERE tenant_id = 1 AND id = $1"
    async with open_tenant_transaction(client, 1, user_id=absent) as transaction:
        await transaction.driver.execute("SELECT set_config('app.deputy', $1, true)", str(deputy))
        assert await transaction.driver.fetchval("SELECT count(*) FROM users") == 2
        assert await transaction.driver.execute(change, deputy) == "UPDATE 1"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await transaction.driver.execute(change, absent)
    await client.dispose()


async def test_a_deputy_never_gets_an_answer_the_absent_person_was_given(world: World) -> None:
    await enter(world, SENIOR, MANAGER)
    absent, deputy = await world.signed_in(SENIOR), await world.signed_in(MANAGER)
    assert await stand_in(world, deputy, SENIOR) == 200
    [row] = await world.fetch("SELECT id FROM contracts WHERE partner_id = $1", world.people[SENIOR].partner_id)
    form = {"do": "save", "contract_id": str(cast("UUID", row["id"])), "_idempotency_key": "one and the same"}
    begun = [await browser.post("/orders", data=form) for browser in (absent, absent, deputy)]
    assert [one.status_code for one in begun] == [303, 303, 303]
    first, again, other = [one.headers["location"] for one in begun]
    assert first == again
    assert other != first


async def test_days_that_overlap_are_refused_even_at_the_same_moment(world: World) -> None:
    answers = await asyncio.gather(*(enter(world, SENIOR, key, last=3) for key in (MANAGER, HEAD, MANAGER)))
    assert sorted(status for status, _ in answers) == [201, 422, 422]
    assert codes((await enter(world, SENIOR, HEAD, first=3, last=6))[1]) == ["absence_overlaps"]
    assert (await enter(world, SENIOR, HEAD, first=4, last=6))[0] == 201


async def test_the_colleague_gets_a_letter_unless_it_was_ended_before(world: World) -> None:
    await post(world)
    _, made = await enter(world, SENIOR, MANAGER, last=2)
    (letter,) = await post(world)
    assert (letter.to, "distributor_senior of 1" in letter.text) == (world.people[MANAGER].login, True)
    senior = await world.signed_in(SENIOR)
    await senior.post(f"/api/v1/delegations/{made['id']}/end")
    await enter(world, SENIOR, MANAGER, first=5, last=6)
    await world.execute("UPDATE delegations SET ended_at = now()")
    assert await post(world) == []


async def test_the_page_lists_enters_and_leads_to_the_place(world: World) -> None:
    senior, deputy = await world.signed_in(SENIOR), await world.signed_in(MANAGER)
    form = {"deputy_id": "", "starts_on": TODAY.isoformat(), "ends_on": TODAY.isoformat(), "reason": "Отпуск"}
    refused = await senior.post("/absences", data=form)
    assert (refused.status_code, 'value="Отпуск"' in refused.text) == (400, True)
    taken = await senior.post("/absences", data={**form, "deputy_id": str(world.people[MANAGER].user_id)})
    assert taken.status_code == 303
    page = (await deputy.get("/absences")).text
    assert f'name="membership" value="{world.people[SENIOR].membership_id}"' in page
    moved = await deputy.post("/me/membership", data={"membership": str(world.people[SENIOR].membership_id)})
    assert moved.status_code == 303
    assert "strip warn" in (await deputy.get("/home")).text


@pytest.mark.parametrize(
    ("starts", "ends", "codes_told"),
    [
        (0, 0, []),
        (0, 91, []),
        (0, 92, ["absence_too_long"]),
        (5, 4, ["ends_before_start"]),
        (-3, -1, ["absence_is_over"]),
        (-3, 0, []),
    ],
)
def test_days_of_an_absence(starts: int, ends: int, codes_told: list[str]) -> None:
    today = date(2026, 3, 7)
    problems = find_absence_problems(
        starts_on=today + timedelta(days=starts), ends_on=today + timedelta(days=ends), today=today,
        is_same_person=False, is_self_named=False,
    )  # fmt: skip
    assert [one.code for one in problems] == codes_told
    own = find_absence_problems(
        starts_on=today, ends_on=today, today=today, is_same_person=True, is_self_named=True
    )  # fmt: skip
    assert [one.code for one in own] == ["deputy_is_yourself"]
    named = find_absence_problems(
        starts_on=today, ends_on=today, today=today, is_same_person=False, is_self_named=True
    )  # fmt: skip
    assert [one.code for one in named] == ["deputy_names_self"]
