"""One PostgreSQL data folder: made whole or not at all, and never served twice.

``home/data`` exists only when ``initdb`` has finished; a start that was cut short leaves
``home/data.new.*``, which the next start throws away.
"""

import os
import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from app.infra.embedded.binaries import EmbeddedError, Postgres
from app.infra.embedded.identity import Identity, choose_identity, give, run_as

SUPERUSER = "postgres"
BUILTIN_PROVIDER_SINCE = 17  # also the first with initdb --sync-method
FORMER_FAST_S = 2.0
FORMER_GIVES_UP_S = 30.0
FORMER_POLL_S = 0.05

# Sized for a laptop that also runs the portal and a browser.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    # A socket path breaks beyond 107 bytes, as in a deep clone.
    "unix_socket_directories": "",
    "shared_buffers": "192MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # Compiling costs more than it saves on short statements.
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Crash recovery in 0.9 s instead of 2-6 s.
    "recovery_init_sync_method": "syncfs",
}


class Cluster(Struct, frozen=True):
    """A prepared data folder and the way to serve it."""

    postgres: Postgres
    identity: Identity
    home: Path

    @property
    def data(self) -> Path:
        """The folder PostgreSQL calls its data directory."""
        return self.home / "data"

    def argv(self, port: int, settings: Mapping[str, str] | None = None) -> list[str]:
        """The words that start the server on a port of the loopback address."""
        options = {**SETTINGS, "port": str(port), **(settings or {})}
        flags = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        program = self.postgres.program("postgres")
        return [*self.identity.prefix, program, "-D", str(self.data), *flags]


def prepare_cluster(postgres: Postgres, home: Path, password: str, *, durable: bool = True) -> Cluster:
    """Make the data folder if need be, and free it from a server that was left behind.

    ``password`` becomes the superuser's; it matters only when the folder is new.
    ``durable=False`` skips flushing to disk, for tests.

    Raises:
        EmbeddedError: the folder belongs to another version, or cannot be made.
    """
    identity = choose_identity(postgres, home)
    give(home, identity)
    cluster = Cluster(postgres=postgres, identity=identity, home=home)
    if cluster.data.exists():
        _check_version(cluster)
        _end_former_server(cluster.data)
    else:
        _make(cluster, password, durable=durable)
    return cluster


def _make(cluster: Cluster, password: str, *, durable: bool) -> None:
    # A number of its own: an initdb whose starter was killed may still be writing.
    for left_over in cluster.home.glob("data.new.*"):
        shutil.rmtree(left_over, ignore_errors=True)
    half_done = cluster.home / f"data.new.{os.getpid()}"
    secret = cluster.home / "password.new"
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if cluster.identity.owner is not None:
        os.chown(secret, cluster.identity.owner, -1)
    flags = ["-U", SUPERUSER, f"--pwfile={secret}", "--auth=scram-sha-256", "-E", "UTF8"]
    flags.append("--locale=C.UTF-8")
    if cluster.postgres.major >= BUILTIN_PROVIDER_SINCE:
        flags += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        flags += ["--sync-method=syncfs"] if durable else []
    flags += [] if durable else ["--no-sync"]
    made = run_as(cluster.identity, [cluster.postgres.program("initdb"), "-D", str(half_done), *flags])
    secret.unlink()
    if made.returncode != 0:
        message = f"initdb could not make {half_done}: {made.stderr.strip()}"
        raise EmbeddedError(message)
    half_done.rename(cluster.data)


def _check_version(cluster: Cluster) -> None:
    written_by = (cluster.data / "PG_VERSION").read_text().strip()
    if written_by != str(cluster.postgres.major):
        message = (
            f"{cluster.data} was written by PostgreSQL {written_by}, but {cluster.postgres.bin} is "
            f"version {cluster.postgres.major}. Name the older programs in KARAVAN_PG_BIN, "
            "take `make backup`, then restore it into a new data folder."
        )
        raise EmbeddedError(message)


def _end_former_server(data: Path) -> None:
    """Wait for a server whose supervisor was killed; the kernel told it to stop then.

    The caller holds the installation's lock, so nobody else can want this server.
    """
    lock = data / "postmaster.pid"
    patience = [(FORMER_FAST_S, signal.SIGINT), (FORMER_GIVES_UP_S, signal.SIGQUIT)]
    started = time.monotonic()
    while (pid := _living(lock)) is not None:
        if Path(f"/proc/{pid}/cwd").resolve() != data.resolve():
            # A stranger has the number by now; PostgreSQL would take it for a server and give up.
            # With the number unused the file stays: PostgreSQL looks after left-over workers itself.
            lock.unlink()
            return
        if patience and time.monotonic() - started > patience[0][0]:
            with suppress(ProcessLookupError):
                os.kill(pid, patience.pop(0)[1])
        time.sleep(FORMER_POLL_S)


def _living(lock: Path) -> int | None:
    """The process number in a lock file, if such a process lives."""
    try:
        pid = int(lock.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    return pid if Path(f"/proc/{pid}").exists() else None
