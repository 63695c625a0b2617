"""The outermost layer: foreign hosts, impossible addresses, sizes, headers, and one shape for every failure."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import cast

import pytest
from litestar.types import HTTPScope, Receive, Scope, Send

from app.infra.http.headers import CONTENT_SECURITY_POLICY
from app.infra.http.routes import http_handlers_of
from tests.access.browsers import Browser, World, read

KEY = "alatau/distributor_manager"
_NOBODYS = "00000000-0000-4000-8000-0000000ab5e0"
EVERYWHERE = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/", "/ru/alatau", "/ru/alatau/sign-in", "/nothing", "/api/v1/me", "/api/v1/nothing", "/health/live"]
)
async def test_every_answer_carries_the_headers(world: World, path: str) -> None:
    answer = await world.browser().get(path)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(answer.headers["x-request-id"]) == 36
    assert "server" not in answer.headers


async def test_the_charset_is_said_once(world: World) -> None:
    browser = await world.signed_in(KEY)
    page = await browser.get("/profile")
    assets = [one[1] for one in re.finditer(r'(?:href|src)="(/assets/[^"]+[.](?:css|js))"', page.text)]
    assert {one.rpartition(".")[2] for one in assets} == {"css", "js"}
    answers = [page, *[await browser.get(one) for one in ("/", "/nothing", "/metrics", *assets)]]
    answers.append(await browser.post("/profile", data={"name": ""}))
    assert answers[-1].status_code == 400
    answers.append(await browser.get("/nothing", headers={"HX-Request": "true"}))
    told = {str(one.headers["content-type"]) for one in answers}
    assert told == {
        "text/html; charset=utf-8", "text/plain; version=0.0.4; charset=utf-8", "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/home", "/profile", "/api/v1/me", "/notifications"])
async def test_what_one_person_sees_is_kept_by_nobody(world: World, path: str) -> None:
    answer = await (await world.signed_in(KEY)).get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[::2]:8000", "127.0.0.1\\@evil"),
        *("127.0.0.1:8000@evil.example", "localhost:evil.example", "[::1]evil.example", "127.0.0.1:"),
    ],
)
async def test_a_foreign_host_is_refused(world: World, host: str) -> None:
    answer = await world.browser().get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL", "X-Rewrite-URL"])
async def test_no_header_changes_whom_or_what_we_think_we_are(world: World, header: str) -> None:
    answer = await world.browser().get("/ru/alatau", headers={header: "evil.example"})
    assert answer.status_code == 200
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/a%00b",
        "/api/v1/me?x=%00",
        "/%E2%80%AE",
        "/ru/alatau%0d%0aSet-Cookie:x=1",
        "/?next=%00",
        "/?" + "a" * 9000,
        "/" + "a" * 9000,
    ],
)
async def test_impossible_addresses_are_refused_and_never_a_fault(world: World, path: str) -> None:
    answer = await world.browser().get(path)
    assert answer.status_code in {400, 404, 414}


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../etc/passwd",
        "/assets/x/..%2f..%2fetc%2fpasswd",
        "/assets/x/%252e%252e%252fpasswd",
        "/assets/x/..%5c..%5cwindows",
        "/ru/..%2f..%2fetc/sign-in",
        "/xx/alatau",
        "/ru/nobody",
        "/ru/alatau/sign-in/more",
        "/RU/alatau",
    ],
)
async def test_a_path_leads_nowhere_it_should_not(world: World, path: str) -> None:
    answer = await world.browser().get(path)
    assert answer.status_code == 404
    assert "root:" not in answer.text


async def test_head_is_get_without_its_body(world: World) -> None:
    browser = world.browser()
    whole, head = await browser.get("/ru/alatau"), await browser.head("/ru/alatau")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_the_server_s_own_note_of_the_method_stays_as_it_was(world: World, method: str) -> None:
    """By it the server measures the body; told "GET" it takes a HEAD without one for a broken answer."""
    noted: list[str] = []

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        await world.app(scope, receive, send)
        noted.append(str(cast("HTTPScope", scope)["method"]))

    answer = await Browser(server).request(method, "/ru/alatau")
    assert answer.status_code in {200, 204}
    assert noted == [method]


def _taken(world: World) -> Iterator[tuple[str, str]]:
    """Every address and, from the handlers themselves, what it takes."""
    methods: dict[str, set[str]] = {}
    for route in world.portal.litestar.routes:
        for handler in http_handlers_of(route):
            path = re.sub("{[a-z_]+:uuid}", _NOBODYS, route.path)
            path = re.sub("{digest:str}|{name:path}", "x", path).replace("//", "/")
            path = path.replace("{locale:str}", "ru").replace("{tenant_code:str}", "alatau")
            methods.setdefault(path, {"OPTIONS"}).update(map(str, handler.http_methods))
    for path, found in methods.items():
        yield path, ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set[str]())))


async def test_an_address_says_truly_which_methods_it_takes_asked_or_refusing(world: World) -> None:
    browser, wrong = world.browser(), list[str]()
    for path, allow in _taken(world):
        asked = await browser.options(path)
        refused = await browser.request("PROPFIND", path)
        told = (asked.status_code, asked.headers.get("allow"), refused.status_code, refused.headers.get("allow"))
        if told != (204, allow, 405, allow):
            wrong.append(f"{path}: {told}, not {allow}")
    assert not wrong, "\n".join(wrong)
    answer = await browser.put("/api/v1/session", json={})
    assert (answer.status_code, read(answer)["code"]) == (405, "method_not_allowed")


async def test_the_socket_asked_without_one_says_what_it_speaks(world: World) -> None:
    answer = await world.browser().get("/ws", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert read(answer)["code"] == "upgrade_required"


@pytest.mark.parametrize(
    "accept", ["text/html", "*/*", "image/png", "application/xml", "", "application/json;q=0", "%%%"]
)
async def test_no_accept_header_breaks_an_answer(world: World, accept: str) -> None:
    browser = world.browser()
    for path in ("/", "/nothing", "/api/v1/me", "/api/v1/nothing"):
        answer = await browser.get(path, headers={"Accept": accept})
        assert answer.status_code in {200, 401, 404}
        if path.startswith("/api/"):
            assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_script_asking_a_page_gets_a_document_and_a_person_a_page(world: World) -> None:
    browser = world.browser()
    script = await browser.get("/nothing", headers={"Accept": "application/json"})
    person = await browser.get("/nothing", headers={"Accept": "text/html,application/xhtml+xml"})
    assert read(script)["code"] == "not_found"
    assert person.headers["content-type"].startswith("text/html")
    assert person.text.startswith("<!doctype html>")


async def test_a_page_that_needs_a_person_leads_to_sign_in_and_back(world: World) -> None:
    browser = world.browser()
    assert (await browser.get("/home")).headers["location"] == "/?next=%2Fhome"
    await browser.get("/kk/alatau")
    answer = await browser.get("/contracts?view=all", headers={"Accept-Language": "kk"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/kk/alatau/sign-in?next=%2Fcontracts%3Fview%3Dall",
    )
    partial = await browser.get("/home", headers={"HX-Request": "true"})
    assert (partial.status_code, partial.headers["hx-redirect"]) == (401, "/ru/alatau/sign-in")


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "/\\evil.example", "https://evil.example", "data:x", "/a\r\nX: y"]
)
async def test_the_way_back_never_leaves_us(world: World, next_page: str) -> None:
    browser = world.browser()
    answer = await browser.post(
        "/ru/alatau/sign-in",
        data={"login": world.people[KEY].login, "password": "long grass by the river", "next": next_page},
    )
    assert answer.status_code in {303, 400}
    assert answer.headers.get("location", "/home") == "/home"


async def test_signing_in_on_the_page_lands_where_one_wanted_to_go(world: World) -> None:
    browser = Browser(world.app)
    wrong = await browser.post(
        "/ru/alatau/sign-in", data={"login": world.people[KEY].login, "password": "no no no", "next": "/profile"}
    )
    assert wrong.status_code == 401
    assert world.people[KEY].login in wrong.text
    assert "no no no" not in wrong.text
    assert 'value="/profile"' in wrong.text
    good = await browser.post(
        "/ru/alatau/sign-in",
        data={"login": world.people[KEY].login, "password": "long grass by the river", "next": "/profile"},
    )
    assert (good.status_code, good.headers["location"]) == (303, "/profile")
    page = await browser.get("/profile")
    assert page.status_code == 200
    assert page.text.count('name="_csrf_token"') >= 5


@pytest.mark.parametrize(
    ("case", "size", "status"), [("just under", 1024 * 1024 - 20, 400), ("just over", 1024 * 1024 + 1, 413)]
)
async def test_a_body_has_a_limit(world: World, case: str, size: int, status: int) -> None:
    browser = world.browser()
    body = b'{"login": "' + b"x" * (size - 13) + b'"}'
    answer = await browser.post("/api/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, case
    if status == 413:
        assert read(answer)["code"] == "too_large"


async def test_a_body_without_a_length_has_the_same_limit(world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 16_384

    answer = await world.browser().post(
        "/api/v1/session", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b"1" * 5_000, b'{"login":"\\u0000"}', b"\xff", b"null", b"[]", b'"x"', b""]
)
async def test_a_body_that_is_none_is_400_and_never_a_fault(world: World, body: bytes) -> None:
    answer = await world.browser().post("/api/v1/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert cast("list[object]", read(answer)["errors"])


async def test_a_failure_says_nothing_of_our_insides(world: World) -> None:
    browser = await world.signed_in(KEY)
    answer = await browser.post("/api/v1/probe/crash", json={"word": "some secret"})
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "Traceback" not in answer.text
    assert "some secret" not in answer.text
    assert read(answer)["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("kk-KZ,kk;q=0.9", "Табылмады"),
        ("en-GB", "Not found"),
        ("ru", "Не найдено"),
        ("zh-CN", "Не найдено"),
        (";;", "Не найдено"),
    ],
)
async def test_failures_speak_the_language_asked_for(world: World, language: str, word: str) -> None:
    answer = await world.browser().get("/api/v1/nothing", headers={"Accept-Language": language})
    assert read(answer)["title"] == word


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("identity;q=0.5, *;q=0.9", "br"),
        ("identity, br;q=0.5", None),
        ("br;q=0, gzip;q=0", None),
        ("deflate", None),
        ("identity", None),
    ],
)
async def test_long_texts_travel_packed_as_the_browser_likes_it(
    world: World, accepted: str, coding: str | None
) -> None:
    browser = world.browser()
    for path in ("/ru/alatau", world.portal.assets.url("app.css")):
        plain = await browser.get(path, headers={"Accept-Encoding": "identity"})
        packed = await browser.get(path, headers={"Accept-Encoding": accepted})
        assert packed.headers.get("content-encoding") == coding, path
        assert "Accept-Encoding" in packed.headers["vary"]
        assert packed.text == plain.text
        if coding:
            assert int(packed.headers["content-length"]) < len(plain.content) / 2


async def test_assets_are_kept_for_a_year_and_known_by_their_hash(world: World) -> None:
    browser = world.browser()
    url = world.portal.assets.url("app.css")
    answer = await browser.get(url, headers={"Accept-Encoding": "identity"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await browser.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await browser.get(url.replace(url.split("/")[2], "0" * 16))).status_code == 404


async def test_health_names_every_part_and_its_age(world: World) -> None:
    answer = await world.browser().get("/health/ready")
    found = read(answer)
    assert answer.status_code == 200
    assert set(cast("dict[str, object]", found["parts"])) == {"postgres", "redis", "erp"}


async def test_figures_are_for_this_machine_only(world: World) -> None:
    browser = world.browser()
    assert (await browser.get("/metrics")).status_code == 200
    through_a_proxy = await browser.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert through_a_proxy.status_code == 403
