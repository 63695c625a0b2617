"""Migrations stand in one line, and each file is named after its step.

Two files of one number are not two branches to Alembic: it reads one of them and leaves the other out.

python -m tools.migrations
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FOLDER: Final = Path("migrations/versions")
_SAID: Final = re.compile(r'^(revision|down_revision)(?:: [^=]+)? = (?:"(\w+)"|None)$', re.MULTILINE)


def faults_of(files: Iterable[Path]) -> list[str]:
    """Name every file whose step is not the one after the file before it."""
    found: list[str] = []
    before = ""
    for file in sorted(files):
        said = {match[1]: match[2] or "" for match in _SAID.finditer(file.read_text(encoding="utf-8"))}
        revision = said.get("revision", "")
        if not file.name.startswith(f"{revision}_") or not revision:
            found.append(f"{file.name}: its revision is {revision or 'missing'}")
        if said.get("down_revision") != before:
            found.append(
                f"{file.name}: comes after {said.get('down_revision')}, but stands after {before or 'nothing'}"
            )
        before = revision
    return found


def main() -> int:
    """Check the folder of this checkout; 1 with one line a fault."""
    found = faults_of(FOLDER.glob("[0-9]*.py"))
    sys.stderr.writelines(f"{one}\n" for one in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
