"""The doctor and the audit trail: it says that all is sound, and names the first block that is not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.cli.checks import Level
from app.cli.checks.audit import check_audit
from app.infra.audit_copy import copy_of
from tests.infra.trails import TENANT, Trail, open_trail
from tests.support.databases import Database


@pytest.fixture
async def trail(database: Database, tmp_path: Path) -> AsyncIterator[Trail]:
    """Three sealed blocks of two rows."""
    async with open_trail(database, tmp_path) as one:
        for _block in range(3):
            await one.write(2)
            await one.seal()
        yield one


async def test_a_sound_trail_is_called_so(trail: Trail, database: Database) -> None:
    for url in (database.superuser_url, database.owner_url):  # embedded, and a server run by others
        [finding] = await check_audit(url, trail.folder)
        assert finding.level is Level.GOOD
        assert finding.words == "The audit trail of alatau: 3 blocks with 6 rows are what was sealed"


async def test_the_first_broken_block_is_named(trail: Trail, database: Database) -> None:
    await trail.tamper("UPDATE audit_records SET action = 'x' WHERE id = (SELECT min(id) + 2 FROM audit_records)")
    await trail.tamper("DELETE FROM audit_records WHERE id = (SELECT max(id) FROM audit_records)")
    [finding] = await check_audit(database.superuser_url, trail.folder)
    assert finding.level is Level.BAD
    assert "of alatau was changed: block 2 is not what was sealed" in finding.words


async def test_a_damaged_or_lost_copy_is_told(trail: Trail, database: Database) -> None:
    path = copy_of(trail.folder, TENANT)
    path.write_text("hello\n")
    [finding] = await check_audit(database.superuser_url, trail.folder)
    assert finding.level is Level.BAD
    path.unlink()
    [finding] = await check_audit(database.superuser_url, trail.folder)
    assert finding.level is Level.DOUBTFUL


async def test_rows_that_nobody_seals_are_told(trail: Trail, database: Database) -> None:
    await trail.write(1)
    await trail.tamper("UPDATE audit_records SET at = at - interval '2 hours' WHERE id IN (SELECT max(id)"
        " FROM audit_records)")  # fmt: skip
    [finding] = await check_audit(database.superuser_url, trail.folder)
    assert finding.level is Level.DOUBTFUL
    assert "1 rows wait" in finding.words
