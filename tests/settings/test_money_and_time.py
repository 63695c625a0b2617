"""Currencies and the time zone."""

from typing import cast

import pytest

from tests.orders.shop import ADMIN
from tests.orders.site import Site, codes_of, texts
from tests.settings.desk import API, tag, told, trail, version_of

ALL = ["KZT", "KGS", "TJS", "CNY", "UZS", "MNT", "TMT", "RUB", "USD"]


async def test_currencies_without_contracts_are_switched_off(site: Site) -> None:
    admin = await site.enter(ADMIN)
    done = await admin.post("/settings/money", data={"currencies": ["KZT", "USD"], "currency": "USD", "version": "1"})
    assert done.status_code == 303, texts(done)
    now = told(await admin.get(f"{API}/money"))
    assert now["currency"] == "USD"
    assert await trail(site.shop, "currencies.changed") == [
        {"before": {"currencies": ALL, "currency": "KZT"}, "after": {"currencies": ["KZT", "USD"], "currency": "USD"}}
    ]


async def test_a_currency_of_contracts_in_force_stays_and_every_reason_is_told(site: Site) -> None:
    admin = await site.enter(ADMIN)
    answer = await admin.post("/settings/money", data={"currencies": ["USD"], "currency": "CNY", "version": "1"})
    assert answer.status_code == 422
    words = texts(answer)
    assert "KZT: contracts in force are in it" in words
    assert "CNY is not among the chosen currencies." in words
    assert 'value="USD" id="currency-USD" checked' in answer.text
    assert 'value="KGS" id="currency-KGS" checked' not in answer.text
    nothing = await admin.put(f"{API}/money", json={"currencies": [], "currency": "KZT"}, headers=tag(1))
    assert (nothing.status_code, codes_of(nothing)) == (400, [("currencies", "too_few")])
    odd = await admin.put(f"{API}/money", json={"currencies": ["EUR"], "currency": "KZT"}, headers=tag(1))
    assert codes_of(odd) == [("currencies[0]", "not_a_choice")]


async def test_the_rounding_of_each_currency_is_shown(site: Site) -> None:
    admin = await site.enter(ADMIN)
    words = texts(await admin.get("/settings/money"))
    assert "1,234,567.35" in words
    money = told(await admin.get(f"{API}/money"))
    rows = cast("list[dict[str, object]]", money["currencies"])
    digits = {one["code"]: (one["minor_digits"], one["shown_digits"]) for one in rows}
    assert digits["UZS"] == (2, 0)
    assert digits["KZT"] == (2, 2)


async def test_who_saves_currencies_or_zone_from_an_older_version_sees_both(site: Site) -> None:
    admin = await site.enter(ADMIN)
    await admin.put(f"{API}/money", json={"currencies": ["KZT", "USD"], "currency": "KZT"}, headers=tag(1))
    late = await admin.post("/settings/money", data={"currencies": ["KZT"], "currency": "KZT", "version": "1"})
    assert late.status_code == 412
    assert "Traded currencies KZT, USD KZT" in texts(late)
    await admin.put(f"{API}/time", json={"zone": "Asia/Tashkent"}, headers=tag(1))
    late = await admin.post("/settings/time", data={"zone": "Asia/Bishkek", "version": "1"})
    assert late.status_code == 412
    assert "Time zone Tashkent, UTC+05:00 Bishkek, UTC+06:00" in texts(late)


async def test_a_new_zone_is_everybodys_zone_at_once(site: Site) -> None:
    admin = await site.enter(ADMIN)
    done = await admin.post(
        "/settings/time", data={"zone": "Asia/Shanghai", "version": version_of(await admin.get("/settings/time"))}
    )
    assert done.status_code == 303
    rows = await site.shop.look("SELECT zone FROM tenants WHERE id = 1")
    assert [row["zone"] for row in rows] == ["Asia/Shanghai"]
    assert "Shanghai, UTC+08:00" in texts(await admin.get("/settings"))
    assert await trail(site.shop, "zone.changed") == [
        {"before": {"zone": "Asia/Almaty"}, "after": {"zone": "Asia/Shanghai"}}
    ]


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "localtime", "Factory", "../etc/passwd"])
async def test_a_zone_there_is_not_is_refused(site: Site, zone: str) -> None:
    admin = await site.enter(ADMIN)
    answer = await admin.put(f"{API}/time", json={"zone": zone}, headers=tag(1))
    assert (answer.status_code, codes_of(answer)) == (422, [("zone", "zone_unknown")])
    page = await admin.post("/settings/time", data={"zone": "../etc/passwd", "version": "1"})
    assert page.status_code == 422
    assert "There is no such time zone." in texts(page)
