"""The trail as a file: the same rows, itself on record, and cut off when the right ends."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import cast
from xml.etree import ElementTree as ET

import pytest
from litestar.types import Message, Receive, Scope

from app.admin.services import audit_export
from tests.access.browsers import Browser, World, open_world
from tests.admin.test_audit_page import THEN
from tests.admin.trails import IN_TENANT, Deed, put
from tests.support.databases import Database

CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}c"


@pytest.fixture
async def world(database: Database, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database, redis_url, tmp_path) as opened:
        await opened.execute("UPDATE users SET locale = 'ru'")
        await put(opened, *(Deed(name=f"=P-{number}", at=THEN + timedelta(minutes=number)) for number in range(7)))
        yield opened


@pytest.fixture
async def admin(world: World) -> Browser:
    return await world.signed_in("alatau/admin")


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_a_csv_has_every_row_of_the_list_and_no_formula(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_export, "_BATCH", 3)
    answer = await admin.post("/audit/export", data={"kind": "order", "format": "csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    head, *rows = rows_of(answer.content)
    assert head[:4] == ["Момент", "Кто", "От имени", "Действие"]
    assert [row[6] for row in rows] == [f"'=P-{number}" for number in reversed(range(7))]
    assert (rows[-1][0], rows[-1][3], rows[-1][4]) == ("2026-03-07 14:30:15", "Заказ отправлен", "order.submitted")


async def test_an_xlsx_has_the_same_rows(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_export, "_BATCH", 3)
    answer = await admin.post("/api/v1/audit/export", json={"kind": "order", "format": "xlsx"})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        sheet = ET.fromstring(file.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    texts = ["".join(cell.itertext()) for cell in sheet.iter(CELL)]
    assert [text for text in texts if text.startswith("=P-")] == [f"=P-{number}" for number in reversed(range(7))]


async def test_an_export_is_itself_on_record_and_not_in_the_file(world: World, admin: Browser) -> None:
    answer = await admin.post("/audit/export", data={"since": "2026-03-07", "until": "2026-03-07", "format": "csv"})
    assert len(rows_of(answer.content)) == 8
    everything = await admin.post("/audit/export", data={"format": "csv"})
    [first, second] = await world.fetch(
        "SELECT actor_id, detail::text FROM audit_records WHERE action = 'audit.exported' ORDER BY id"
    )
    assert first["actor_id"] == world.people["alatau/admin"].user_id
    told = '{"rows": 7, "since": "2026-03-07", "until": "2026-03-07", "format": "csv"}'
    assert first["detail"] == told
    # The first export and signing in, but not the export that is being made.
    assert [row[4] for row in rows_of(everything.content)[1:3]] == ["audit.exported", "session.opened"]
    assert '"rows": 9' in str(cast("object", second["detail"]))


async def test_a_file_that_would_be_too_long_is_refused_with_a_way_out(
    world: World, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(audit_export.MOST_ROWS, "xlsx", 6)
    answer = await admin.post("/api/v1/audit/export", json={"kind": "order", "format": "xlsx"})
    assert answer.status_code == 422
    assert "не больше 6 строк" in answer.text
    assert not await world.fetch("SELECT FROM audit_records WHERE action = 'audit.exported'")


async def test_a_form_of_another_site_takes_nothing(world: World, admin: Browser) -> None:
    del admin.headers["X-CSRF-Token"]
    assert (await admin.post("/audit/export", data={"format": "csv"})).status_code == 403
    assert not await world.fetch("SELECT FROM audit_records WHERE action = 'audit.exported'")


class SlowReader:
    """Somebody who takes the pieces of a file one by one, through the application itself."""

    def __init__(self, world: World, browser: Browser) -> None:
        self.pieces: list[bytes] = []
        self.is_whole = False
        self.go_on = asyncio.Event()
        self.has_begun = asyncio.Event()
        self._world = world
        self._browser = browser

    async def read(self) -> None:
        """Ask for the file and wait after its first piece until told to go on."""
        request = self._browser.build_request("POST", "/audit/export", data={"format": "csv"})
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        scope: MutableMapping[str, object] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/audit/export", "raw_path": b"/audit/export", "query_string": b"", "root_path": "",
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "state": {},
        }  # fmt: skip
        body = request.read()

        async def receive() -> Message:
            await asyncio.sleep(0)
            return cast("Message", {"type": "http.request", "body": body, "more_body": False})

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                self.pieces.append(message["body"])
                self.is_whole = not message["more_body"]
                self.has_begun.set()
                await self.go_on.wait()

        await self._world.app(cast("Scope", scope), cast("Receive", receive), send)


ENDS = {
    "the rule goes": f"{IN_TENANT} UPDATE access_rules SET valid_to = now() WHERE tenant_id = 1 AND resource = 'audit'",
    "the person is disabled": "UPDATE users SET disabled_at = now() WHERE email = 'alatau.admin@example.test'",
    "the session ends": "DELETE FROM sessions",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_file_on_its_way_ends_within_a_second_of_the_right(
    world: World, admin: Browser, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(audit_export, "_BATCH", 2)
    reader = SlowReader(world, admin)
    reading = asyncio.create_task(reader.read())
    await asyncio.wait_for(reader.has_begun.wait(), 5)
    assert not reading.done()
    await world.execute(end)
    since = monotonic()
    # The reader takes nothing meanwhile; still the connection does not stay open until they do.
    done, _ = await asyncio.wait({reading}, timeout=3)
    assert done, "the download outlived the right"
    assert monotonic() - since < 1
    assert isinstance(reading.exception(), Exception)
    assert not reader.is_whole
    assert len(reader.pieces) == 1


async def test_a_slow_reader_whose_right_stands_gets_the_whole_file(
    world: World, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_export, "_BATCH", 2)
    reader = SlowReader(world, admin)
    reading = asyncio.create_task(reader.read())
    await asyncio.wait_for(reader.has_begun.wait(), 5)
    await asyncio.sleep(1.2)
    reader.go_on.set()
    await asyncio.wait_for(reading, 5)
    assert reader.is_whole
    assert len(rows_of(b"".join(reader.pieces))) == 9
