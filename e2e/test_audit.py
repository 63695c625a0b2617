"""The audit trail in a browser: what an administrator looks for is found, opened and taken along."""

import csv
import io
import zipfile
from pathlib import Path

from playwright.sync_api import Download, Page, expect

from e2e.visits import Contexts, sign_in
from tests.support.portal import Portal


def _admin(new_context: Contexts, portal: Portal) -> Page:
    page = new_context().new_page()
    sign_in(page, portal.account("admin"), "ru")
    page.goto("/home")
    page.locator("#menu a[href='/audit']").click()
    return page


def _read(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_an_administrator_finds_a_deed_opens_it_and_takes_the_list_along(new_context: Contexts, portal: Portal) -> None:
    page = _admin(new_context, portal)
    # Without pressing anything: a choice narrows the list at once, and the address says so.
    page.locator("#action").select_option("order.cancelled")
    expect(page.locator("#trail h2")).to_have_text("Ничего не найдено")
    page.locator("#action").select_option("session.opened")
    expect(page).to_have_url("/audit?action=session.opened")
    page.locator("input[name=person]").fill(portal.account("admin").login)
    page.locator("input[name=person]").press("Enter")
    expect(page.locator(".toolbar .chip")).to_have_count(2)

    deed = page.locator(".trail details").first
    expect(deed.locator("summary")).to_contain_text("Вход в портал")
    deed.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(deed.locator("dl")).to_contain_text("127.0.0.1")
    # A second after the deed the worker seals it; the page says so as soon as it is read again.
    page.reload()
    expect(page.locator(".trail details").first.locator(".state")).to_contain_text("опечатано")

    shown = page.locator(".trail details").count()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.reader(io.StringIO(_read(taken.value).decode("utf-8-sig"), newline=""), delimiter=";"))
    assert taken.value.suggested_filename.endswith(".csv")
    assert len(rows) == shown + 1
    assert {row[3] for row in rows[1:]} == {"Вход в портал"}
    with page.expect_download() as taken:
        page.get_by_role("button", name="Excel").click()
    with zipfile.ZipFile(io.BytesIO(_read(taken.value))) as file:
        assert file.read("xl/worksheets/sheet1.xml").count(b"<row>") == shown + 1


def test_without_scripts_the_same_is_a_form_and_links(new_context: Contexts, portal: Portal) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"/ru/{portal.account('admin').tenant}/sign-in")
    page.locator("input[name=login]").fill(portal.account("admin").login)
    page.locator("input[name=password]").fill(portal.account("admin").password)
    page.locator("input[name=password]").press("Enter")
    page.goto("/audit")
    page.locator("#action").select_option("session.opened")
    page.locator("#trail-form noscript button, #trail-form p button").first.click()
    expect(page.locator(".toolbar .chip")).to_have_count(1)
    page.locator(".toolbar .chip").click()
    expect(page.locator(".toolbar .chip")).to_have_count(0)
