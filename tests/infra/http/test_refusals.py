"""Refusals are whole answers: in the words and the shell of whoever asked, the same status wherever they are told."""

import pytest

from tests.access.browsers import World, read

KEY = "alatau/distributor_manager"
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("case", "method", "path", "status"),
    [
        ("no such page", "GET", "/nothing", 404),
        ("no such page of a tenant", "GET", "/ru/nobody", 404),
        ("no such order", "GET", "/orders/00000000-0000-4000-8000-0000000ab5e0", 404),
        ("a method that is not taken", "DELETE", "/home", 405),
        ("a form without its token", "POST", "/profile", 403),
    ],
)
async def test_a_refusal_inside_keeps_the_persons_shell_language_and_menu(
    world: World, case: str, method: str, path: str, status: int
) -> None:
    browser = await world.signed_in(KEY)
    await browser.patch("/api/v1/me", json={"locale": "kk"})
    del browser.headers["X-CSRF-Token"]
    answer = await browser.request(method, path, headers={**PAGE, "Accept-Language": "en"})
    assert answer.status_code == status, case
    assert '<html lang="kk"' in answer.text
    assert 'href="/orders"' in answer.text
    assert 'href="/home"' in answer.text
    assert world.people[KEY].role in answer.text  # the name of the person, in the frame
    await world.execute("UPDATE users SET locale = 'ru'")


@pytest.mark.parametrize(("asked", "spoken"), [("kk", "kk"), ("en-GB,ru;q=0.5", "en"), ("ru", "ru"), ("de", "ru")])
async def test_a_refusal_outside_speaks_the_language_of_the_browser(world: World, asked: str, spoken: str) -> None:
    for method, path in (("GET", "/nothing"), ("DELETE", "/theme"), ("POST", "/home/more")):
        answer = await world.browser().request(method, path, headers={**PAGE, "Accept-Language": asked})
        assert f'<html lang="{spoken}"' in answer.text, path
        assert 'href="/orders"' not in answer.text


async def test_a_script_is_refused_in_the_language_of_its_person(world: World) -> None:
    browser = await world.signed_in(KEY)
    await browser.patch("/api/v1/me", json={"locale": "kk"})
    for path in ("/api/v1/nothing", "/api/v1/me"):
        answer = await browser.put(path, json={}, headers={"Accept-Language": "en"})
        assert read(answer)["title"] in {"Табылмады", "Мұнда бұлай болмайды"}, path
    await world.execute("UPDATE users SET locale = 'ru'")


async def test_a_dead_session_gets_a_strangers_page(world: World) -> None:
    browser = await world.signed_in(KEY)
    await world.execute("DELETE FROM sessions")
    answer = await browser.get("/nothing", headers=PAGE)
    assert answer.status_code == 404
    assert 'href="/orders"' not in answer.text


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/profile", {"name": ""}, 400),
        ("/profile", {"name": "x" * 200}, 400),
        ("/profile", {"name": "N", "phone": "nine"}, 400),
        ("/profile", {"name": "N", "role": "admin"}, 400),
        ("/profile/password", {"current": "", "new": "", "repeat": ""}, 400),
        ("/profile/password", {"current": "c", "new": "n" * 300, "repeat": "n"}, 400),
        ("/profile/password", {"current": "not it at all", "new": "long and new", "repeat": "long and new"}, 422),
        ("/profile/password", {"current": "not it at all", "new": "long and new", "repeat": "another"}, 422),
        ("/profile/tokens", {"label": "", "days": "7"}, 400),
        ("/profile/tokens", {"label": "L", "days": "8"}, 400),
        ("/ru/alatau/sign-in", {"login": "", "password": ""}, 400),
        ("/ru/alatau/sign-in", {"login": "a@b.example", "password": "p", "role": "admin"}, 400),
        ("/ru/alatau/sign-in", {"login": "a@b.example", "password": "wrong and long"}, 401),
    ],
)
async def test_what_cannot_be_read_is_400_and_what_a_rule_forbids_422(
    world: World, path: str, form: dict[str, str], status: int
) -> None:
    await world.portal.redis.flushdb()
    browser = await world.signed_in(KEY)
    answer = await browser.post(path, data=form)
    assert answer.status_code == status
    assert "<form" in answer.text  # it came back with everything that is wrong, not as a page about a failure
    assert "data-problem" not in answer.text


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("?vew=all", [("vew", "unknown_field")]),
        ("?limit=5&limit=9", [("limit", "sent_twice")]),
        ("?is_admin=1&tenant_id=2&limit=5", [("is_admin", "unknown_field"), ("tenant_id", "unknown_field")]),
        ("?=x", [("", "unknown_field")]),
        ("?%D0%B0=1", [("а", "unknown_field")]),
        ("?" + "&".join(f"p{n}=" for n in range(900)), [(f"p{n}", "unknown_field") for n in range(20)]),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/contracts"])
async def test_the_api_names_every_parameter_it_does_not_take(
    world: World, path: str, query: str, problems: list[tuple[str, str]]
) -> None:
    answer = await (await world.signed_in(KEY)).get(path + query)
    told = read(answer)
    assert (answer.status_code, told["code"]) == (400, "invalid_input")
    assert [(one["field"], one["code"]) for one in told["errors"]] == problems  # type: ignore[union-attr, index]


async def test_every_address_of_the_api_refuses_an_unknown_parameter(world: World) -> None:
    browser = await world.signed_in("alatau/manager_full")
    taken: list[str] = []
    for path in sorted({route.path for route in world.portal.litestar.routes if route.path.startswith("/api/v1/")}):
        if "{" in path or path.startswith("/api/v1/probe"):
            continue
        answer = await browser.get(path, params={"surprise": "1"})
        if answer.status_code not in {400, 403, 405} or (answer.status_code == 400 and "surprise" not in answer.text):
            taken.append(f"{path}: {answer.status_code}")
    assert not taken, "\n".join(taken)


@pytest.mark.parametrize(
    "path", ["/", "/ru/alatau", "/ru/alatau/sign-in", "/home", "/orders", "/catalog", "/contracts"]
)
async def test_a_page_lives_with_marks_others_put_into_its_address(world: World, path: str) -> None:
    browser = world.browser() if path.startswith(("/ru", "/?")) or path == "/" else await world.signed_in(KEY)
    assert (await browser.get(path, params={"utm_source": "letter"})).status_code == 200


@pytest.mark.parametrize("query", ["/orders?view=all&view=drafts", "/catalog?q=a&q=b", "/catalog?sort=sku&sort=name"])
async def test_a_page_does_not_guess_which_of_two_values_was_meant(world: World, query: str) -> None:
    assert (await (await world.signed_in(KEY)).get(query)).status_code == 400
