"""The folder of one installation: who uses it, its passwords, free ports."""

import errno
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import msgspec
from msgspec import Struct, field

from app.infra.processes.parts import StartError
from app.infra.processes.status import write_private

HIGHEST_PORT = 65_535


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


def read_secrets(folder: Path) -> Secrets:
    """Read the passwords; one that is missing, as on a first start, is made and kept."""
    path = folder / "secrets.json"
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Secrets)
    except FileNotFoundError:
        kept = Secrets()
    except msgspec.MsgspecError as error:
        message = f"{path} is damaged ({error}); put back the one that belongs to this folder."
        raise StartError(message) from error
    keep_secrets(folder, kept)
    return kept


def keep_secrets(folder: Path, kept: Secrets) -> None:
    """Write the passwords."""
    write_private(folder / "secrets.json", msgspec.json.format(msgspec.json.encode(kept)))


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


def free_port(host: str, wanted: int, taken: set[int]) -> int:
    """The wanted port or the next one that is free; it is added to ``taken``.

    Raises:
        StartError: the host is not an address of this machine, or no port is left.
    """
    for port in count(wanted):
        if port > HIGHEST_PORT:
            break
        if port not in taken and _is_free(host, port):
            taken.add(port)
            return port
    message = f"No free port from {wanted} upwards on {host}."
    raise StartError(message)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do it: a port whose last connections only fade away counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            message = f"KARAVAN_HOST={host} is not an address of this machine."
            raise StartError(message) from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                message = f"KARAVAN_HOST={host} is not an address of this machine."
                raise StartError(message) from error
            return False
    return True
