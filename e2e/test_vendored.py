"""Third-party files of the browser tests are the ones their makers published."""

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

VENDOR = Path(__file__).parent / "vendor"


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One file in the manifest."""

    path: str
    name: str
    version: str
    licence: str
    licence_file: str
    sha256: str


def test_files_are_unchanged_and_carry_their_licence() -> None:
    entries = msgspec.json.decode((VENDOR / "manifest.json").read_bytes(), type=list[Entry])
    assert [entry.path for entry in entries] == ["axe.min.js"]
    for entry in entries:
        assert hashlib.sha256((VENDOR / entry.path).read_bytes()).hexdigest() == entry.sha256, entry.path
        assert (VENDOR / entry.licence_file).read_text().startswith("Mozilla Public License")
