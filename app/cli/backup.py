"""Write database and files into one file under ``var/backups``, while the portal runs or not."""

import io
import shlex
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec

from app.cli.archive import MANIFEST, Manifest, dump, files_to_keep, hash_of
from app.cli.command import run_command
from app.cli.database import PEER_DATABASE, PORTAL
from app.cli.schema import applied_steps
from app.cli.site import Site
from app.cli.standby import postgres_of
from app.infra.embedded.binaries import find_postgres
from app.infra.processes.parts import StartError
from app.infra.processes.roles import on_database


def main(_words: Sequence[str]) -> int:
    """Make a backup and say where it is."""
    return run_command(make_backup)


async def make_backup(site: Site) -> int:
    """Dump every database at one moment each, then pack; the file appears only when it is whole."""
    folder = site.folder / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    now = datetime.now(UTC)
    target = folder / f"karavan-{now:%Y%m%d-%H%M%S}.tar"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as work:
        dumps, steps = await _dump_all(site, Path(work))
        contents = {file.name: file for file in dumps}
        contents |= {str(file.relative_to(site.folder)): file for file in files_to_keep(site.folder)}
        manifest = Manifest(
            made_at=now.isoformat(),
            postgres=find_postgres(site.env).major,
            steps=sorted(steps),
            databases=[file.stem for file in dumps],
            secret_key=site.env.get("KARAVAN_SECRET_KEY", site.secrets.secret_key),
            sha256={name: hash_of(file) for name, file in contents.items()},
        )
        half = Path(work) / "backup.tar"
        _pack(half, manifest, contents)
        half.replace(target)
    size_mb = target.stat().st_size / 1_000_000
    site.say(f"Backup of {', '.join(manifest.databases)} and {len(contents) - len(dumps)} files: {target}")
    site.say(f"{size_mb:.1f} MB. Put it back with: make restore FROM={shlex.quote(str(target))}")
    return 0


async def _dump_all(site: Site, work: Path) -> tuple[list[Path], set[str]]:
    async with postgres_of(site) as server:
        names = await _databases(site, server)
        steps = await applied_steps(names[PORTAL])
        if not steps:
            message = "There is nothing to back up yet: the portal's database has no tables."
            raise StartError(message)
        for name, url in names.items():
            site.say(f"Reading {name}")
            dump(site.env, url, work / f"{name}.dump")
    return [work / f"{name}.dump" for name in names], steps


async def _databases(site: Site, server: str) -> dict[str, str]:
    if site.env.get("KARAVAN_DATABASE_URL"):
        return {PORTAL: server}
    connection = await asyncpg.connect(server)
    try:
        found = await connection.fetch("SELECT datname FROM pg_database WHERE datname = ANY ($1)", _EMBEDDED)
    finally:
        await connection.close()
    if len(found) < len(_EMBEDDED):
        message = "There is nothing to back up yet: start the portal once with `make up`."
        raise StartError(message)
    return {name: on_database(server, name) for name in _EMBEDDED}


_EMBEDDED = [PORTAL, PEER_DATABASE]


def _pack(target: Path, manifest: Manifest, contents: dict[str, Path]) -> None:
    words = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    target.touch(mode=0o600)
    with tarfile.open(target, "w") as archive:
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(words), 0o600
        archive.addfile(entry, io.BytesIO(words))
        for name, file in contents.items():
            archive.add(file, arcname=name, recursive=False)
