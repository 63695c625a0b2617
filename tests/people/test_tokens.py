"""Tokens below their owner's rights: what was chosen, never more than the owner may, and no token makes another."""

from typing import cast

import pytest

from tests.access.browsers import Browser, World, read

HEAD, MANAGER = "alatau/distributor_head", "alatau/distributor_manager"


async def script(world: World, owner: Browser, **order: object) -> Browser:
    made = read(await owner.post("/api/v1/me/tokens", json={"label": "script", "read_only": False, **order}))
    browser = world.browser()
    browser.headers["Authorization"] = f"Bearer {made['token']}"
    return browser


async def test_a_narrow_token_does_what_was_chosen_and_nothing_else(world: World) -> None:
    narrow = await script(world, await world.signed_in(HEAD), permissions=["order:view", "region:view"])
    assert (await narrow.get("/api/v1/orders")).status_code == 200
    assert (await narrow.get("/api/v1/regions")).status_code == 200
    for path in ("/api/v1/users", "/api/v1/contracts", "/api/v1/me", "/api/v1/limits", "/api/v1/catalog/products"):
        assert (await narrow.get(path)).status_code == 403, path
    assert (await narrow.post("/api/v1/me/tokens", json={"label": "wider"})).status_code == 403
    text = (await narrow.get("/api/v1/orders")).text
    assert '"net"' not in text or "null" in text


async def test_a_right_the_owner_loses_is_the_token_s_no_more(world: World) -> None:
    narrow = await script(world, await world.signed_in(HEAD), permissions=["user:view"])
    assert (await narrow.get("/api/v1/users")).status_code == 200
    await world.execute("UPDATE memberships SET role = 'distributor_manager' WHERE id = $1",
                        world.people[HEAD].membership_id)  # fmt: skip
    assert (await narrow.get("/api/v1/users")).status_code == 403
    await world.execute("UPDATE memberships SET role = 'distributor_head' WHERE id = $1",
                        world.people[HEAD].membership_id)  # fmt: skip


@pytest.mark.parametrize("wanted", [["user:edit"], ["tenant:admin"], ["order:view", "nothing:view"]])
async def test_no_token_is_made_beyond_the_owner_s_rights(world: World, wanted: list[str]) -> None:
    owner = await world.signed_in(MANAGER)
    answer = await owner.post("/api/v1/me/tokens", json={"label": "wide", "permissions": wanted})
    errors = cast("list[dict[str, str]]", read(answer)["errors"])
    assert [(one["field"], one["code"]) for one in errors] == [("permissions", "permission_unknown")]


async def test_a_token_of_all_rights_makes_no_token_either(world: World) -> None:
    wide = await script(world, await world.signed_in(HEAD))
    assert (await wide.get("/api/v1/me")).status_code == 200
    assert (await wide.post("/api/v1/me/tokens", json={"label": "child"})).status_code == 403


async def test_a_token_neither_hands_on_its_owner_s_rights_nor_touches_what_guards_the_account(world: World) -> None:
    """Of all things a token with the profile could: rights wider than its own, sessions, password, second factor."""
    owner = await world.signed_in(HEAD)
    script_of_mine = await script(world, owner, permissions=["profile:edit"])
    assert (await script_of_mine.get("/api/v1/me")).status_code == 200
    colleague = str(world.people[MANAGER].user_id)
    days = {"starts_on": "2199-01-01", "ends_on": "2199-01-02"}
    for method, path in (
        ("POST", "/api/v1/delegations"), ("POST", f"/api/v1/delegations/{colleague}/end"), ("POST", "/absences"),
        ("POST", f"/absences/{colleague}/end"), ("GET", "/api/v1/me/sessions"), ("DELETE", "/api/v1/me/sessions"),
        ("DELETE", f"/api/v1/me/sessions/{colleague}"), ("POST", "/api/v1/me/password"), ("GET", "/profile/password"),
        ("POST", "/profile/password"), ("POST", "/profile/sessions/end"), ("GET", "/profile/second-factor"),
        ("POST", f"/profile/sessions/{colleague}/end"), ("GET", "/api/v1/me/factors"),
        ("POST", "/api/v1/me/factors/totp/confirm"), ("POST", "/profile/second-factor/confirm"),
        ("POST", "/api/v1/me/factors/passkeys/options"), ("POST", "/api/v1/me/factors/off"),
        ("POST", "/api/v1/me/tokens"), ("POST", "/profile/tokens"),
    ):  # fmt: skip
        sent = {"deputy_id": colleague, **days} if path.endswith(("delegations", "absences")) else {"otp": "000000"}
        headers = {"Idempotency-Key": path}
        answer = await script_of_mine.request(method, path, headers=headers, json=sent)
        assert answer.status_code == 403, (method, path, answer.text[:200])
    assert (await owner.get("/api/v1/me/sessions")).status_code == 200


async def test_an_empty_choice_by_api_gives_nothing_at_all(world: World) -> None:
    nothing = await script(world, await world.signed_in(HEAD), permissions=[])
    for path in ("/api/v1/me", "/api/v1/orders", "/api/v1/regions"):
        assert (await nothing.get(path)).status_code == 403, path


async def test_the_page_offers_one_s_own_rights_and_shows_those_of_a_token(world: World) -> None:
    owner = await world.signed_in(MANAGER)
    page = (await owner.get("/profile")).text
    assert 'name="permissions" value="order:view"' in page
    assert 'value="user:edit"' not in page
    form = {"label": "Отчёт", "days": "7", "permissions": ["order:view", "stock:view"]}
    made = await owner.post("/profile/tokens", data=form)
    assert made.status_code == 200
    assert "Видеть заказы и черновики, Видеть остатки" in made.text
    listed = read(await owner.get("/api/v1/me/tokens"))
    assert cast("list[dict[str, object]]", listed["items"])[0]["permissions"] == ["order:view", "stock:view"]
