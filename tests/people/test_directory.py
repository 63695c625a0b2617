"""Looking after people: who sees whom, who may change what, and what takes effect at once."""

import asyncio
from typing import cast
from uuid import uuid4

import asyncpg
import pytest

from app.people.rules import ROLES_OF_KIND, find_place_problems, roles_to_give
from tests.access.browsers import Browser, World, read
from tests.access.people import add_membership, known_id

HEAD, SENIOR, MANAGER = ("alatau/distributor_head", "alatau/distributor_senior", "alatau/distributor_manager")
ADMIN, SECOND_ADMIN = "alatau/admin", "alatau/admin/2"
STRANGER = "alatau/distributor_manager/2"


async def listed(browser: Browser, **filters: str | int) -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        page = read(await browser.get("/api/v1/users", params={**filters, **({"cursor": cursor} if cursor else {})}))
        found |= {str(one["email"]) for one in cast("list[dict[str, object]]", page["items"])}
        if page["next"] is None:
            assert page["total"] == len(found)
            return found
        cursor = str(page["next"])


def logins(world: World, *keys: str) -> set[str]:
    return {world.people[key].login for key in keys}


async def place(browser: Browser, world: World, key: str) -> dict[str, object]:
    return read(await browser.get(f"/api/v1/users/places/{world.people[key].membership_id}"))


async def put(browser: Browser, world: World, key: str, version: object = None, **change: object) -> tuple[int, str]:
    now = await place(browser, world, key)
    body = {"role": now["role"], "branch": now["branch"], "is_open": now["is_open"], **change}
    answer = await browser.put(
        f"/api/v1/users/places/{world.people[key].membership_id}",
        json=body,
        headers={"If-Match": f'"{version or now["version"]}"'},
    )
    told = read(answer)
    errors = cast("list[dict[str, str]]", told.get("errors", []))
    return answer.status_code, ",".join(one["code"] for one in errors) or str(told.get("code", ""))


async def test_a_head_sees_the_own_company_and_the_administrator_everybody(world: World) -> None:
    head, admin = await world.signed_in(HEAD), await world.signed_in(ADMIN)
    assert await listed(head) == logins(world, HEAD, SENIOR, MANAGER)
    assert await listed(admin, limit=3) == logins(world, *(key for key in world.people if key.startswith("alatau/")))
    assert await listed(admin, role="forwarder") == logins(world, "alatau/forwarder", "alatau/forwarder/2")
    assert await listed(admin, q="FORWARDER/2".lower().replace("/", ".")) == logins(world, "alatau/forwarder/2")
    assert await listed(admin, q="%") == set()
    assert await listed(head, organisation=str(world.people[STRANGER].partner_id)) == set()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("distributor_head", 200), ("direct_buyer_head", 200), ("manager_full", 200), ("admin", 200),
        ("distributor_senior", 403), ("distributor_manager", 403), ("forwarder", 403), ("logistician", 403),
        ("manager_limited", 403), ("connect_manager", 403),
    ],
)  # fmt: skip
async def test_only_who_looks_after_people_reaches_the_pages(world: World, role: str, status: int) -> None:
    browser = await world.signed_in(f"alatau/{role}")
    assert (await browser.get("/api/v1/users")).status_code == status
    page = await browser.get("/users")
    assert page.status_code == status
    assert ('href="/users"' in (await browser.get("/home")).text) == (status == 200)


async def test_a_stranger_is_not_found_and_a_password_is_never_shown(world: World) -> None:
    head = await world.signed_in(HEAD)
    stranger, nobody = world.people[STRANGER], known_id("nobody")
    for path in ("/api/v1/users/{}", "/api/v1/users/{}/sessions", "/users/{}"):
        answers = [(await head.get(path.format(one))).text.replace(str(one), "") for one in (stranger.user_id, nobody)]
        requests = [answer.split('"request_id"')[0] for answer in answers] if "/api/" in path else []
        assert len(set(requests)) <= 1
        assert (await head.get(path.format(stranger.user_id))).status_code == 404
    assert (await head.get(f"/api/v1/users/places/{stranger.membership_id}")).status_code == 404
    admin = await world.signed_in(ADMIN)
    for path in ("/api/v1/users?limit=200", f"/api/v1/users/{stranger.user_id}", "/users?view=all"):
        text = (await admin.get(path)).text
        assert "argon2" not in text
        assert "hantengri" not in text


async def test_a_head_gives_another_role_and_it_counts_at_once(world: World) -> None:
    head, manager = await world.signed_in(HEAD), await world.signed_in(MANAGER)
    assert (await manager.get("/api/v1/limits")).status_code == 403
    assert await put(head, world, MANAGER, role="distributor_senior", branch="north") == (200, "")
    assert (await manager.get("/api/v1/limits")).status_code == 200
    me = read(await manager.get("/api/v1/me"))
    assert cast("dict[str, object]", me["membership"])["role"] == "distributor_senior"
    (row,) = await world.fetch(
        "SELECT actor_id, object_id, before::text, after::text FROM audit_records WHERE action = 'user.place_changed'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert (row["actor_id"], row["object_id"]) == (world.people[HEAD].user_id, world.people[MANAGER].user_id)
    assert row["before"] == '{"role": "distributor_manager", "branch": ""}'
    assert row["after"] == '{"role": "distributor_senior", "branch": "north"}'
    assert await put(head, world, MANAGER, role="distributor_manager", branch="") == (200, "")


@pytest.mark.parametrize(
    ("giver", "target", "role", "code"),
    [
        (HEAD, MANAGER, "direct_buyer_head", "role_not_yours"),
        (HEAD, MANAGER, "admin", "role_not_yours"),
        (HEAD, MANAGER, "manager_full", "role_not_yours"),
        (HEAD, MANAGER, "guest", "role_not_yours"),
        (HEAD, HEAD, "distributor_manager", "not_yourself"),
        (ADMIN, ADMIN, "manager_full", "not_yourself"),
        (ADMIN, MANAGER, "admin", "role_not_yours"),
        (ADMIN, SECOND_ADMIN, "distributor_head", "role_not_yours"),
    ],
)
async def test_nobody_gives_more_than_they_may(world: World, giver: str, target: str, role: str, code: str) -> None:
    browser = await world.signed_in(giver)
    before = await place(browser, world, target)
    assert await put(browser, world, target, role=role) == (422, code)
    assert await place(browser, world, target) == before


async def test_a_change_of_an_older_version_is_refused(world: World) -> None:
    head = await world.signed_in(HEAD)
    seen = await place(head, world, MANAGER)
    assert await put(head, world, MANAGER, branch="south") == (200, "")
    assert await put(head, world, MANAGER, version=seen["version"], branch="west") == (412, "changed_meanwhile")
    path = f"/api/v1/users/places/{world.people[MANAGER].membership_id}"
    body = {"role": "distributor_manager"}
    assert (await head.put(path, json=body)).status_code == 428
    assert (await place(head, world, MANAGER))["branch"] == "south"


async def test_who_is_shut_out_is_out_with_the_next_request_and_back_when_let_in(world: World) -> None:
    head, manager = await world.signed_in(HEAD), await world.signed_in(MANAGER)
    token = read(await manager.post("/api/v1/me/tokens", json={"label": "bot"}))["token"]
    assert await put(head, world, MANAGER, is_open=False) == (200, "")
    assert (await manager.get("/api/v1/me")).status_code == 401
    script = world.browser()
    script.headers["Authorization"] = f"Bearer {token}"
    assert (await script.get("/api/v1/me")).status_code == 401
    assert (await world.browser().sign_in(world.people[MANAGER].login)).status_code == 401
    assert await listed(head, view="closed") == logins(world, MANAGER)
    assert await put(head, world, MANAGER, is_open=True) == (200, "")
    assert (await world.browser().sign_in(world.people[MANAGER].login)).status_code == 200


async def test_a_place_in_another_company_is_none_of_the_head_s_business(world: World) -> None:
    """Somebody who also works elsewhere keeps working there, and their sessions there stay."""
    await world.execute("DELETE FROM sessions")
    person = world.people[SENIOR]
    elsewhere = known_id("elsewhere")
    connection = await asyncpg.connect(world.database.superuser_url)
    await add_membership(connection, person, elsewhere, "distributor_senior", world.people[STRANGER].partner_id)
    await connection.close()
    browser, head = await world.signed_in(SENIOR), await world.signed_in(HEAD)
    moved = await browser.post("/api/v1/me/membership", json={"membership": str(elsewhere)})
    browser.headers["X-CSRF-Token"] = str(read(moved)["csrf_token"])
    person_view = read(await head.get(f"/api/v1/users/{person.user_id}"))
    assert [one["id"] for one in cast("list[dict[str, object]]", person_view["places"])] == [str(person.membership_id)]
    assert read(await head.get(f"/api/v1/users/{person.user_id}/sessions"))["total"] == 0
    assert read(await head.post(f"/api/v1/users/{person.user_id}/sessions/end"))["ended"] == 0
    assert (await head.put(f"/api/v1/users/places/{elsewhere}", json={"role": "distributor_manager"},
                           headers={"If-Match": '"1"'})).status_code == 404  # fmt: skip
    assert (await browser.get("/api/v1/me")).status_code == 200
    await world.execute("DELETE FROM sessions WHERE membership_id = $1", elsewhere)
    await world.execute("DELETE FROM memberships WHERE id = $1", elsewhere)


async def test_a_head_ends_the_sessions_of_a_colleague_and_no_others(world: World) -> None:
    head, manager = await world.signed_in(HEAD), await world.signed_in(MANAGER)
    stranger = await world.signed_in(STRANGER)
    path = f"/api/v1/users/{world.people[MANAGER].user_id}/sessions"
    sessions = read(await head.get(path))
    assert cast("int", sessions["total"]) >= 1
    assert read(await head.post(f"{path}/end"))["ended"] == sessions["total"]
    assert (await manager.get("/api/v1/me")).status_code == 401
    assert (await stranger.get("/api/v1/me")).status_code == 200
    own = await head.post(f"/api/v1/users/{world.people[HEAD].user_id}/sessions/end")
    assert own.status_code == 422
    assert (await head.get("/api/v1/me")).status_code == 200


async def signed_in_at(browser: Browser) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", read(await browser.get("/api/v1/me/sessions"))["items"])


async def test_a_head_ends_one_session_of_a_colleague(world: World) -> None:
    head, phone, laptop = await world.signed_in(HEAD), await world.signed_in(MANAGER), await world.signed_in(MANAGER)
    person, stranger = world.people[MANAGER].user_id, world.people[STRANGER].user_id
    [current] = [str(one["id"]) for one in await signed_in_at(phone) if one["is_current"]]
    away = await world.signed_in(STRANGER)
    theirs = await signed_in_at(away)
    for path in (f"/api/v1/users/{stranger}/sessions/{theirs[0]['id']}",
                 f"/api/v1/users/{person}/sessions/{theirs[0]['id']}"):  # fmt: skip
        assert (await head.delete(path)).status_code == 404, path
    assert (await away.get("/api/v1/me")).status_code == 200
    assert (await head.delete(f"/api/v1/users/{person}/sessions/{current}")).status_code == 204
    assert (await phone.get("/api/v1/me")).status_code == 401
    assert (await laptop.get("/api/v1/me")).status_code == 200
    assert (await head.delete(f"/api/v1/users/{person}/sessions/{current}")).status_code == 404
    [left] = [str(one["id"]) for one in await signed_in_at(laptop) if one["is_current"]]
    action = f"/users/{person}/sessions/{left}/end"
    assert f'action="{action}"' in (await head.get(f"/users/{person}")).text
    assert (await head.post(action)).status_code == 303
    assert (await laptop.get("/api/v1/me")).status_code == 401


async def test_nobody_is_led_out_of_sight(world: World) -> None:
    """Who looks after one branch moves nobody into another."""
    head, regions = await world.signed_in(HEAD), await world.fetch("SELECT id::text FROM regions WHERE tenant_id = 1")
    branch, other = cast("str", regions[0]["id"]), str(uuid4())
    await world.execute("UPDATE memberships SET branch = $2 WHERE id = ANY ($1)", *(
        [world.people[MANAGER].membership_id, world.people[HEAD].membership_id], branch))  # fmt: skip
    await world.execute(
        "UPDATE access_rules SET aut = '@branch' WHERE resource = 'user' AND action = 'edit' AND subject = $1",
        "r:buyer_head",
    )
    status, _ = await put(head, world, MANAGER, branch=other)
    assert status == 403
    assert (await put(head, world, MANAGER, role="distributor_senior"))[0] == 200
    await world.execute("UPDATE access_rules SET aut = '*' WHERE resource = 'user' AND action = 'edit'")
    await world.execute("UPDATE memberships SET branch = ''")
    assert (await put(head, world, MANAGER, role="distributor_manager"))[0] == 200


async def test_an_account_is_shut_by_the_administrator_alone(world: World) -> None:
    head, admin, victim = await world.signed_in(HEAD), await world.signed_in(ADMIN), await world.signed_in(MANAGER)
    path = f"/api/v1/users/{world.people[MANAGER].user_id}"
    assert (await head.post(f"{path}/disable")).status_code == 403
    assert (await victim.get("/api/v1/me")).status_code == 200
    assert read(await admin.post(f"{path}/disable"))["is_disabled"] is True
    assert (await victim.get("/api/v1/me")).status_code == 401
    assert read(await admin.post(f"{path}/enable"))["is_disabled"] is False
    assert (await victim.get("/api/v1/me")).status_code == 401, "a session that ended does not come back"
    assert (await admin.post(f"/api/v1/users/{world.people[ADMIN].user_id}/disable")).status_code == 422


async def test_two_administrators_cannot_shut_out_each_other(world: World) -> None:
    first, second = await world.signed_in(ADMIN), await world.signed_in(SECOND_ADMIN)
    answers = await asyncio.gather(
        first.post(f"/api/v1/users/{world.people[SECOND_ADMIN].user_id}/disable"),
        second.post(f"/api/v1/users/{world.people[ADMIN].user_id}/disable"),
    )
    assert sorted(one.status_code for one in answers) in ([200, 401], [200, 409], [200, 422])
    rows = await world.fetch(
        "SELECT count(*) FROM users u JOIN memberships m ON m.user_id = u.id AND m.role = 'admin'"
        " WHERE u.tenant_id = 1 AND u.disabled_at IS NULL"
    )
    assert rows[0]["count"] == 1
    await world.execute("UPDATE users SET disabled_at = NULL")


async def test_the_page_changes_a_place_and_keeps_what_was_typed_when_it_cannot(world: World) -> None:
    head = await world.signed_in(HEAD)
    person, now = world.people[MANAGER], await place(head, world, MANAGER)
    shown = (await head.get(f"/users/{person.user_id}")).text
    assert f'name="version" value="{now["version"]}"' in shown
    form = {"role": "admin", "version": str(now["version"]), "branch": "", "is_open": "1"}
    refused = await head.post(f"/users/places/{person.membership_id}", data=form)
    assert refused.status_code == 422
    assert "<title>Ошибка: " in refused.text
    taken = await head.post(f"/users/places/{person.membership_id}", data={**form, "role": "distributor_senior"})
    assert taken.status_code == 303
    assert (await place(head, world, MANAGER))["role"] == "distributor_senior"
    again = await head.post(f"/users/places/{person.membership_id}", data={**form, "role": "distributor_manager"})
    assert again.status_code == 412
    assert await put(head, world, MANAGER, role="distributor_manager") == (200, "")


@pytest.mark.parametrize(
    ("giver", "kind", "roles"),
    [
        ("admin", "distributor", ROLES_OF_KIND["distributor"]),
        ("admin", "", ROLES_OF_KIND[""]),
        ("distributor_head", "distributor", ROLES_OF_KIND["distributor"]),
        ("distributor_senior", "distributor", ("distributor_senior", "distributor_manager")),
        ("distributor_head", "direct_buyer", ()),
        ("distributor_head", "", ()),
        ("manager_full", "", ()),
        ("manager_full", "logistics", ("forwarder",)),
        ("forwarder", "logistics", ("forwarder",)),
        ("admin", "prospect", ()),
    ],
)  # fmt: skip
def test_roles_that_may_be_given(giver: str, kind: str, roles: tuple[str, ...]) -> None:
    assert tuple(roles_to_give(giver, kind)) == tuple(roles)


def test_every_reason_is_told_at_once() -> None:
    problems = find_place_problems(
        is_self=True, giver="admin", kind="", role="admin", new_role="forwarder", ends_last_admin=True
    )
    assert [one.code for one in problems] == ["not_yourself", "role_not_yours", "last_admin"]
