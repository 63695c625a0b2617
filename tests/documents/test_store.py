"""Contents on disk: whole under their digest, apart by tenant, one writer at a time."""

from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from app.documents.store import DraftTakenError, FileStore

FILE = UUID(int=7)


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def test_a_draft_appears_only_whole(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with store.draft(1, FILE, digest(b"abcdef")) as draft:
        draft.append(b"abc")
        assert not store.has(1, digest(b"abcdef"), 6)
    with store.draft(1, FILE, digest(b"abcdef")) as draft:
        assert draft.size == 3
        draft.append(b"def")
        assert store.keep(1, draft, digest(b"abcdef"))
    assert store.has(1, digest(b"abcdef"), 6)
    assert not store.has(2, digest(b"abcdef"), 6)
    assert store.read(1, digest(b"abcdef"), 2, 3) == b"cde"


def test_what_has_another_digest_is_thrown_away(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with store.draft(1, FILE, digest(b"abc")) as draft:
        draft.append(b"abd")
        assert not store.keep(1, draft, digest(b"abc"))
        assert draft.size == 0
    assert not store.has(1, digest(b"abc"), 3)
    assert not store.has(1, digest(b"abd"), 3)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with store.draft(1, FILE, digest(b"")), pytest.raises(DraftTakenError), store.draft(1, FILE, digest(b"")):
        pass
    with store.draft(1, FILE, digest(b"")):
        pass


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "/.."])
def test_a_digest_that_is_none_leads_nowhere(tmp_path: Path, name: str) -> None:
    store = FileStore(tmp_path)
    with pytest.raises(FileNotFoundError):
        store.read(1, name, 0, 1)
    assert not store.has(1, name, 0)
