"""Faults strike the open interface as they strike surface H, and speak its language."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import msgspec
import pytest
from msgspec import Raw

from tests.erp_peer.odata.client import Failed, Interface
from tests.erp_peer.portal import Portal

PARTNERS = "Catalog_Партнеры"


@pytest.fixture
def fault(portal: Portal) -> Iterator[Portal]:
    yield portal
    portal.steering.delete("/faults")


def strike(portal: Portal, **rule: object) -> None:
    portal.steer("/faults", {"rules": [{"match": {"path~": "standard[.]odata"}, "times": 1, **rule}]}, dict[str, Raw])


def test_an_injected_failure_has_the_shape_of_the_interface(odata: Interface, fault: Portal) -> None:
    strike(fault, fault="http", status=500, body="json")
    response = odata.send("GET", f"{PARTNERS}?$format=json&$top=1")
    assert response.status_code == 500
    assert msgspec.json.decode(response.content, type=Failed).error.code == "-1"
    assert odata.many(PARTNERS, top="1")


@pytest.mark.parametrize(("body", "begins"), [("atom", "<m:error"), ("html", "<!DOCTYPE html>"), ("empty", "")])
def test_other_bodies_are_told_as_asked(odata: Interface, fault: Portal, body: str, begins: str) -> None:
    strike(fault, fault="http", status=502, body=body)
    response = odata.send("GET", f"{PARTNERS}?$format=json")
    assert response.status_code == 502
    assert response.text.startswith(begins)


def test_maintenance_is_told_by_the_web_server(odata: Interface, fault: Portal) -> None:
    strike(fault, fault="maintenance")
    response = odata.send("GET", f"{PARTNERS}?$format=json")
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("text/html")


def test_a_write_whose_answer_is_lost_is_found_by_its_reference(odata: Interface, fault: Portal) -> None:
    ref = str(uuid4())
    body = {"Ref_Key": ref, "Description": "Потерянный ответ"}
    strike(fault, fault="drop_after_commit")
    with pytest.raises(httpx.TransportError):
        odata.send("POST", f"{PARTNERS}?$format=json", body)
    assert odata.one(f"{PARTNERS}(guid'{ref}')")["Description"] == "Потерянный ответ"
    assert odata.failure(PARTNERS, 400, "POST", body).code == "15"
    assert len(fault.audit(ref)) == 1


def test_a_write_that_never_arrived_is_not_there(odata: Interface, fault: Portal) -> None:
    ref = str(uuid4())
    strike(fault, fault="drop_before_handle")
    with pytest.raises(httpx.TransportError):
        odata.send("POST", f"{PARTNERS}?$format=json", {"Ref_Key": ref, "Description": "Нет"})
    assert odata.failure(f"{PARTNERS}(guid'{ref}')", 404).code == "9"
