"""Invitations: for one address, one organisation and one role, once, and nothing in another tenant."""

import asyncio
from typing import cast
from uuid import UUID, uuid4

import httpx
import pytest

from app.people.links import Links, read_link
from tests.access.browsers import Browser, World, read
from tests.access.people import PASSWORD, known_id
from tests.people.letterbox import path_in, post, token_in

HEAD, ADMIN = "alatau/distributor_head", "alatau/admin"
NEW = "four quiet camels walking"


def fresh_address() -> str:
    return f"{uuid4().hex[:12]}@example.test"


async def invite(browser: Browser, email: str, role: str = "distributor_manager", **more: object) -> httpx.Response:
    return await browser.post("/api/v1/invitations", json={"email": email, "role": role, **more})


def acceptance(token: str, email: str, **more: str) -> dict[str, str]:
    return {"token": token, "email": email, "name": "Айгүл Сапарова", "password": NEW, "locale": "kk", **more}


async def accept(world: World, token: str, email: str, **more: str) -> tuple[int, str]:
    answer = await world.browser().post("/api/v1/invitations/accept", json=acceptance(token, email, **more))
    errors = cast("list[dict[str, str]]", read(answer)["errors"]) if answer.status_code != 204 else []
    return answer.status_code, ",".join(one["code"] for one in errors)


async def invited(world: World, email: str, by: str = HEAD, role: str = "distributor_manager", **more: object) -> str:
    """Invite and give the token of the letter."""
    answer = await invite(await world.signed_in(by), email, role, **more)
    assert answer.status_code == 201, answer.text
    (letter,) = [one for one in await post(world) if one.to == email]
    return token_in(letter)


async def accounts(world: World, email: str) -> int:
    return cast("int", (await world.fetch("SELECT count(*) FROM users WHERE email = $1", email))[0]["count"])


async def test_from_letter_to_first_sign_in(world: World) -> None:
    email, head = fresh_address(), await world.signed_in(HEAD)
    made = read(await invite(head, email, locale="kk"))
    assert (made["state"], made["role"], made["email"]) == ("open", "distributor_manager", email)
    (letter,) = [one for one in await post(world) if one.to == email]
    assert "шақырады" in letter.text
    assert await accept(world, token_in(letter), email) == (204, "")
    browser = world.browser()
    assert (await browser.sign_in(email, NEW)).status_code == 200
    me = read(await browser.get("/api/v1/me"))
    assert cast("dict[str, object]", me["user"])["name"] == "Айгүл Сапарова"
    place = cast("dict[str, object]", me["membership"])
    assert (place["role"], place["organisation_id"]) == ("distributor_manager", str(world.people[HEAD].partner_id))
    assert read(await head.get(f"/api/v1/invitations/{made['id']}"))["state"] == "accepted"


async def test_the_token_is_nowhere_in_the_database_and_in_no_answer(world: World) -> None:
    email, head = fresh_address(), await world.signed_in(HEAD)
    answer = await invite(head, email)
    (letter,) = [one for one in await post(world) if one.to == email]
    secret = token_in(letter).partition(".")[2]
    assert secret not in answer.text
    assert secret not in (await head.get("/api/v1/invitations")).text
    for table in ("invitations", "outbox", "audit_records"):
        rows = await world.fetch(f"SELECT t::text AS row FROM {table} t")
        assert rows
        assert not [row for row in rows if secret in cast("str", row["row"])], table


async def test_a_link_works_once_even_for_many_at_the_same_moment(world: World) -> None:
    email = fresh_address()
    token = await invited(world, email)
    answers = await asyncio.gather(*(accept(world, token, email) for _ in range(6)))
    assert sorted(answers) == [(204, ""), *[(422, "link_unknown")] * 5]
    assert await accounts(world, email) == 1
    rows = await world.fetch(
        "SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email = $1", email
    )
    assert rows[0]["count"] == 1


async def test_a_token_is_worth_nothing_for_another_address_or_another_tenant(world: World) -> None:
    email, other = fresh_address(), fresh_address()
    token = await invited(world, email)
    foreign = f"2.{token.partition('.')[2]}"
    wrong = [(token, other), (foreign, email), (token + "x", email), (token[:-1], email), ("1.", email), ("x", email)]
    for number, (sent, address) in enumerate(wrong):
        await world.portal.redis.flushdb()
        assert await accept(world, sent, address) == (422, "link_unknown"), number
    page = f"/en/hantengri/invitation/{token}"
    form = {key: text for key, text in acceptance(token, email).items() if key != "token"}
    refused = await world.browser().post(page, data={**form, "repeat": NEW})
    assert refused.status_code == 422
    assert await accounts(world, email) == await accounts(world, other) == 0
    joined = await world.browser().post(page.replace("hantengri", "alatau"), data={**form, "repeat": NEW})
    assert (joined.status_code, joined.headers["location"]) == (303, "/en/alatau/sign-in")
    assert await accounts(world, email) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE invitations SET revoked_at = now() WHERE email = $1",
        "UPDATE invitations SET expires_at = now() WHERE email = $1",
        "UPDATE users SET disabled_at = now() WHERE $1 <> '' AND email = 'alatau.distributor_head@example.test'",
        "UPDATE memberships SET ended_at = now() WHERE $1 <> '' AND role = 'distributor_head'",
        "UPDATE memberships SET role = 'distributor_senior' WHERE $1 <> '' AND role = 'distributor_head'",
        "UPDATE access_rules SET valid_to = now() WHERE $1 <> '' AND resource = 'user' AND subject = 'r:buyer_head'",
    ],
)
async def test_a_link_that_was_taken_back_or_expired_or_came_from_somebody_who_may_no_longer_opens_nothing(
    world: World, spoil: str
) -> None:
    email, before = fresh_address(), await world.fetch("SELECT id, role FROM memberships")
    token = await invited(world, email)
    await world.execute(spoil, email)
    assert await accept(world, token, email) == (422, "link_unknown")
    assert await accounts(world, email) == 0
    await world.execute("UPDATE users SET disabled_at = NULL")
    await world.execute("UPDATE memberships SET ended_at = NULL")
    await world.execute("UPDATE access_rules SET valid_to = NULL WHERE resource = 'user'")
    for row in before:
        await world.execute(
            "UPDATE memberships SET role = $2 WHERE id = $1", cast("UUID", row["id"]), cast("str", row["role"])
        )
    assert await accept(world, token, email) == ((422, "link_unknown") if "invitations" in spoil else (204, ""))


async def test_an_invitation_is_no_wider_than_its_inviter_is_now(world: World) -> None:
    """A head who became a senior and may still look after people brings in no head any more."""
    head, email, other = world.people[HEAD], fresh_address(), fresh_address()
    wide, narrow = await invited(world, email, role="distributor_head"), await invited(world, other)
    await world.execute("UPDATE memberships SET role = 'distributor_senior' WHERE id = $1", head.membership_id)
    await world.execute(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, org)"
        " VALUES (1, gen_random_uuid(), 'm:' || $1::text, 'user', 'edit', 'allow', '@own')",
        str(head.membership_id),
    )
    assert await accept(world, wide, email) == (422, "link_unknown")
    assert await accept(world, narrow, other) == (204, "")
    await world.execute("UPDATE memberships SET role = 'distributor_head' WHERE id = $1", head.membership_id)
    await world.execute("DELETE FROM access_rules WHERE subject LIKE 'm:%'")


async def test_sending_anew_kills_the_old_link(world: World) -> None:
    email, head = fresh_address(), await world.signed_in(HEAD)
    made = read(await invite(head, email))
    (first,) = [one for one in await post(world) if one.to == email]
    assert (await head.post(f"/api/v1/invitations/{made['id']}/again")).status_code == 201
    (second,) = [one for one in await post(world) if one.to == email]
    assert await accept(world, token_in(first), email) == (422, "link_unknown")
    assert await accept(world, token_in(second), email) == (204, "")


async def test_a_revoked_invitation_sends_no_letter(world: World) -> None:
    email, head = fresh_address(), await world.signed_in(HEAD)
    made = read(await invite(head, email))
    assert read(await head.post(f"/api/v1/invitations/{made['id']}/revoke"))["state"] == "revoked"
    assert [one for one in await post(world) if one.to == email] == []


@pytest.mark.parametrize(
    ("by", "role", "organisation", "code"),
    [
        (HEAD, "admin", None, "role_not_yours"),
        (HEAD, "direct_buyer_manager", None, "role_not_yours"),
        (HEAD, "distributor_manager", "alatau/distributor_manager/2", "organisation_unknown"),
        (HEAD, "distributor_manager", "hantengri/distributor_head", "organisation_unknown"),
        (ADMIN, "distributor_manager", None, "role_not_yours"),
        (ADMIN, "admin", "alatau/distributor_head", "role_not_yours"),
        (ADMIN, "forwarder", "hantengri/forwarder", "organisation_unknown"),
    ],
)
async def test_nobody_invites_beyond_what_they_may_give(
    world: World, by: str, role: str, organisation: str | None, code: str
) -> None:
    where = str(world.people[organisation].partner_id) if organisation else None
    answer = await invite(await world.signed_in(by), fresh_address(), role, organisation_id=where)
    errors = cast("list[dict[str, str]]", read(answer)["errors"])
    assert (answer.status_code, [one["code"] for one in errors]) == (422, [code])


async def test_the_administrator_invites_anywhere_in_the_tenant(world: World) -> None:
    email, region = fresh_address(), known_id("alatau", "region", "")
    token = await invited(world, email, ADMIN, "manager_full", regions=[str(region)])
    assert await accept(world, token, email) == (204, "")
    rows = await world.fetch("SELECT m.* FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.email = $1", email)
    assert (rows[0]["partner_id"], rows[0]["role"], rows[0]["regions"]) == (None, "manager_full", [region])


async def test_an_account_gets_a_place_more_only_with_its_own_password(world: World) -> None:
    person = world.people["alatau/direct_buyer_manager"]
    token = await invited(world, person.login)
    assert await accept(world, token, person.login) == (422, "wrong_password")
    assert await accept(world, token, person.login, password=PASSWORD) == (204, "")
    browser = await world.signed_in("alatau/direct_buyer_manager")
    me = read(await browser.get("/api/v1/me"))
    assert len(cast("list[object]", me["memberships"])) == 2
    assert cast("dict[str, object]", me["user"])["name"] != "Айгүл Сапарова", "who has an account keeps their name"


async def test_an_address_of_another_tenant_is_told_to_its_owner_alone(world: World) -> None:
    person = world.people["hantengri/distributor_head"]
    answer = await invite(await world.signed_in(HEAD), person.login)
    assert answer.status_code == 201, "the inviter learns nothing"
    (letter,) = [one for one in await post(world) if one.to == person.login]
    assert await accept(world, token_in(letter), person.login) == (422, "address_taken")
    rows = await world.fetch("SELECT count(*) FROM memberships WHERE user_id = $1", person.user_id)
    assert rows[0]["count"] == 1


async def test_tries_with_one_token_are_counted(world: World) -> None:
    email = fresh_address()
    token = await invited(world, email)
    tried = [await accept(world, token, fresh_address()) for _ in range(10)]
    assert {status for status, _ in tried} == {422}
    assert (await accept(world, token, email))[0] == 429
    assert await accounts(world, email) == 0


@pytest.mark.parametrize("password", ["short", "password123", "aaaaaaaaaa"])
async def test_a_weak_password_leaves_the_link_as_it_was(world: World, password: str) -> None:
    email = fresh_address()
    token = await invited(world, email)
    assert (await accept(world, token, email, password=password))[0] == 422
    assert await accounts(world, email) == 0
    assert await accept(world, token, email) == (204, "")


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.test", "a@example.test, b@example.test", "<x@y.zz>"])
async def test_an_address_that_is_none_is_refused(world: World, email: str) -> None:
    answer = await invite(await world.signed_in(HEAD), email)
    assert answer.status_code == 422
    assert [one for one in await post(world) if email in one.to] == []


async def test_somebody_who_works_here_is_not_invited_again(world: World) -> None:
    answer = await invite(await world.signed_in(HEAD), world.people["alatau/distributor_senior"].login.upper())
    assert [one["code"] for one in cast("list[dict[str, str]]", read(answer)["errors"])] == ["already_works_here"]


async def test_an_invitation_of_another_company_is_not_found(world: World) -> None:
    head, stranger = await world.signed_in(HEAD), await world.signed_in("alatau/distributor_head/2")
    made = read(await invite(head, fresh_address()))
    assert (await stranger.get(f"/api/v1/invitations/{made['id']}")).status_code == 404
    assert (await stranger.post(f"/api/v1/invitations/{made['id']}/revoke")).status_code == 404
    assert read(await stranger.get("/api/v1/invitations"))["total"] == 0
    assert (await (await world.signed_in("alatau/distributor_manager")).get("/users/invitations")).status_code == 403


async def test_pages_lead_from_the_form_to_the_list_and_keep_what_was_typed(world: World) -> None:
    head, email = await world.signed_in(HEAD), fresh_address()
    assert (await head.get("/users/invitations/new")).status_code == 200
    form = {"email": email, "role": "admin", "locale": "ru"}
    refused = await head.post("/users/invitations", data=form)
    assert (refused.status_code, f'value="{email}"' in refused.text) == (422, True)
    taken = await head.post("/users/invitations", data={**form, "role": "distributor_senior"})
    assert taken.status_code == 303
    assert email in (await head.get("/users/invitations")).text
    (letter,) = [one for one in await post(world) if one.to == email]
    page = await world.browser().get(path_in(letter))
    assert page.status_code == 200
    assert email not in page.text, "the page tells nobody whom the link is for"


def test_a_token_is_of_one_tenant_one_purpose_and_one_row() -> None:
    links, row = Links("k" * 40), uuid4()
    tokens = {
        links.write(1, "invitation", row), links.write(2, "invitation", row), links.write(1, "reset", row),
        links.write(1, "invitation", uuid4()), Links("l" * 40).write(1, "invitation", row),
    }  # fmt: skip
    assert len({token.partition(".")[2] for token in tokens}) == 5
    link = read_link(links.write(7, "reset", row))
    assert link is not None
    assert (link.tenant_id, link.secret_hash) == (7, links.hash(7, "reset", row))
    for text in ("", ".", "1.", ".x", "1.x.y", "-1.x", "99999999999.x", "1é.x"):
        assert read_link(text) is None, text
