"""Whoever carries a file is killed at every step: the next one goes on, and the file is there once and whole."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest

from app.erp.channel import Channel
from app.erp.loading import Side
from app.infra.waypoints import VARIABLE
from tests.erp.files import Hall, empty_hall
from tests.erp.look import Look
from tests.erp.stand_in import StandIn
from tests.support.databases import Database

ROOT: Final = Path(__file__).parents[2]
FETCHING: Final = ("file.fetching", "file.arriving", "file.whole", "file.kept", "file.recording", "file.recorded")
SENDING: Final = ("file.sending", "file.answered", "file.recording", "file.recorded")


@pytest.fixture
def database(loaded_database: Database) -> Database:
    return loaded_database


@pytest.fixture
async def hall(loaded: Side, channel: Channel, tmp_path: Path) -> AsyncIterator[Hall]:
    async with empty_hall(loaded, channel, tmp_path / "files") as made:
        yield made


async def kill_at(step: str, lane: str, hall: Hall, database: Database, url: str, tmp_path: Path) -> None:
    """Let a process carry, and kill it when it stands at the step."""
    stops = tmp_path / "stops"
    stops.mkdir()
    (stops / step).touch()
    words = [sys.executable, "-m", "tests.erp.porter_process", lane, database.staff_url, url, str(hall.folder)]
    process = subprocess.Popen(  # noqa: ASYNC220 - it is waited for without blocking
        words, cwd=ROOT, env={**os.environ, VARIABLE: str(stops)}, stdout=subprocess.DEVNULL
    )
    try:
        for _look in range(600):
            if (stops / f"{step}.{process.pid}").exists():
                return
            assert process.poll() is None, "it ended before the step"
            await asyncio.sleep(0.05)
        pytest.fail(f"nobody came by {step}")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("step", FETCHING)
async def test_a_content_arrives_though_its_carrier_dies(
    hall: Hall, database: Database, stand_in: StandIn, look: Look, tmp_path: Path, step: str
) -> None:
    content = b"%PDF-" + uuid4().bytes * 20_000
    digest = sha256(content).hexdigest()
    file_id = await hall.give(content, await _contract(look))
    await hall.persist("send")
    hall.store.remove(1, digest)
    await hall.want(file_id, digest, len(content))
    await kill_at(step, "fetch", hall, database, stand_in.url, tmp_path)
    is_done = step == "file.recorded"
    shown = "SELECT stored_at IS NOT NULL FROM attachments WHERE id = $1"
    assert await look.value(shown, file_id) is is_done
    assert hall.store.has(1, digest, len(content)) is (step in FETCHING[3:])
    if step == "file.arriving":
        [draft] = (hall.folder / "1" / "drafts").iterdir()
        got = draft.read_bytes()
        assert 0 < len(got) < len(content)
        assert content.startswith(got)
        # A carrier that began anew would be cut.
        await stand_in.fault("truncate_body", path=str(file_id), bytes=len(content) - len(got))
    await hall.persist("fetch")
    assert await look.value(shown, file_id) is True
    assert hall.store.read(1, digest, 0, len(content)) == content
    assert not list((hall.folder / "1" / "drafts").iterdir())


@pytest.mark.parametrize("step", SENDING)
async def test_a_content_leaves_once_though_its_carrier_dies(
    hall: Hall, database: Database, stand_in: StandIn, look: Look, tmp_path: Path, step: str
) -> None:
    content = uuid4().bytes * 20_000
    file_id = await hall.give(content, await _contract(look))
    await kill_at(step, "send", hall, database, stand_in.url, tmp_path)
    await hall.persist("send")
    assert await look.value("SELECT state FROM outgoing_files WHERE id = $1", file_id) == "sent"
    assert [write.type for write in await stand_in.audit(ref=str(file_id))] == ["file.put"]


async def _contract(look: Look) -> UUID:
    found = await look.value("SELECT id FROM contracts WHERE tenant_id = 1 AND deleted_at IS NULL ORDER BY 1 LIMIT 1")
    assert isinstance(found, UUID)
    return found
