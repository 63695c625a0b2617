"""The demo's people leave something in every saved view, by the portal's own API."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec import Struct

from app.cli.demo_rights import leave_versions
from app.cli.demo_work import leave_traces
from tests.support.portal import Portal, running_portal


class Page(Struct):
    """What a list answers."""

    total: int


def totals(portal: Portal, role: str, views: list[str]) -> dict[str, int]:
    account = portal.account(role)
    with httpx.Client(base_url=portal.url, headers={"Origin": portal.url}) as client:
        client.post("/api/v1/session", json={"login": account.login, "password": account.password}).raise_for_status()
        pages = {view: client.get(f"/api/v1/orders?view={view}").raise_for_status() for view in views}
    return {view: msgspec.json.decode(page.content, type=Page).total for view, page in pages.items()}


class Draft(Struct):
    """A draft of rights, as far as it matters here."""

    state: str


class Drafts(Struct):
    """What the list of drafts answers."""

    items: list[Draft]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("demo")) as running:
        yield running


def test_the_first_dealer_and_manager_find_something_to_do(portal: Portal) -> None:
    leave_traces(portal.url, portal.url, portal.accounts)
    views = ["needs_me", "drafts"]
    assert totals(portal, "distributor_head", [*views, "archive"]) == {"needs_me": 1, "drafts": 4, "archive": 2}
    assert totals(portal, "manager_full", views) == {"needs_me": 1, "drafts": 4}


def test_rights_have_versions_drafts_and_something_that_waits_for_a_second_person(portal: Portal) -> None:
    leave_versions(portal.url, portal.url, [portal.account("admin")])
    leave_versions(portal.url, portal.url, portal.accounts)
    account = portal.account("admin")
    with httpx.Client(base_url=f"{portal.url}/api/v1", headers={"Origin": portal.url}) as client:
        client.post("/session", json={"login": account.login, "password": account.password}).raise_for_status()
        drafts, versions = (client.get(f"/access/{kind}").raise_for_status() for kind in ("drafts", "versions"))
    states = [one.state for one in msgspec.json.decode(drafts.content, type=Drafts).items]
    assert (states.count("draft"), states.count("waiting")) == (1, 1)
    assert msgspec.json.decode(versions.content, type=Page).total == 3


def test_its_accounts_say_whose_company_is_overdue(portal: Portal) -> None:
    assert portal.account("distributor_head").note == ""
    assert [account.locale for account in (portal.account("distributor_head"), portal.account("manager_full"))] == [
        "ru",
        "ru",
    ]
    assert not (Path(portal.folder) / "demo.done").exists()
