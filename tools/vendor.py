"""Writes the SHA-256 of every third-party file into ``assets/vendor/manifest.json``.

Run it after a deliberate upgrade, having edited name, version and licence by hand. A test compares
the files with the manifest, so a file that changed by accident fails the build.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).resolve().parents[1] / "assets"
MANIFEST: Final = ASSETS / "vendor" / "manifest.json"


def refresh() -> None:
    """Rewrite the hashes; everything else in the manifest stays."""
    entries: list[dict[str, str]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    for entry in entries:
        entry["sha256"] = sha256((ASSETS / entry["path"]).read_bytes()).hexdigest()
    text = json.dumps(entries, indent=2, ensure_ascii=False)
    MANIFEST.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    refresh()
