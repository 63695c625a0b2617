"""What the starter works on: parts that live, and steps that end."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from msgspec import Struct

Fact = str | int | None


class Command(Struct, frozen=True):
    """How to start one process."""

    argv: tuple[str, ...]
    env: Mapping[str, str]  # the whole environment, nothing is inherited
    folder: Path
    user: int | None = None
    group: int | None = None


class Part(Struct, frozen=True):
    """A process that is kept alive from its start to the end of the installation's run."""

    name: str
    command: Callable[[], Command]  # asked in a thread before each start; may prepare files
    is_healthy: Callable[[], Awaitable[bool]]  # OSError means "not yet"
    needs: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = {}  # its own lines in the status file, beside pid and log
    listens: tuple[str, int] | None = None  # host and port
    start_within_s: float = 60
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)  # each gets its time, then kill
    stop_within_s: float = 8
    # Sent by the kernel when the starter itself is killed; kill unless files must be closed well.
    death_signal: signal.Signals = signal.SIGKILL


class Step(Struct, frozen=True):
    """Work that is done once in a run, such as migrations; a failure ends the start."""

    name: str
    work: Callable[[], Awaitable[None]]
    needs: tuple[str, ...] = ()


Node = Part | Step


class StartError(Exception):
    """The installation cannot start; the message says what is wrong and what to do."""


def check_needs(nodes: Mapping[str, Node]) -> None:
    """See that every node can start one day.

    Raises:
        ValueError: a need that nobody meets, or needs in a circle.
    """
    done: set[str] = set()
    while startable := {name for name, node in nodes.items() if name not in done and done.issuperset(node.needs)}:
        done |= startable
    if left := sorted(set(nodes) - done):
        message = f"these can never start: {', '.join(left)}"
        raise ValueError(message)
