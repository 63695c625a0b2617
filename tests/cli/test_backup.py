"""A backup is whole, restores onto an empty installation only, and damage is noticed."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from app.cli.backup import make_backup
from app.cli.restore import restore
from app.cli.site import Site
from app.infra.processes.installation import Secrets, read_secrets
from app.infra.processes.parts import StartError
from app.infra.processes.ports import Ports
from app.infra.processes.roles import on_database
from tests.support.databases import make_template
from tests.support.servers import postgres_server
from tests.support.waiting import run_apart

TENANT = """
    INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase, order_prefix)
    VALUES (1, 'kolmas', 'Колмас', 'р', 'қ', 'e', 'Asia/Almaty', 'KZ', 'erp', 'K')
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own: restoring gives the portal's roles new passwords."""
    with postgres_server(tmp_path_factory.mktemp("backup")) as url:
        yield url


@pytest.fixture(scope="module")
def filled(server: str) -> str:
    """A migrated database with one tenant in it."""
    url = on_database(server, make_template(server))
    run_apart(ask(url, TENANT))
    return url


async def test_what_was_backed_up_is_restored(server: str, filled: str, tmp_path: Path) -> None:
    before, after = site(tmp_path / "before", filled), site(tmp_path / "after", await empty(server, "second"))
    (before.folder / "files").mkdir()
    (before.folder / "files" / "Сертификат.pdf").write_bytes(b"%PDF")
    assert await make_backup(before) == 0
    assert await restore(after, archive_of(before)) == 0
    assert await ask(after.env["KARAVAN_DATABASE_URL"], "SELECT name FROM tenants") == ["Колмас"]
    assert (after.folder / "files" / "Сертификат.pdf").read_bytes() == b"%PDF"
    assert read_secrets(after.folder).secret_key == before.secrets.secret_key


async def test_the_walls_are_restored_too(server: str, filled: str, tmp_path: Path) -> None:
    before, after = site(tmp_path / "before", filled), site(tmp_path / "after", await empty(server, "walls"))
    await make_backup(before)
    await restore(after, archive_of(before))
    question = "SELECT count(*) FROM pg_policies UNION ALL SELECT count(*) FROM pg_class WHERE relforcerowsecurity"
    assert await ask(after.env["KARAVAN_DATABASE_URL"], question) == await ask(filled, question)


async def test_an_installation_with_data_is_left_alone(filled: str, tmp_path: Path) -> None:
    there = site(tmp_path, filled)
    await make_backup(there)
    with pytest.raises(StartError, match="not empty"):
        await restore(there, archive_of(there))
    assert await ask(filled, "SELECT name FROM tenants") == ["Колмас"]


async def test_damage_is_noticed_before_anything_changes(server: str, filled: str, tmp_path: Path) -> None:
    before, after = site(tmp_path / "before", filled), site(tmp_path / "after", await empty(server, "third"))
    await make_backup(before)
    archive = archive_of(before)
    with tarfile.open(archive) as whole:
        place = whole.getmember("karavan.dump").offset_data + 5000
    with archive.open("r+b") as bytes_of:
        bytes_of.seek(place)
        bytes_of.write(b"\x00\xff\x00\xff")
    with pytest.raises(StartError, match=r"damaged: karavan\.dump"):
        await restore(after, archive)
    assert (
        await ask(after.env["KARAVAN_DATABASE_URL"], "SELECT tablename FROM pg_tables WHERE schemaname='public'") == []
    )


async def test_only_the_owner_reads_a_backup(filled: str, tmp_path: Path) -> None:
    there = site(tmp_path, filled)
    await make_backup(there)
    assert archive_of(there).stat().st_mode & 0o077 == 0
    assert [path.name for path in (there.folder / "backups").iterdir()] == [archive_of(there).name]


async def test_a_file_that_is_no_backup_is_refused(server: str, tmp_path: Path) -> None:
    there = site(tmp_path, await empty(server, "fourth"))
    (tmp_path / "letter.txt").write_text("not a tar")
    with pytest.raises(StartError, match=r"letter\.txt is not a backup"):
        await restore(there, tmp_path / "letter.txt")


def site(folder: Path, url: str) -> Site:
    """An installation on a given database."""
    folder.mkdir(exist_ok=True)
    env = {"KARAVAN_DATABASE_URL": url}
    return Site(env=env, folder=folder, secrets=Secrets(), ports=Ports(), say=lambda _text: None)


def archive_of(there: Site) -> Path:
    """The one backup that was made."""
    return next((there.folder / "backups").glob("*.tar"))


async def empty(server: str, name: str) -> str:
    """A database without tables."""
    await ask(server, f"CREATE DATABASE {name}")
    return on_database(server, name)


async def ask(url: str, question: str) -> list[object]:
    """The first column of the answer."""
    connection = await asyncpg.connect(url)
    try:
        return [msgspec.convert(row[0], object) for row in await connection.fetch(question)]
    finally:
        await connection.close()
