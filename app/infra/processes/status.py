"""``status.json``: what runs, where, and since when it is true (CONTRACT, section 2)."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from app.infra.processes.parts import Fact

State = Literal["starting", "ready", "stopping"]


class StatusFile:
    """Keeps the file equal to what is known; a reader never sees half of it."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._url = url
        self._state: State = "starting"
        self._parts: dict[str, dict[str, Fact]] = {}

    @property
    def state(self) -> State:
        """The state last written."""
        return self._state

    def part(self, name: str, facts: Mapping[str, Fact]) -> None:
        """Add or change what is known of one part."""
        self._parts[name] = {**self._parts.get(name, {}), **facts}
        self._write()

    def enter(self, state: State) -> None:
        """Change the state of the whole."""
        self._state = state
        self._write()

    def remove(self) -> None:
        """Nothing runs any more."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        content = {"state": self._state, "url": self._url, "parts": self._parts}
        try:
            write_private(self._path, msgspec.json.format(msgspec.json.encode(content), indent=2))
        except OSError as error:
            # No reason to stop what runs: on a full disk people can still read.
            if error.errno != errno.ENOSPC:
                raise


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once; only its owner may read it, for it holds passwords."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(content)
    fresh.replace(path)
