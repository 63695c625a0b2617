"""Under whose name PostgreSQL runs: it refuses uid 0, and the portal may be started by root.

As root, the ways are tried in this order, and the first that can really reach both the programs
and the data folder is taken: the user who already owns the data, ``postgres``, ``nobody``; then a
user namespace, in which root looks like somebody else (works with a clone under a 0700 home); then
``nobody`` with the one right to pass closed folders (works where namespaces are forbidden).
"""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from app.infra.embedded.binaries import EmbeddedError, Postgres
from app.infra.processes.lifeline import die_with_parent

ROOT = 0
# Servers see nothing of the caller's locale, secrets or libpq settings.
PLAIN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Identity(Struct, frozen=True):
    """How to start a program so that it does not run as uid 0; empty means "as I am"."""

    name: str = ""
    prefix: tuple[str, ...] = ()  # put before the program's own words
    user: int | None = None  # switched to by the starter itself
    group: int | None = None
    owner: int | None = None  # who must own the data folder; None leaves it alone


def choose_identity(postgres: Postgres, data: Path) -> Identity:
    """Find a way to run PostgreSQL on ``data``, whose folder is made if it is missing.

    Raises:
        EmbeddedError: started by root, and none of the ways works on this machine.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() != ROOT:
        return Identity()
    for identity in _ways(data.stat().st_uid):
        if _works(identity, postgres, data):
            return identity
    message = (
        f"PostgreSQL refuses to run as root and no other user can reach {postgres.bin}. "
        "Start Karavan as an ordinary user, or clone it outside a closed home folder."
    )
    raise EmbeddedError(message)


def run_as(identity: Identity, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end under the identity, with a plain environment and no input."""
    return subprocess.run(
        [*identity.prefix, *argv],
        user=identity.user,
        group=identity.group,
        extra_groups=None if identity.user is None else [],
        env=PLAIN_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=partial(die_with_parent, signal.SIGKILL),
    )


def give(data: Path, identity: Identity) -> None:
    """Hand the folder and all in it to the identity that will use it."""
    marks = [path for path in (data, data / "data") if path.exists()]
    if identity.owner is None or all(path.stat().st_uid == identity.owner for path in marks):
        return
    group = -1 if identity.group is None else identity.group
    # The marks last: their owner tells a later start that everything inside is done.
    for path in (*(path for path in data.rglob("*") if path not in marks), *marks):
        os.chown(path, identity.owner, group, follow_symlinks=False)


def _ways(data_owner: int) -> Iterator[Identity]:
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    owners = {entry.pw_uid: entry for entry in accounts.values()}
    candidates = [owners.get(data_owner), accounts.get("postgres"), accounts.get("nobody")]
    for account in candidates:
        if account is not None and account.pw_uid != ROOT:
            yield Identity(
                name=account.pw_name,
                user=account.pw_uid,
                group=account.pw_gid,
                owner=account.pw_uid,
            )
    # initdb looks its own name up, so the mapped number must be one the machine knows.
    stranger = accounts.get("nobody") or next(e for e in accounts.values() if e.pw_uid != ROOT)
    if unshare := shutil.which("unshare"):
        yield Identity(
            name="a user namespace",
            prefix=(
                *(unshare, "--user"),
                *(f"--map-user={stranger.pw_uid}", f"--map-group={stranger.pw_gid}", "--"),
            ),
            owner=ROOT,
        )
    if setpriv := shutil.which("setpriv"):
        yield Identity(
            name=f"{stranger.pw_name} with dac_read_search",
            prefix=(
                *(setpriv, f"--reuid={stranger.pw_uid}", f"--regid={stranger.pw_gid}"),
                *("--clear-groups", "--pdeathsig=QUIT"),
                *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
                # access(2), which PostgreSQL asks first, drops the right without this bit.
                "--securebits=+no_setuid_fixup",
            ),
            owner=stranger.pw_uid,
        )


def _works(identity: Identity, postgres: Postgres, data: Path) -> bool:
    """Try it: permissions of every parent folder, mounts and kernel limits all count at once."""
    before = data.stat()
    if identity.owner is not None:
        os.chown(data, identity.owner, -1)
    script = 'cd "$1" && touch .reach && rm .reach && "$2" --version && "$3" --version'
    words = (str(data), postgres.program("postgres"), postgres.program("initdb"))
    trial = run_as(identity, ["/bin/sh", "-c", script, "sh", *words])
    os.chown(data, before.st_uid, before.st_gid)
    return trial.returncode == 0
