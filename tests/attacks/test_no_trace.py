"""Two companies, two tenants: what one person sees is the same whether the others exist or not."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Final, cast
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from app.infra.http.idempotency import Answer
from app.infra.i18n import dates
from tests.access.browsers import Browser, read
from tests.attacks.absence import traces_of, without_others
from tests.attacks.bodies import DETAILS
from tests.attacks.field import NOBODYS, PEOPLE, Field
from tests.attacks.kinds import FOREIGN, OTHER, OWN
from tests.attacks.mirror import TWIN
from tests.attacks.routes import Route, routes_of, traces
from tests.orders.shop import STRANGER

# People of the first company, and the manufacturer's person who looks after nobody else.
INSIDERS: Final = ("buyer", "head", "direct senior", "limited")
# What differs by itself: how long ago something was, and what is drawn anew for each answer.
_BY_ITSELF: Final = re.compile(r'<time\b.*?</time>|"csrf_token":"[^"]+"', re.DOTALL)
SEARCHED: Final = ("/orders", "/contracts", "/search", "/catalog", "/api/v1/orders", "/api/v1/catalog/products")


def _reading(field: Field) -> Iterator[Route]:
    for route in sorted(routes_of(field.portal.litestar)):
        if route.method == "GET" and not route.path.startswith(("/health", "/metrics", "/schema", "/assets", "/ws")):
            yield route


async def _everything(field: Field, name: str, words: frozenset[str]) -> Mapping[str, tuple[int, str]]:
    """Open everything there is as one person: every address with own ids, every search for words of others."""
    browser, seen = field.browsers[name], dict[str, tuple[int, str]]()
    await browser.get("/en/alatau")  # the list of tenants remembers which one was seen last
    addresses = [route.address({one: field.things[one][OWN] for one in route.ids}) for route in _reading(field)]
    addresses += [f"{place}?{urlencode({'q': word[:100]})}" for place in SEARCHED for word in sorted(words)]
    for address in addresses:
        seen[address] = await _open(browser, address)
    return seen


def _some_age(_locale: str, _seconds: int) -> str:
    return "a while ago"


async def _open(browser: Browser, address: str) -> tuple[int, str]:
    answer = await browser.get(address)
    return answer.status_code, _BY_ITSELF.sub("", traces(answer, {}).text)


@pytest.mark.parametrize("name", INSIDERS)
async def test_the_world_is_the_same_whether_the_others_exist_or_not(
    field: Field, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists, totals, counts of tabs and facets, searches, errors: nothing depends on rows of others."""
    monkeypatch.setattr(dates, "_MOMENT", timedelta(0))
    monkeypatch.setattr(dates, "_age", _some_age)
    url = field.database.superuser_url
    ids, texts = await traces_of(url)
    words = frozenset(sorted(texts)[:12])
    with_them = await _everything(field, name, words)
    async with without_others(url):
        without_them = await _everything(field, name, words)
    differing = [address for address, answer in with_them.items() if answer != without_them[address]]
    assert differing == []
    told = [text for address, (_, text) in with_them.items() if "?q=" not in address]  # a search says what was asked
    assert [one for one in (*ids, *texts, STRANGER.email) if any(one in text for text in told)] == []
    assert len(ids) > 50
    assert len(texts) >= 5


COLLECTIONS: Final = ("orders", "contracts", "agreements", "consignees", "organisations", "catalog/products",
                      "notifications", "limits", "plans")  # fmt: skip


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_a_cursor_of_somebody_who_sees_more_opens_nothing_more(field: Field, collection: str) -> None:
    """Cursors of the manufacturer's person and of the other company, in the hands of the first company's head."""
    place = f"/api/v1/{collection}"
    mine = _items(await field.browsers["head"].get(place, params={"limit": 200}))
    for name in ("manager", "stranger", "admin"):
        lender = await field.browsers[name].get(place, params={"limit": 1})
        cursor = read(lender).get("next") if lender.status_code == 200 else None
        if cursor is None:
            continue
        answer = await field.browsers["head"].get(place, params={"limit": 200, "cursor": str(cursor)})
        assert answer.status_code in {200, 400}, name
        if answer.status_code == 200:
            assert _items(answer) <= mine, name
            assert read(answer)["total"] in {0, len(mine)}, name


def _items(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200
    return {str(one["id"]) for one in msgspec.convert(read(answer)["items"], list[dict[str, object]])}


@pytest.mark.parametrize("tenant", [1, TWIN])
async def test_an_answer_kept_under_a_key_is_given_to_nobody_else(field: Field, tenant: int) -> None:
    """Another company and another tenant have used the very key, route and body before."""
    place, body, key = f"/api/v1/orders/{field.things['order_id'][OWN]}/submit", b"{}", f"the same key {tenant}"
    answer = msgspec.msgpack.encode(Answer(200, [(b"content-type", b"application/json")], b'{"secret": "of others"}'))
    connection = await asyncpg.connect(field.database.superuser_url)
    try:
        for row in await connection.fetch("SELECT id FROM users WHERE tenant_id = $1", tenant):
            await connection.execute(
                "INSERT INTO idempotency_keys"
                " (tenant_id, user_id, membership_id, key, route, body_sha, status, answer)"
                " SELECT $1, $2, m.id, $3, $4, $5, 200, $6 FROM memberships m"
                " WHERE m.tenant_id = $1 AND m.user_id = $2 AND $2 <> ALL ($7::uuid[])",
                *(tenant, cast("UUID", row["id"]), key, f"POST {place}", sha256(body).digest(), answer),
                [PEOPLE[name].user_id for name in ("buyer", "colleague", "head")],
            )
    finally:
        await connection.close()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    for name, status in (("buyer", 422), ("colleague", 404), ("head", 422)):
        given = await field.browsers[name].post(place, content=body, headers=headers)
        assert given.status_code == status, name
        assert "secret" not in given.text, name
    if tenant == 1:  # whoever it was given to first does get it again
        again = await field.browsers["stranger"].post(place, content=body, headers=headers)
        assert (again.status_code, again.text) == (200, '{"secret": "of others"}')


@pytest.mark.parametrize("kind", [OTHER, FOREIGN])
@pytest.mark.parametrize("match", ['"1"', '"999"', "*", "", "W/x", None])
async def test_no_version_of_a_foreign_order_can_be_guessed(field: Field, kind: str, match: str | None) -> None:
    headers = {} if match is None else {"If-Match": match}
    told = [
        traces(await field.browsers["buyer"].put(f"/api/v1/orders/{one}", json=DETAILS, headers=headers), {"id": one})
        for one in (field.things["order_id"][kind], NOBODYS)
    ]
    assert told[0] == told[1]
    assert "etag" not in told[0].head


@pytest.mark.parametrize("name", ["buyer", "manager"])
async def test_a_credential_is_worth_nothing_under_another_tenant_or_class(field: Field, name: str) -> None:
    tenant, kind, secret = field.browsers[name].cookies["karavan_session"].split(".")
    for other in (f"{TWIN}.{kind}.{secret}", f"{tenant}.{'s' if kind == 'c' else 'c'}.{secret}", f"3.{kind}.{secret}"):
        for headers in ({"Cookie": f"karavan_session={other}"}, {"Authorization": f"Bearer {other}"}):
            assert (await Browser(field.app).get("/api/v1/me", headers=headers)).status_code == 401
