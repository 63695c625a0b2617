"""Writes the SHA-256 of every third-party file into ``assets/vendor/manifest.json``.

Run it after a deliberate upgrade, having edited name, version and licence by hand. A test compares
the files with the manifest, so a file that changed by accident fails the build.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

ASSETS: Final = Path(__file__).resolve().parents[1] / "assets"
MANIFEST: Final = ASSETS / "vendor" / "manifest.json"


def refresh() -> None:
    """Rewrite the hashes; everything else in the manifest stays."""
    entries = msgspec.json.decode(MANIFEST.read_bytes(), type=list[dict[str, str]])
    for entry in entries:
        entry["sha256"] = sha256((ASSETS / entry["path"]).read_bytes()).hexdigest()
    MANIFEST.write_bytes(msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n")


if __name__ == "__main__":
    refresh()
