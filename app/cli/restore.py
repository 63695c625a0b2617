"""Put a backup into an empty installation: everything is checked before anything is changed."""

import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import msgspec

from app.cli.archive import MANIFEST, Manifest, hash_of, undump
from app.cli.command import run_command
from app.cli.database import PEER_DATABASE, PORTAL, make_accounts
from app.cli.schema import known_steps
from app.cli.site import ROOT, Site
from app.cli.standby import postgres_of
from app.infra.processes.installation import keep_secrets
from app.infra.processes.parts import StartError
from app.infra.processes.roles import PEER, ensure_databases, on_database


def main(words: Sequence[str]) -> int:
    """Restore the file named by the one word."""
    if len(words) != 1 or not words[0]:
        return run_command(_ask)
    return run_command(lambda site: restore(site, Path(words[0])))


async def _ask(_site: Site) -> int:
    message = "Name the backup: make restore FROM=var/backups/karavan-….tar"
    raise StartError(message)


async def restore(site: Site, source: Path) -> int:
    """Check the file, then fill databases and folder from it.

    Raises:
        StartError: the file is damaged or too new, the installation is not empty or runs.
    """
    with tempfile.TemporaryDirectory(dir=site.folder, prefix=".restoring-") as work:
        manifest = unpack(source, Path(work))
        site.say(f"Backup of {manifest.made_at}: whole")
        await _fill(site, manifest, Path(work))
        for name in manifest.sha256:
            if not name.endswith(".dump"):
                place = site.folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                (Path(work) / name).replace(place)
    if "KARAVAN_SECRET_KEY" not in site.env:
        site.secrets.secret_key = manifest.secret_key
        keep_secrets(site.folder, site.secrets)
    site.say("Restored. Start the portal with: make up")
    return 0


def unpack(source: Path, work: Path) -> Manifest:
    """Unpack a backup and compare every file with what the manifest says.

    Raises:
        StartError: it is not a backup, it is damaged, or this release is older than it.
    """
    try:
        with tarfile.open(source) as archive:
            archive.extractall(work, filter="data")
        manifest = msgspec.json.decode((work / MANIFEST).read_bytes(), type=Manifest)
    except tarfile.ReadError as error:
        message = f"{source} is not a backup of Karavan: it is no tar file, or only a part of one."
        raise StartError(message) from error
    except (OSError, tarfile.TarError, msgspec.MsgspecError) as error:
        message = f"{source} is not a backup of Karavan: {error}"
        raise StartError(message) from error
    for name, expected in manifest.sha256.items():
        if not (work / name).is_file() or hash_of(work / name) != expected:
            message = f"{source} is damaged: {name} is not what was written. Take another backup."
            raise StartError(message)
    if unknown := sorted(set(manifest.steps) - known_steps(ROOT / "migrations/versions")):
        message = f"{source} was made by a newer release (step {unknown[0]}). Restore it with that release."
        raise StartError(message)
    return manifest


async def _fill(site: Site, manifest: Manifest, work: Path) -> None:
    async with postgres_of(site, alone=True) as server:
        # The dumps speak of these accounts.
        await make_accounts(site, server)
        embedded = "KARAVAN_DATABASE_URL" not in site.env
        portal = on_database(server, PORTAL) if embedded else server
        if await _tables(portal):
            message = "The installation is not empty. Restore into a fresh one: move var/ away first."
            raise StartError(message)
        for name in (PEER_DATABASE, PORTAL):  # the portal's last: with it the installation counts as full
            if name not in manifest.databases or (name == PEER_DATABASE and not embedded):
                continue
            site.say(f"Filling {name}")
            if name == PEER_DATABASE:
                await _make_anew(server, name)
            undump(site.env, on_database(server, name) if embedded else server, work / f"{name}.dump")


async def _tables(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return len(rows)


async def _make_anew(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()
    await ensure_databases(server, {name: PEER})
