"""Do what a newcomer does: clone into an empty folder, `make up`, sign in as everybody, Ctrl-C, `make up` again.

Once as the person who runs this and, if that is root, once as an ordinary user. The folder's name has a space
and a letter that is not Latin. Packages come from wherever pip of this machine gets them.
"""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from app.access.actors import CABINET_OF_ROLE
from app.cli.show import Account
from tests.support.portal import Portal
from tests.support.ports import free_port
from tools.phases import ROOT
from tools.prove_starter import processes_of

COULD_NOT: Final = 77
READY_WITHIN_S: Final = 600
STOPPED_WITHIN_S: Final = 30
ORDINARY: Final = "nobody"
PYTHONS: Final = (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3")


class Newcomer(Struct, frozen=True):
    """Whose hands type the commands."""

    name: str
    uid: int
    gid: int
    python: str

    @property
    def is_other(self) -> bool:
        """Whether the commands are not typed by who runs this."""
        return self.uid != os.geteuid()

    def run(self, argv: Sequence[str], cwd: Path, out: Path) -> subprocess.Popen[bytes]:
        """Type a command in a folder; what it says goes to a file."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KARAVAN_", "VIRTUAL_ENV"))}
        with out.open("ab") as log:
            return subprocess.Popen(
                argv,
                cwd=cwd,
                env={**kept, "HOME": str(cwd.parent)} if self.is_other else kept,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=[] if self.is_other else None,
            )


def main() -> int:
    """Go through it as each kind of person; 0 if nobody met a difficulty, 77 if one kind could not be tried."""
    newcomers = [Newcomer("the person who runs this", os.geteuid(), os.getegid(), sys.executable)]
    if os.geteuid() == 0:
        ordinary = _ordinary()
        if ordinary is None:
            print(f"No Python that {ORDINARY} may run: only root's way is tried", flush=True)
        else:
            newcomers.append(ordinary)
    for newcomer in newcomers:
        _go(newcomer)
    return COULD_NOT if os.geteuid() == 0 and len(newcomers) == 1 else 0


def _go(newcomer: Newcomer) -> None:
    with tempfile.TemporaryDirectory(prefix="karavan newcomer ж ") as place:
        Path(place).chmod(0o755)
        clone = Path(place, "portal")
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
        for entry in (Path(place), *Path(place).rglob("*")):
            os.chown(entry, newcomer.uid, newcomer.gid, follow_symlinks=False)
        first_s = _session(newcomer, clone, is_first=True)
        second_s = _session(newcomer, clone, is_first=False)
        print(f"{newcomer.name}: ready after {first_s:.0f} s, the second time after {second_s:.1f} s", flush=True)


def _session(newcomer: Newcomer, clone: Path, *, is_first: bool) -> float:
    """`make up`, look around, Ctrl-C; gives the seconds until it was ready."""
    log = clone.parent / "up.log"
    started = time.monotonic()
    words = ["make", "up", f"PORT={free_port()}", f"PYTHON={newcomer.python}"]
    make = newcomer.run(words, clone, log)
    portal = Portal(folder=clone / "var", starter=make.pid)
    try:
        while not _is_ready(portal):
            if make.poll() is not None or time.monotonic() - started > READY_WITHIN_S:
                message = f"{newcomer.name}: `make up` did not get ready:\n{log.read_text()[-4000:]}"
                raise SystemExit(message)
            time.sleep(0.1)
        took_s = time.monotonic() - started
        if is_first:
            _look_around(portal)
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait(STOPPED_WITHIN_S)
    if left := processes_of(clone):
        message = f"{newcomer.name}: processes {left} outlived Ctrl-C"
        raise SystemExit(message)
    return took_s


def _is_ready(portal: Portal) -> bool:
    try:
        return portal.status.state == "ready"
    except (FileNotFoundError, msgspec.MsgspecError):
        return False


def _look_around(portal: Portal) -> None:
    """Every part is well, and every account of the file opens its own home page."""
    health = httpx.get(f"{portal.url}/health/ready")
    _must(health.is_success, health.text)
    accounts = portal.accounts
    tenants = {account.tenant for account in accounts}
    for tenant in tenants:
        roles = {account.role for account in accounts if account.tenant == tenant}
        _must(roles == set(CABINET_OF_ROLE), f"{tenant} has accounts only for {sorted(roles)}")
    for account in accounts:
        _sign_in(portal, account)
    print(f"{len(accounts)} accounts of {len(tenants)} manufacturers sign in", flush=True)


def _sign_in(portal: Portal, account: Account) -> None:
    with httpx.Client(base_url=portal.url, headers={"Origin": portal.url}) as client:
        answer = client.post("/api/v1/session", json={"login": account.login, "password": account.password})
        _must(answer.is_success, f"{account.login}: {answer.text}")
        home = client.get("/home")
        _must(home.is_success, f"{account.login}: {home.status_code} at home")
        _must(f'lang="{account.locale}"' in home.text, f"{account.login}: another language at home")


def _must(claim: bool, words: str) -> None:  # noqa: FBT001 - read as a sentence
    if not claim:
        raise SystemExit(words)


def _ordinary() -> Newcomer | None:
    """Somebody without rights, with a Python that this person may run."""
    try:
        known = pwd.getpwnam(ORDINARY)
    except KeyError:
        return None
    question = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
    for python in PYTHONS:
        newcomer = Newcomer(f"an ordinary user ({ORDINARY})", known.pw_uid, known.pw_gid, str(Path(python).resolve()))
        with suppress(OSError):
            if newcomer.run([newcomer.python, "-c", question], Path("/"), Path(os.devnull)).wait() == 0:
                return newcomer
    return None


if __name__ == "__main__":
    sys.exit(main())
