"""What a backup file holds and how PostgreSQL's own programs make and read it.

A tar file: ``manifest.json`` first, then one dump per database, then the files of the portal.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from app.infra.embedded.binaries import find_postgres
from app.infra.processes.parts import StartError
from app.infra.processes.roles import with_account

MANIFEST = "manifest.json"
# Besides the databases: who may sign in to a demo, uploads, mail that waits to be read.
KEPT_FILES = ("accounts.json", "files", "mail")
CHUNK = 1 << 20


class Manifest(Struct, frozen=True):
    """What a backup says of itself; every byte in it can be checked against this."""

    made_at: str  # UTC, ISO 8601
    postgres: int  # major version of the programs that made the dumps
    steps: list[str]  # newest migration steps of the portal's database
    databases: list[str]  # names of dumps without `.dump`
    secret_key: str  # sessions, tokens and links in mails stay valid
    sha256: dict[str, str]  # by name in the archive


def dump(env: Mapping[str, str], url: str, file: Path) -> None:
    """Write one database into a file of PostgreSQL's custom format.

    Raises:
        StartError: the account may not read everything, or the server is newer than the programs.
    """
    _run(env, "pg_dump", url, "--format=custom", "--no-password", f"--file={file}")


def undump(env: Mapping[str, str], url: str, file: Path) -> None:
    """Fill an empty database from a dump, wholly or not at all.

    Raises:
        StartError: the dump does not fit this server.
    """
    _run(env, "pg_restore", url, "--exit-on-error", "--single-transaction", "--no-password", str(file))


def hash_of(file: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    found = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def files_to_keep(folder: Path) -> Iterator[Path]:
    """Every file of the installation that belongs into a backup beside the databases."""
    for name in KEPT_FILES:
        place = folder / name
        if place.is_file():
            yield place
        elif place.is_dir():
            yield from sorted(path for path in place.rglob("*") if path.is_file())


def _run(env: Mapping[str, str], program: str, url: str, *words: str) -> None:
    parts = urlsplit(url)
    # The password goes through the environment: words are seen by every user of the machine.
    shown = with_account(url, unquote(parts.username or ""), "")
    ended = subprocess.run(
        [find_postgres(env).program(program), f"--dbname={shown}", *words],
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGPASSWORD": unquote(parts.password or "")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        message = f"{program} failed: {ended.stderr.strip()}"
        raise StartError(message)
