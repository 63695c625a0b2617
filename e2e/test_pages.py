"""Every page of every cabinet: nothing for the accessibility checker, nothing sideways, no complaint.

`make test` takes a sample of views and roles on little data; `make prove ONLY=pages` takes them all, on the
demo data, and keeps pictures in ``var/pages``.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import Final

import pytest
from playwright.sync_api import BrowserContext

from app.access.actors import CABINET_OF_ROLE
from e2e.pages import NOWHERE, SAMPLE, VIEWS, View, every_path, faults_at, picture
from e2e.visits import paint, sign_in
from tests.support.portal import Portal, running_portal

PICTURES: Final = os.environ.get("KARAVAN_PICTURES", "")
IS_WHOLE: Final = bool(PICTURES)
PUBLIC: Final = ("/", "/{0}/alatau", "/{0}/alatau/sign-in", NOWHERE)
# In the sample each shows templates the others do not; what a role may see at all is proved by the access tests.
ROLES: Final = tuple(CABINET_OF_ROLE) if IS_WHOLE else ("distributor_head", "forwarder", "manager_full", "admin")


@pytest.fixture(scope="session")
def visited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The common portal, or one with data as people really have them."""
    if not IS_WHOLE:
        yield request.getfixturevalue("portal")
        return
    rmtree(PICTURES, ignore_errors=True)
    with running_portal(tmp_path_factory.mktemp("pages"), {"KARAVAN_PROFILE": "demo"}) as portal:
        yield portal


@pytest.fixture(scope="session")
def base_url(visited: Portal) -> str:
    return visited.url


@pytest.mark.parametrize("view", VIEWS if IS_WHOLE else SAMPLE, ids=str)
def test_public_pages_have_no_fault(new_context: Callable[..., BrowserContext], axe_source: str, view: View) -> None:
    page = new_context(
        viewport={"width": view.width, "height": 900}, color_scheme=view.theme, locale=view.locale
    ).new_page()
    faults: list[str] = []
    for path in (path.format(view.locale) for path in PUBLIC):
        faults += faults_at(page, axe_source, path, view.locale)
        if PICTURES:
            picture(page, Path(PICTURES, "public", str(view)), path)
    assert faults == []


@pytest.mark.parametrize("view", VIEWS if IS_WHOLE else SAMPLE, ids=str)
@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_a_cabinet_has_a_fault(
    new_context: Callable[..., BrowserContext], axe_source: str, visited: Portal, role: str, view: View
) -> None:
    page = new_context(viewport={"width": view.width, "height": 900}, locale=view.locale).new_page()
    sign_in(page, visited.account(role), view.locale)
    paint(page, view.theme)
    faults: list[str] = []
    for path in [*every_path(page, closely=IS_WHOLE), NOWHERE]:
        faults += faults_at(page, axe_source, path, view.locale)
        if PICTURES:
            picture(page, Path(PICTURES, role, str(view)), path)
    assert faults == []
