"""The tenant's own 1C:ERP: only listed servers, a password that never comes out, a look by the worker."""

from collections.abc import Sequence
from typing import Final, cast

import pytest

from app.infra.db.transaction import open_tenant_transaction
from app.settings.jobs import look, read_entry
from app.settings.ports import Entry, Verdict
from app.settings.services.infobase import Servers, make_servers
from tests.orders.shop import ADMIN, BUYER, TENANT, Shop
from tests.orders.site import Json, Site, codes_of, texts
from tests.settings.desk import API, tag, told, trail, version_of

KEY: Final = "tests-only-" + "k" * 40  # as the portal of the tests has it
USUAL: Final = Entry("http://127.0.0.1:9", "erp", "Портал", "operators")
GOOD: Final[Json] = {"base": "http://127.0.0.1:9/1c", "infobase": "own", "username": "Портал", "secret": "tulpar-77"}


def servers(*listed: str, key: str = KEY) -> Servers:
    """What the operator set."""
    return make_servers("http://127.0.0.1:9", listed, key)


class Knocker:
    """Stands where the network is."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.asked: list[Entry] = []

    async def __call__(self, entry: Entry) -> Verdict:
        self.asked.append(entry)
        return self.verdict


async def entry(shop: Shop, found: Servers) -> Entry | None:
    """The way the worker would go."""
    return await read_entry(shop.staff, TENANT, found, USUAL)


async def test_a_tenant_uses_what_the_operator_set_until_it_names_its_own(site: Site) -> None:
    admin = await site.enter(ADMIN)
    before = told(await admin.get(f"{API}/infobase"))
    assert (before["is_own"], before["infobase"], before["base"]) == (False, "erp", "")
    assert await entry(site.shop, servers()) == USUAL
    saved = await admin.post("/settings/infobase", data={**GOOD, "version": "1"})
    assert saved.status_code == 303, texts(saved)
    assert await entry(site.shop, servers()) == Entry("http://127.0.0.1:9/1c", "own", "Портал", "tulpar-77")
    back = await admin.post("/settings/infobase/usual", data={"version": "2"})
    assert back.status_code == 303
    assert await entry(site.shop, servers()) == USUAL
    assert told(await admin.get(f"{API}/infobase"))["version"] == 3


async def test_the_password_never_comes_out_again(site: Site) -> None:
    admin = await site.enter(ADMIN)
    answers = [await admin.put(f"{API}/infobase", json=GOOD, headers=tag(1))]
    answers += [await admin.get(path) for path in ("/settings/infobase", "/settings", f"{API}/infobase")]
    answers.append(await admin.post("/settings/infobase", data={**GOOD, "base": "nonsense", "version": "2"}))
    assert all("tulpar-77" not in answer.text for answer in answers)
    rows = await site.shop.look("SELECT secret FROM tenant_infobases")
    assert b"tulpar" not in cast("bytes", rows[0]["secret"])
    kept = await trail(site.shop, "infobase.changed")
    assert [one["after"] for one in kept] == [
        {"base": "http://127.0.0.1:9/1c", "infobase": "own", "username": "Портал", "secret": "•••"}
    ]


async def test_an_empty_password_keeps_the_old_one_only_where_nothing_else_moves(site: Site) -> None:
    admin = await site.enter(ADMIN)
    told(await admin.put(f"{API}/infobase", json=GOOD, headers=tag(1)))
    told(await admin.put(f"{API}/infobase", json={**GOOD, "secret": ""}, headers=tag(2)))
    found = await entry(site.shop, servers())
    assert found is not None
    assert found.password == "tulpar-77"
    for change in ({"base": "http://127.0.0.1:9/2c"}, {"infobase": "other"}, {"username": "Другой"}):
        answer = await admin.put(f"{API}/infobase", json={**GOOD, "secret": "", **change}, headers=tag(3))
        assert (answer.status_code, codes_of(answer)) == (422, [("secret", "secret_anew")]), change


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"base": "http://10.0.0.5"}, [("base", "address_not_listed")]),
        ({"base": "http://localhost:9"}, [("base", "address_not_listed")]),
        ({"base": "http://127.0.0.1:63790"}, [("base", "address_not_listed")]),
        ({"base": "http://169.254.169.254/latest"}, [("base", "address_not_listed")]),
        ({"base": "http://127.0.0.1:9@evil.example"}, [("base", "address_with_user")]),
        ({"base": "file:///etc/passwd", "secret": ""}, [("base", "address_scheme"), ("secret", "secret_anew")]),
        ({"infobase": "a/../b"}, [("infobase", "text_malformed")]),
        ({"username": "a:b"}, [("username", "text_malformed")]),
    ],
)
async def test_no_other_server_can_be_named(site: Site, change: Json, codes: Sequence[tuple[str, str]]) -> None:
    admin = await site.enter(ADMIN)
    answer = await admin.put(f"{API}/infobase", json={**GOOD, **change}, headers=tag(1))
    assert codes_of(answer) == list(codes)
    assert await site.shop.look("SELECT FROM tenant_infobases") == []


async def test_another_tenants_infobase_cannot_be_named(site: Site) -> None:
    await site.shop.change(
        "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,"
        " order_prefix) VALUES (2, 'other', 'Other', '', '', '', 'Asia/Bishkek', 'KG', 'erp2', 'O')"
    )
    sealed = servers().sealer.seal(2, "theirs")
    await site.shop.change(
        "INSERT INTO tenant_infobases (tenant_id, base, infobase, username, secret)"
        " VALUES (2, 'http://127.0.0.1:9/1c', 'own', 'x', $1)",
        sealed,
    )
    admin = await site.enter(ADMIN)
    usual = await admin.put(
        f"{API}/infobase", json={**GOOD, "base": "http://127.0.0.1:9", "infobase": "erp2"}, headers=tag(1)
    )
    assert codes_of(usual) == [("infobase", "infobase_taken")]
    page = await admin.post("/settings/infobase", data={**GOOD, "version": "1"})
    assert page.status_code == 422
    assert "This infobase belongs to another manufacturer." in texts(page)


async def test_the_worker_looks_once_when_asked_and_the_page_tells_what_it_found(site: Site) -> None:
    admin = await site.enter(ADMIN)
    knock = Knocker(Verdict("refused", "HTTP 401"))
    assert await look(site.shop.staff, TENANT, servers(), knock) is False
    told(await admin.put(f"{API}/infobase", json=GOOD, headers=tag(1)))
    waiting = await admin.get("/settings/infobase")
    assert "Looking whether 1C:ERP answers…" in texts(waiting)
    assert 'hx-trigger="every 1s"' in waiting.text
    assert await look(site.shop.staff, TENANT, servers(), knock) is True
    assert await look(site.shop.staff, TENANT, servers(), knock) is False
    assert [one.password for one in knock.asked] == ["tulpar-77"]
    part = await admin.get("/settings/infobase", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "1C:ERP refused the user or the password." in texts(part)
    assert 'hx-trigger="every 1s"' not in part.text
    assert told(await admin.get(f"{API}/infobase"))["verdict"] == "refused"
    again = await admin.post(f"{API}/infobase/look")
    assert (again.status_code, again.json()["verdict"]) == (202, "pending")
    knock.verdict = Verdict("ok")
    assert await look(site.shop.staff, TENANT, servers(), knock) is True
    assert "1C:ERP answers and lets the portal in." in texts(await admin.get("/settings/infobase"))


async def test_no_transaction_is_open_while_the_network_is_asked(site: Site) -> None:
    admin = await site.enter(ADMIN)
    told(await admin.put(f"{API}/infobase", json=GOOD, headers=tag(1)))
    busy: list[int] = []

    async def watch(entry: Entry) -> Verdict:
        rows = await site.shop.look(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        busy.append(cast("int", rows[0]["n"]))
        return Verdict("ok", entry.infobase)

    assert await look(site.shop.staff, TENANT, servers(), watch) is True
    assert busy == [0]


async def test_an_operator_who_takes_a_server_off_the_list_stops_the_calls(site: Site) -> None:
    admin = await site.enter(ADMIN)
    told(await admin.put(f"{API}/infobase", json=GOOD, headers=tag(1)))
    elsewhere = make_servers("http://10.0.0.5", ["https://erp.plant.example"], KEY)
    assert await entry(site.shop, elsewhere) is None
    knock = Knocker(Verdict("ok"))
    await look(site.shop.staff, TENANT, elsewhere, knock)
    assert knock.asked == []
    assert told(await admin.get(f"{API}/infobase"))["verdict"] == "not_listed"


async def test_with_another_key_the_password_is_lost_and_nothing_is_called(site: Site) -> None:
    admin = await site.enter(ADMIN)
    told(await admin.put(f"{API}/infobase", json=GOOD, headers=tag(1)))
    other = servers(key="another-key-" + "z" * 40)
    assert await entry(site.shop, other) is None
    await look(site.shop.staff, TENANT, other, Knocker(Verdict("ok")))
    assert "The kept password cannot be read any more." in texts(await admin.get("/settings/infobase"))


async def test_who_saves_from_an_older_version_sees_both_and_never_the_password(site: Site) -> None:
    admin = await site.enter(ADMIN)
    first = version_of(await admin.get("/settings/infobase"))
    await admin.post("/settings/infobase", data={**GOOD, "version": first})
    late = await admin.post("/settings/infobase", data={**GOOD, "infobase": "second", "version": first})
    assert late.status_code == 412
    assert "Name of the infobase own second" in texts(late)
    assert "tulpar-77" not in late.text


async def test_clients_see_nothing_of_it(site: Site) -> None:
    buyer = await site.enter(BUYER)
    assert (await buyer.get("/settings/infobase")).status_code == 403
    admin = await site.enter(ADMIN)
    nothing = await admin.post(f"{API}/infobase/look")
    assert (nothing.status_code, codes_of(nothing)) == (422, [("", "infobase_not_own")])
    with pytest.raises(Exception, match="permission denied"):
        async with open_tenant_transaction(site.shop.client, TENANT) as transaction:
            await transaction.driver.fetch("SELECT FROM tenant_infobases")


async def test_the_interface_is_chosen_told_to_the_worker_and_written_down(site: Site) -> None:
    admin = await site.enter(ADMIN)
    before = told(await admin.get(f"{API}/infobase"))
    assert (before["surface"], before["surface_used"]) == ("auto", "")
    changed = told(await admin.put(f"{API}/infobase/surface", json={"surface": "o"}, headers=tag(1)))
    assert (changed["surface"], changed["version"]) == ("o", 2)
    used = await read_entry(site.shop.staff, TENANT, servers(), Entry("http://usual", "erp", "u", "p"))
    assert used is not None
    assert used.surface == "o"
    page = await admin.post("/settings/infobase/surface", data={"surface": "h", "version": "2"})
    assert page.status_code == 303
    late = await admin.post("/settings/infobase/surface", data={"surface": "auto", "version": "2"})
    assert late.status_code == 412
    wrong = await admin.put(f"{API}/infobase/surface", json={"surface": "x"}, headers=tag(3))
    assert wrong.status_code == 400
    rows = await site.shop.look("SELECT surface FROM tenants WHERE id = $1", TENANT)
    assert [row["surface"] for row in rows] == ["h"]
