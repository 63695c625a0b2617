"""Kill the starter or one of its parts again and again, at random moments of a start or of work.

After each kill of the starter nothing of the installation may live on; the next start must repair what is
half done; every row that PostgreSQL confirmed must be there at the end. The seed is printed: give it
as the only word to see the same kills again.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import asyncpg
import msgspec

from app.cli.database import PORTAL
from app.infra.embedded.cluster import SUPERUSER
from app.infra.processes.installation import read_secrets
from app.infra.processes.roles import on_database, with_account
from tests.support.portal import Portal
from tools.phases import ROOT

ROUNDS = 20
READY_WITHIN_S = 240
GONE_WITHIN_S = 5.0
LONGEST_S = 8.0


def main(words: Sequence[str]) -> int:
    """Run the rounds; 0 if every promise held."""
    seed = int(words[0]) if words else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="karavan-prove-") as place:
        folder = Path(place) / "var"
        Path(place).chmod(0o755)  # PostgreSQL may run as another user
        folder.mkdir()
        confirmed: list[int] = []
        slowest_s = max(_round(folder, number, chance, confirmed) for number in range(ROUNDS))
        kept = _final(folder)
        lost = sorted(set(confirmed) - set(kept))
    print(f"{ROUNDS} kills, everything gone after at most {slowest_s:.2f} s")
    print(f"{len(confirmed)} rows confirmed, {len(lost)} of them lost")
    return int(bool(lost))


def _round(folder: Path, number: int, chance: random.Random, confirmed: list[int]) -> float:
    """Start, let live for a while, kill; gives the seconds until everything was gone."""
    starter = _start(folder)
    until = time.monotonic() + chance.uniform(0.1, LONGEST_S)
    while time.monotonic() < until:
        _write(folder, number * 1_000_000 + len(confirmed), confirmed)
        time.sleep(0.02)
    parts = [pid for pid in processes_of(folder) if pid != starter.pid]
    if parts and chance.random() < 1 / 3:
        # A part first: the starter is then killed in the middle of its repair.
        _kill(chance.choice(parts))
        time.sleep(chance.uniform(0, 1))
    _kill(starter.pid)
    starter.wait()
    killed = time.monotonic()
    while left := processes_of(folder):
        if time.monotonic() - killed > GONE_WITHIN_S:
            message = f"round {number}: processes {left} outlived the starter"
            raise SystemExit(message)
        time.sleep(0.01)
    return time.monotonic() - killed


def _final(folder: Path) -> list[int]:
    """Start once more, wait until ready, read every row, stop in order."""
    starter = _start(folder)
    portal = Portal(folder=folder, starter=starter.pid)
    until = time.monotonic() + READY_WITHIN_S
    while not _is_ready(portal):
        if starter.poll() is not None or time.monotonic() > until:
            sys.stdout.write((folder / "up.log").read_text())
            message = "the last start did not become ready"
            raise SystemExit(message)
        time.sleep(0.1)
    kept = asyncio.run(_read(_admin(folder)))
    starter.terminate()
    starter.wait()
    return kept


def processes_of(folder: Path) -> list[int]:
    """Every process that works on this folder, by its words, its environment or where it stands."""
    mark = os.fsencode(folder)
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            stands = os.fsencode((entry / "cwd").readlink())
            is_dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if (mark in told or stands.startswith(mark)) and not is_dead and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def _start(folder: Path) -> subprocess.Popen[bytes]:
    caller = {name: value for name, value in os.environ.items() if not name.startswith("KARAVAN_")}
    settings = {"KARAVAN_DATA_DIR": str(folder), "KARAVAN_PORT": "18000", "KARAVAN_PROFILE": "tiny"}
    with (folder / "up.log").open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up"],
            cwd=ROOT,
            env={**caller, **settings},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _is_ready(portal: Portal) -> bool:
    try:
        return portal.status.state == "ready"
    except (FileNotFoundError, msgspec.MsgspecError):
        return False


def _admin(folder: Path) -> str:
    """Full rights on the embedded server of this folder."""
    status = Portal(folder=folder, starter=0).status
    url = with_account(str(status.parts["postgres"].url), SUPERUSER, read_secrets(folder).postgres)
    return on_database(url, PORTAL)


def _write(folder: Path, value: int, confirmed: list[int]) -> None:
    """Try to store one row; count it only when the server said that it is stored."""
    try:
        asyncio.run(_insert(_admin(folder), value))
    except (OSError, KeyError, ValueError, asyncpg.PostgresError, msgspec.MsgspecError, TimeoutError):
        return
    confirmed.append(value)


async def _insert(url: str, value: int) -> None:
    connection = await asyncpg.connect(url, timeout=2)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS proof_rows (value bigint PRIMARY KEY)")
        await connection.execute("INSERT INTO proof_rows VALUES ($1)", value)
    finally:
        await connection.close(timeout=2)


async def _read(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [cast("int", row["value"]) for row in await connection.fetch("SELECT value FROM proof_rows")]
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
