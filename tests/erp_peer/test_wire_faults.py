"""Faults of the wire strike both surfaces, each in its own words."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast
from uuid import uuid4

import httpx
import msgspec
import pytest

from erp_peer.clock import Clock
from erp_peer.faults.book import Asked, Faults
from erp_peer.faults.shapes import Http, Match
from tests.erp_peer.odata.client import Failed, Interface, Many
from tests.erp_peer.portal import ErrorAnswer, Ping, Portal, Results
from tests.erp_peer.surfaces import PARTNERS, SURFACES, H, O, Surface

DAY_S = 86_400


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest, portal: Portal) -> Iterator[Surface]:
    odata = Interface(portal.url)
    yield Surface(cast("str", request.param), portal, odata)
    portal.steering.delete("/faults").raise_for_status()
    odata.close()


def codes(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a failure, whichever surface speaks."""
    if b"odata.error" in response.content:
        return response.status_code, msgspec.json.decode(response.content, type=Failed).error.code
    return response.status_code, msgspec.json.decode(response.content, type=ErrorAnswer).error.code


def test_a_login_page_comes_with_status_200(surface: Surface) -> None:
    surface.strike("html_login_page")
    response = surface.read()
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Идентификация пользователя" in response.text
    assert surface.read().headers["content-type"] == "application/json;charset=utf-8"


@pytest.mark.parametrize("end", ["close", "reset"])
def test_an_answer_breaks_off_in_the_middle(surface: Surface, end: str) -> None:
    surface.strike("truncate_body", bytes=10, end=end)
    with pytest.raises(httpx.TransportError):
        surface.read()
    assert surface.read().status_code == 200


def test_a_cut_answer_may_claim_to_be_whole(surface: Surface) -> None:
    surface.strike("truncate_body", bytes=10, end="whole")
    response = surface.read()
    assert (response.status_code, len(response.content)) == (200, 10)


def test_a_snapshot_is_cut_after_so_many_bytes(portal: Portal) -> None:
    rule = {"fault": "truncate_body", "bytes": 1000, "times": 1, "match": {"path~": "/snapshot/"}}
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[object]])
    got: list[bytes] = []
    with portal.http.stream("GET", "/snapshot/products") as response, pytest.raises(httpx.TransportError):
        got.extend(response.iter_raw())
    assert sum(map(len, got)) == 1000


def test_an_answer_drips(surface: Surface) -> None:
    whole = surface.read().content
    surface.strike("slow_drip", bps=len(whole) * 2)
    began = time.monotonic()
    assert len(surface.read().content) == len(whole)
    assert time.monotonic() - began >= 0.4


def test_a_request_is_handled_twice(surface: Surface) -> None:
    ref = str(uuid4())
    surface.strike("duplicate_delivery")
    response = surface.write(ref)
    if surface.name == H:
        assert msgspec.json.decode(response.content, type=Results).results[0].replayed
    else:
        assert codes(response) == (400, "15")
        assert len(surface.portal.audit(ref)) == 1


def test_an_acknowledged_batch_comes_again(portal: Portal, node: str) -> None:
    portal.edit(edit="touch", set=PARTNERS, ref=portal.rows("partners")[0]["Ref_Key"])
    first = portal.changes(node)
    assert first.batch is not None
    rule = {"fault": "duplicate_delivery", "times": 1, "match": {"path~": "/changes/ack$"}}
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[object]])
    assert portal.ack(node, first.batch)
    assert portal.changes(node).batch == first.batch
    assert portal.ack(node, first.batch)
    assert portal.changes(node).batch is None


def test_a_lock_is_waited_for_in_vain(surface: Surface) -> None:
    surface.strike("lock_conflict", ms=300)
    began = time.monotonic()
    response = surface.write()
    assert time.monotonic() - began >= 0.3
    assert codes(response) == ((503, "lock_conflict") if surface.name == H else (500, "-1"))
    assert "Конфликт блокировок" in response.text


def test_a_lock_on_one_set_leaves_others_alone(surface: Surface) -> None:
    surface.strike("lock_conflict", ms=0, entity="Document_ЗаданиеНаПеревозку")
    assert surface.write().status_code in {200, 201}
    surface.strike("lock_conflict", ms=0, entity="Document_ЗаказКлиента" if surface.name == H else PARTNERS)
    assert surface.write().status_code in {500, 503}


def test_a_lock_that_fails_is_told_in_atom_to_whoever_asks_for_nothing_else(portal: Portal) -> None:
    odata = Interface(portal.url)
    Surface(O, portal, odata).strike("lock_conflict", ms=0)
    response = odata.send("GET", PARTNERS)
    assert response.text.startswith("<m:error")
    odata.close()


def test_a_deadlock_has_a_victim(surface: Surface) -> None:
    surface.strike("deadlock")
    response = surface.write()
    assert codes(response) == ((503, "lock_conflict") if surface.name == H else (500, "-1"))
    assert "Взаимоблокировка" in response.text


def test_a_wrong_clock_shows_in_headers(surface: Surface) -> None:
    surface.strike("clock_skew", s=-DAY_S)
    wrong, right = (parsedate_to_datetime(surface.read().headers["date"]) for _ in range(2))
    assert abs(right - wrong - timedelta(days=1)) < timedelta(seconds=5)
    assert abs(right - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_wrong_clock_shows_in_now_and_in_what_is_written(portal: Portal) -> None:
    odata = Interface(portal.url)
    surface = Surface(H, portal, odata)
    surface.strike("clock_skew", s=DAY_S * 400)
    ping = portal.get("/ping", Ping)
    assert datetime.fromisoformat(ping.now) > datetime.now(UTC) + timedelta(days=399)
    order = odata.many("Document_ЗаказКлиента", top="1")[0]
    Surface(O, portal, odata).strike("clock_skew", s=DAY_S * 400)
    response = odata.send("GET", f"Document_ЗаказКлиента(guid'{order['Ref_Key']}')")
    assert str((datetime.now(UTC) + timedelta(days=400)).year) in response.text.partition("<updated>")[2][:10]
    odata.close()


def test_works_of_every_night_strike_within_their_hours_only(surface: Surface) -> None:
    surface.strike("maintenance", times=None, **{"from": "02:00", "to": "03:30"})
    clock = surface.portal
    try:
        for hour, status in (("01:59", 200), ("02:00", 503), ("03:29", 503), ("03:30", 200)):
            clock.steer("/clock", {"now": f"2027-01-15T{hour}:10+00:00"}, dict[str, object])
            assert surface.read().status_code == status, hour
    finally:
        clock.steer("/clock", {"offset_s": 0}, dict[str, object])


def test_works_of_every_night_may_go_over_midnight_and_are_announced(portal: Portal) -> None:
    rule = {"fault": "maintenance", "from": "23:00", "to": "01:00", "match": {"path~": "^/erp/"}}
    portal.steer("/faults", {"rules": [rule]}, dict[str, list[object]])
    try:
        portal.steer("/clock", {"now": "2027-01-15T00:30:00+00:00"}, dict[str, object])
        response = portal.http.get("/snapshot/lines")
        error = msgspec.json.decode(response.content, type=ErrorAnswer).error
        assert (response.status_code, error.code) == (503, "maintenance")
        assert 29 * 60_000 < (error.after_ms or 0) <= 30 * 60_000
        portal.steer("/clock", {"now": "2027-01-15T12:00:00+00:00"}, dict[str, object])
        announced = portal.get("/ping", dict[str, msgspec.Raw])["maintenance"]
        assert msgspec.json.decode(announced, type=dict[str, str]) == {
            "from": "2027-01-15T23:00:00+00:00",
            "to": "2027-01-16T01:00:00+00:00",
        }
    finally:
        portal.steer("/clock", {"offset_s": 0}, dict[str, object])
        portal.steering.delete("/faults").raise_for_status()


def test_chance_falls_alike_for_the_same_seed_and_otherwise_for_another() -> None:
    def fallen(seed: int) -> list[bool]:
        book = Faults(seed, Clock().now)
        book.add([Http(match=Match(p=0.5))])
        return [bool(book.strike(Asked("GET", "/ping"))) for _ in range(40)]

    assert fallen(1) == fallen(1)
    assert fallen(1) != fallen(2)
    assert set(fallen(1)) == {True, False}


def test_hidden_rows_fail_a_query_unless_only_allowed_ones_are_asked_for(portal: Portal) -> None:
    odata = Interface(portal.url)
    whole = odata.many(PARTNERS, select="Ref_Key")
    Surface(O, portal, odata).strike("rls_hide", times=None, set=PARTNERS, pct=30)
    failure = odata.failure(PARTNERS, 403, select="Ref_Key")
    assert failure.code == "20"
    asked = f"{PARTNERS}?$format=json&$select=Ref_Key&allowedOnly=true&$inlinecount=allpages"
    seen = msgspec.json.decode(odata.send("GET", asked).content, type=Many)
    assert 0 < len(seen.value) < len(whole)
    assert seen.count == str(len(seen.value))
    counted = odata.send("GET", f"{PARTNERS}/$count?allowedOnly=true")
    assert counted.text == seen.count
    assert odata.send("GET", f"{PARTNERS}/$count?$format=json").status_code == 403
    hidden = next(row for row in whole if row not in seen.value)
    assert odata.failure(f"{PARTNERS}(guid'{hidden['Ref_Key']}')", 403).code == "20"
    assert odata.one(f"{PARTNERS}(guid'{seen.value[0]['Ref_Key']}')")["Ref_Key"] == seen.value[0]["Ref_Key"]
    assert odata.many("Catalog_Склады"), "other sets are seen whole"
    portal.steering.delete("/faults").raise_for_status()
    odata.close()
