"""Contents of files under their digests, one folder a tenant: what lies there is whole and was checked.

``<folder>/<tenant>/<first two digits>/<sha256>``; what is not whole yet lies in ``<tenant>/drafts``. A content appears
by renaming, after it is on the disk, so a crash leaves a whole file or a draft that is gone on with. Everything blocks:
callers work in a thread.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

from app.kernel.ids import new_id

_PIECE: Final = 1024 * 1024
_DRAFTS: Final = "drafts"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_DRAFT_S: Final = 7 * 86_400.0


class DraftTakenError(Exception):
    """Somebody else is writing this file right now."""


class Draft:
    """A content that is not whole yet, locked for one writer."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Go on where an earlier writer ended."""
        self._path = path
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def append(self, content: bytes) -> None:
        """Add bytes at the end."""
        left = memoryview(content)
        while left:
            written = os.pwrite(self._descriptor, left, self.size)
            self.size += written
            left = left[written:]

    def restart(self) -> None:
        """Forget what there is."""
        os.ftruncate(self._descriptor, 0)
        self.size = 0

    def keep(self, target: Path, sha256: str) -> bool:
        """Let the content appear under its digest; one that has another digest is thrown away, and that is False."""
        if digest_of(self._path) != sha256:
            self.restart()
            return False
        os.fsync(self._descriptor)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.rename(target)
        _sync_folder(target.parent)
        return True


class FileStore:
    """The files of all tenants; a tenant is part of every address."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in ``folder``, which need not exist yet."""
        self._folder = folder

    def has(self, tenant_id: int, sha256: str, size: int) -> bool:
        """Whether a content of this digest and size is here."""
        try:
            return self._path(tenant_id, sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    def read(self, tenant_id: int, sha256: str, first: int, length: int) -> bytes:
        """Read a part of a content.

        Raises:
            FileNotFoundError: it is not here.
        """
        with self._path(tenant_id, sha256).open("rb") as content:
            content.seek(first)
            return content.read(length)

    @contextmanager
    def draft(self, tenant_id: int, file_id: UUID, sha256: str) -> Generator[Draft]:
        """Open what has arrived of a file so far.

        Raises:
            DraftTakenError: somebody else is writing it.
        """
        path = self._folder / str(tenant_id) / _DRAFTS / f"{file_id}.{sha256[:16]}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DraftTakenError from error
            yield Draft(path, descriptor)
        finally:
            os.close(descriptor)

    def keep(self, tenant_id: int, draft: Draft, sha256: str) -> bool:
        """Let a draft appear under its digest; False: it has another one and was thrown away."""
        return draft.keep(self._path(tenant_id, sha256), sha256)

    def put(self, tenant_id: int, content: bytes) -> str:
        """Keep a content that is whole; gives its digest."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(tenant_id, sha256, len(content)):
            with self.draft(tenant_id, new_id(), sha256) as draft:
                draft.append(content)
                self.keep(tenant_id, draft, sha256)
        return sha256

    def remove(self, tenant_id: int, sha256: str) -> None:
        """Take a content away."""
        self._path(tenant_id, sha256).unlink(missing_ok=True)

    def contents(self, tenant_id: int, older_than_s: float) -> Iterator[str]:
        """Name every content that has not been touched for so long."""
        before = time.time() - older_than_s
        for path in (self._folder / str(tenant_id)).glob("[0-9a-f][0-9a-f]/*"):
            if _SHA256.fullmatch(path.name) and path.stat().st_mtime <= before:
                yield path.name

    def forget_drafts(self, tenant_id: int) -> None:
        """Take away drafts nobody has written to for a week."""
        before = time.time() - _DRAFT_S
        for path in (self._folder / str(tenant_id) / _DRAFTS).glob("*"):
            if path.stat().st_mtime <= before:
                path.unlink(missing_ok=True)

    def _path(self, tenant_id: int, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise FileNotFoundError(sha256)
        return self._folder / str(tenant_id) / sha256[:2] / sha256


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    for one in (folder, folder.parent):
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
