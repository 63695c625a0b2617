"""What the starter itself reads, and the shape in which parts of a plan are put together."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from app.infra.processes.installation import Secrets, open_folder
from app.infra.processes.parts import Command, Fact, Node
from app.infra.processes.ports import Ports

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"


class Site(Struct, frozen=True):
    """What the installation is laid out on."""

    env: Mapping[str, str]  # the caller's
    folder: Path
    secrets: Secrets
    ports: Ports
    say: Callable[[str], None]

    def log(self, name: str) -> Path:
        """Where a part or step writes what it has to say."""
        return self.folder / "log" / f"{name}.log"


class Wing(Struct, frozen=True):
    """One neighbour of the portal, embedded or named by a setting."""

    nodes: tuple[Node, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])  # tells the portal where it is
    outside: Mapping[str, Fact] | None = None  # facts of a server the starter does not run


def data_folder(env: Mapping[str, str]) -> Path:
    """The folder of this installation, absolute; made if it is missing.

    Raises:
        StartError: it may not be used; the message says why.
    """
    folder = (ROOT / env.get("KARAVAN_DATA_DIR", "var")).resolve()
    open_folder(folder)
    return folder


def python_command(env: Mapping[str, str], *words: str) -> Command:
    """A Python program of this checkout, run by the same interpreter."""
    return Command(argv=(sys.executable, "-m", *words), env=env, folder=ROOT)
