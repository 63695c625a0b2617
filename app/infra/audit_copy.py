"""The copy of the blocks' hashes outside the database: a file for each tenant that only grows.

Who may change the database may not therefore change this file; who shortens the trail there is found out here.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from msgspec import Struct

_ENOUGH: Final = 256  # bytes: more than one line has


class CopyError(RuntimeError):
    """The file says something else than the database, or cannot be read."""


class Line(Struct, frozen=True):
    """One block as the file knows it."""

    n: int
    hash: bytes


class Copy:
    """One tenant's file; lines ``number hash``."""

    def __init__(self, path: Path) -> None:
        """Know where it is; nothing is opened yet."""
        self.path = path

    def lines(self) -> list[Line]:
        """Read every line; an empty list if there is no file yet.

        Raises:
            CopyError: it is not a file of this kind.
        """
        try:
            text = self.path.read_text()
        except FileNotFoundError:
            return []
        return [self._line(line) for line in text.split("\n")[:-1]]

    def last(self) -> Line | None:
        """Read the last line; a year of blocks is not read for it.

        Raises:
            CopyError: it is not a line of this file.
        """
        try:
            with self.path.open("rb") as file:
                end = _end_of_lines(file)
                file.seek(max(0, end - _ENOUGH))
                text = file.read(min(end, _ENOUGH)).decode()
        except FileNotFoundError:
            return None
        return self._line(text.split("\n")[-2]) if text else None

    def append(self, lines: Sequence[Line]) -> None:
        """Write lines behind the last one; they are on the disk when this returns."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            # What a crash left of a line goes; the block behind it is in the database and comes again.
            file.truncate(_end_of_lines(file))
            file.write("".join(f"{line.n} {line.hash.hex()}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())

    def _line(self, text: str) -> Line:
        number, _, digest = text.partition(" ")
        try:
            return Line(int(number), bytes.fromhex(digest))
        except ValueError as error:
            message = f"{self.path}: {text!r} is no line of it"
            raise CopyError(message) from error


def copy_of(data_dir: Path, tenant_id: int) -> Path:
    """Where a tenant's file is."""
    return data_dir / "audit" / f"{tenant_id}.seals"


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _ENOUGH))
    tail = file.read()
    return size - (len(tail) - (tail.rfind(b"\n") + 1))
