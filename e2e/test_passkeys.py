"""Passkeys with Chromium's own virtual authenticator: made in the profile, and the door opens without a password."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Page, expect

from e2e.visits import Contexts, sign_in
from tests.support.portal import Portal, running_portal
from tests.support.ports import free_port

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal under a name: keys are bound to a name, never to a number."""
    port = free_port()
    named = {"KARAVAN_PORT": str(port), "KARAVAN_PUBLIC_URL": f"http://localhost:{port}"}
    with running_portal(tmp_path_factory.mktemp("passkeys"), named) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(portal: Portal) -> str:
    """The same portal under its name."""
    return f"http://localhost:{portal.status.parts['web'].port}"


def device(page: Page, *, is_verified: bool = True) -> CDPSession:
    """Give the page's browser a device with a finger on it, its owner's or somebody else's."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, "isUserVerified": is_verified}})
    return session


def make_passkey(page: Page, password: str) -> None:
    page.goto("/profile/second-factor")
    page.get_by_label("Название устройства").fill("Ноутбук")
    page.locator("#passkey-password").fill(password)
    page.get_by_role("button", name="Создать ключ доступа").click()
    expect(page.locator("#codes li")).to_have_count(10)


def leave(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/ru/alatau/sign-in")


def test_a_passkey_opens_the_door_and_a_password_alone_no_longer_does(new_context: Contexts, portal: Portal) -> None:
    page, head = new_context().new_page(), portal.account("distributor_head")
    device(page)
    sign_in(page, head, "ru")
    make_passkey(page, head.password)
    leave(page)
    page.get_by_role("button", name="Войти с ключом доступа").click()
    page.wait_for_url("**/home")
    page.goto("/profile/second-factor")
    expect(page.get_by_text("последний вход")).to_be_visible()
    leave(page)
    page.locator("input[name=login]").fill(head.login)
    page.locator("input[name=password]").fill(head.password)
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_label("Код")).to_be_visible()


def test_a_device_that_does_not_know_its_owner_makes_and_opens_nothing(new_context: Contexts, portal: Portal) -> None:
    page, senior = new_context().new_page(), portal.account("distributor_senior")
    device(page, is_verified=False)
    sign_in(page, senior, "ru")
    page.goto("/profile/second-factor")
    page.get_by_label("Название устройства").fill("Чужой")
    page.locator("#passkey-password").fill(senior.password)
    page.get_by_role("button", name="Создать ключ доступа").click()
    page.wait_for_timeout(500)
    expect(page.locator("#codes")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Чужой")).to_have_count(0)


def test_without_scripts_the_button_is_not_there_and_the_password_is(new_context: Contexts, portal: Portal) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/ru/alatau/sign-in")
    expect(page.get_by_role("button", name="Войти с ключом доступа")).to_have_count(0)
    sign_in(page, portal.account("distributor_manager"))
