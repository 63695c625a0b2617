"""The folder of one installation: who uses it, and its passwords."""

import fcntl
import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct, field

from app.infra.processes.parts import StartError
from app.infra.processes.status import write_private

_ADVICE = "Give it back with chown, or name a folder of your own in KARAVAN_DATA_DIR."


class AlreadyRunsError(StartError):
    """Another process holds the folder."""


def _password() -> str:
    return secrets.token_hex(24)


class Secrets(Struct, forbid_unknown_fields=False):
    """Passwords of the embedded servers; made once, kept in ``secrets.json`` for its owner only."""

    secret_key: str = field(default_factory=_password)
    postgres: str = field(default_factory=_password)
    owner: str = field(default_factory=_password)
    client: str = field(default_factory=_password)
    staff: str = field(default_factory=_password)
    peer: str = field(default_factory=_password)
    redis: str = field(default_factory=_password)
    erp_control: str = field(default_factory=_password)


def open_folder(folder: Path) -> None:
    """Make the folder of an installation, or see that what is in it may be used.

    Raises:
        StartError: somebody else's files are in the way; the message names them and their owner.
    """
    try:
        (folder / "log").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder / 'log'} cannot be made ({error.strerror}). {_ADVICE}"
        raise StartError(message) from error
    places = (folder / name for name in ("", "log", "lock", "secrets.json", "status.json", "postgres", "redis"))
    if closed := next((place for place in places if place.exists() and not os.access(place, os.R_OK | os.W_OK)), None):
        me, owner = _name(os.geteuid()), _name(closed.stat().st_uid)
        message = f"{closed} belongs to {owner} and may not be written by {me}. {_ADVICE}"
        raise StartError(message)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def read_secrets(folder: Path) -> Secrets:
    """Read the passwords; one that is missing, as on a first start, is made and kept."""
    path = folder / "secrets.json"
    found = b""
    try:
        found = path.read_bytes()
        kept = msgspec.json.decode(found, type=Secrets)
    except FileNotFoundError:
        kept = Secrets()
    except msgspec.MsgspecError as error:
        message = f"{path} is damaged ({error}); put back the one that belongs to this folder."
        raise StartError(message) from error
    if found != _written(kept):
        keep_secrets(folder, kept)
    return kept


def keep_secrets(folder: Path, kept: Secrets) -> None:
    """Write the passwords."""
    write_private(folder / "secrets.json", _written(kept))


def _written(kept: Secrets) -> bytes:
    return msgspec.json.format(msgspec.json.encode(kept))


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the lock falls with the process, however that dies.

    Raises:
        AlreadyRunsError: another process holds it.
    """
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            message = f"Karavan already runs in {folder} (process {lock.read().strip()})."
            raise AlreadyRunsError(message) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
