"""How far the manufacturer's people reach is changed after they were invited, and counts at once."""

import asyncio
from collections.abc import Sequence
from typing import cast
from uuid import UUID

import asyncpg
import pytest

from app.access.sessions import BEGIN_CHANGE, read_credential
from tests.access.browsers import Browser, World, read
from tests.access.people import known_id

ADMIN, HEAD, FULL, LIMITED = "alatau/admin", "alatau/distributor_head", "alatau/manager_full", "alatau/manager_limited"
BUYER = "alatau/distributor_manager"
FIRST, SECOND = (known_id("alatau", "distributor", copy) for copy in ("", "/2"))
REGION, FAR = (known_id("alatau", "region", copy) for copy in ("", "/2"))
NOBODY = UUID(int=0xDEAD)


def path_of(world: World, key: str) -> str:
    return f"/api/v1/users/places/{world.people[key].membership_id}"


async def put(browser: Browser, world: World, key: str, **change: Sequence[UUID]) -> tuple[int, str]:
    now = read(await browser.get(path_of(world, key)))
    body = {
        "role": now["role"],
        "branch": now["branch"],
        **{name: [str(one) for one in ids] for name, ids in change.items()},
    }
    answer = await browser.put(path_of(world, key), json=body, headers={"If-Match": f'"{now["version"]}"'})
    errors = cast("list[dict[str, str]]", read(answer).get("errors", []))
    return answer.status_code, ",".join(f"{one['field']}:{one['code']}" for one in errors)


async def seen(browser: Browser) -> set[str]:
    items = cast("list[dict[str, str]]", read(await browser.get("/api/v1/organisations"))["items"])
    return {one["id"] for one in items}


async def test_clients_assigned_count_with_the_next_request(world: World) -> None:
    admin, manager = await world.signed_in(ADMIN), await world.signed_in(LIMITED)
    assert await seen(manager) == {str(FIRST)}
    assert await put(admin, world, LIMITED, clients=[SECOND]) == (200, "")
    assert await seen(manager) == {str(SECOND)}
    assert await put(admin, world, LIMITED, clients=[]) == (200, "")
    assert (await manager.get("/api/v1/organisations")).status_code == 403
    assert await put(admin, world, LIMITED, clients=[FIRST]) == (200, "")
    assert await seen(manager) == {str(FIRST)}


async def test_regions_count_with_the_next_request_and_the_trail_tells_before_and_after(world: World) -> None:
    admin, manager = await world.signed_in(ADMIN), await world.signed_in(FULL)
    await world.execute("UPDATE partners SET region_id = $1 WHERE tenant_id = 1 AND id = $2", REGION, FIRST)
    await world.execute("UPDATE partners SET region_id = $1 WHERE tenant_id = 1 AND id = $2", FAR, SECOND)
    assert await seen(manager) == {str(FIRST)}
    assert await put(admin, world, FULL, regions=[FAR]) == (200, "")
    assert await seen(manager) == {str(SECOND)}
    (row,) = await world.fetch(
        "SELECT actor_id, object_id, before::text, after::text FROM audit_records WHERE action = 'user.place_changed'"
        " ORDER BY stamp DESC, id DESC LIMIT 1"
    )
    assert (row["actor_id"], row["object_id"]) == (world.people[ADMIN].user_id, world.people[FULL].user_id)
    assert (row["before"], row["after"]) == (f'{{"regions": ["{REGION}"]}}', f'{{"regions": ["{FAR}"]}}')
    assert await put(admin, world, FULL, regions=[REGION]) == (200, "")


async def test_what_is_left_out_stays(world: World) -> None:
    admin = await world.signed_in(ADMIN)
    before = read(await admin.get(path_of(world, LIMITED)))
    assert await put(admin, world, LIMITED) == (200, "")
    after = read(await admin.get(path_of(world, LIMITED)))
    assert (
        (before["regions"], before["clients"]) == (after["regions"], after["clients"]) == ([str(REGION)], [str(FIRST)])
    )


@pytest.mark.parametrize(
    ("giver", "target", "change", "status", "code"),
    [
        # Nobody gives themselves more, not even the administrator.
        (ADMIN, ADMIN, {"regions": [REGION]}, 422, ":not_yourself"),
        (ADMIN, LIMITED, {"clients": [NOBODY]}, 422, "clients:client_unknown"),
        (ADMIN, LIMITED, {"regions": [NOBODY]}, 422, "regions:region_unknown"),
        (ADMIN, LIMITED, {"clients": [known_id("hantengri", "distributor", "")]}, 422, "clients:client_unknown"),
        (ADMIN, BUYER, {"clients": [SECOND]}, 422, "clients:reach_of_clients"),
        (HEAD, BUYER, {"regions": [REGION]}, 422, "regions:reach_of_clients"),
    ],
)
async def test_guards_refuse_and_nothing_moves(
    world: World, giver: str, target: str, change: dict[str, list[UUID]], status: int, code: str
) -> None:
    browser = await world.signed_in(giver)
    before = read(await browser.get(path_of(world, target)))
    assert await put(browser, world, target, **change) == (status, code)
    assert read(await browser.get(path_of(world, target))) == before


@pytest.mark.parametrize("key", [FULL, HEAD])
async def test_who_may_not_manage_the_manufacturers_people_cannot_reach_them(world: World, key: str) -> None:
    browser = await world.signed_in(key)
    body = {"role": "manager_limited", "clients": [str(SECOND)]}
    answer = await browser.put(path_of(world, LIMITED), json=body, headers={"If-Match": '"1"'})
    assert answer.status_code in {403, 404}
    (row,) = await world.fetch("SELECT partners FROM memberships WHERE id = $1", world.people[LIMITED].membership_id)
    assert row["partners"] == [FIRST]


async def test_on_the_page_clients_are_found_ticked_and_saved(world: World) -> None:
    admin = await world.signed_in(ADMIN)
    person = world.people[LIMITED]
    page = f"/users/{person.user_id}"
    assert f'name="clients" value="{FIRST}" checked' in (await admin.get(page)).text
    assert str(SECOND) not in (await admin.get(page)).text
    (row,) = await world.fetch("SELECT name FROM partners WHERE id = $1", SECOND)
    found = (await admin.get(page, params={"find": cast("str", row["name"])[-4:].upper()})).text
    assert f'name="clients" value="{SECOND}"' in found
    assert f'name="clients" value="{SECOND}" checked' not in found
    nobody = (await admin.get(page, params={"find": "qqqq"})).text
    assert "Ни у одного клиента нет таких букв в названии." in nobody
    version = read(await admin.get(path_of(world, LIMITED)))["version"]
    form = {"role": "manager_limited", "version": str(version), "is_open": "on", "clients": [str(FIRST), str(SECOND)],
            "regions": [str(REGION)]}  # fmt: skip
    assert (await admin.post(f"/users/places/{person.membership_id}", data=form)).status_code == 303
    now = read(await admin.get(path_of(world, LIMITED)))
    assert (now["clients"], now["regions"]) == ([str(FIRST), str(SECOND)], [str(REGION)])
    gone = {**form, "version": str(now["version"]), "clients": [str(NOBODY)]}
    refused = await admin.post(f"/users/places/{person.membership_id}", data=gone)
    assert (
        refused.status_code,
        "Choose clients of the list." in refused.text or "Выберите клиентов" in refused.text,
    ) == (422, True)
    last = {**form, "version": str(now["version"]), "clients": [str(FIRST)]}
    assert (await admin.post(f"/users/places/{person.membership_id}", data=last)).status_code == 303


async def test_reach_is_not_taken_from_under_somebody_who_writes(world: World) -> None:
    """So that nothing is committed on a right that is gone."""
    admin, manager = await world.signed_in(ADMIN), await world.signed_in(LIMITED)
    credential = read_credential(manager.cookies["karavan_session"], is_bearer=False)
    assert credential is not None
    connection = await asyncpg.connect(world.database.staff_url)
    async with connection.transaction():
        assert await connection.fetchrow(BEGIN_CHANGE, *credential.args) is not None
        taking = asyncio.create_task(put(admin, world, LIMITED, clients=[FIRST]))
        await asyncio.sleep(0.5)
        assert not taking.done()
    await connection.close()
    assert await asyncio.wait_for(taking, 5) == (200, "")
