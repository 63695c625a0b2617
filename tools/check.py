"""`make test`: static checks, then unit and integration, the browser, faults; every phase timed.

python -m tools.check             everything
python -m tools.check static      only the phases whose name begins so
"""

import sys
from collections.abc import Sequence

from tools.chromium import NoBrowserError, ensure_chromium
from tools.phases import Phase, run_phases

PYTHON = sys.executable
# `python -m` instead of the scripts beside it: their first line breaks in a deep clone.
LINT_IMPORTS = "from importlinter.cli import lint_imports_command as check; check()"
# A file stays with one of the processes, each of which has servers of its own.
SHARED = ("--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile")
PHASES = (
    Phase("static: ruff", (PYTHON, "-m", "ruff", "check")),
    Phase("static: format", (PYTHON, "-m", "ruff", "format", "--check")),
    Phase("static: types", (PYTHON, "-m", "basedpyright")),
    Phase("static: architecture", (PYTHON, "-c", LINT_IMPORTS)),
    Phase("static: statements", (PYTHON, "-m", "tools.reads")),
    Phase("static: migrations", (PYTHON, "-m", "tools.migrations")),
    Phase("static: templates", (PYTHON, "-m", "djlint", "templates", "--lint", "--quiet")),
    Phase("static: texts", (PYTHON, "-m", "tools.i18n", "check")),
    Phase("unit and integration", (PYTHON, "-m", "pytest", "tests", "--ignore=tests/faults", *SHARED, "-q")),
    Phase("browser", (PYTHON, "-m", "pytest", "e2e", "-q")),
    Phase("faults", (PYTHON, "-m", "pytest", "tests/faults", "-q")),
)


def main(words: Sequence[str]) -> int:
    """Run the phases asked for; the exit status says the result."""
    wanted = [phase for phase in PHASES if not words or phase.name.startswith(tuple(words))]
    if not wanted:
        sys.stderr.write(f"No phase begins with {' or '.join(words)}.\n")
        return 2
    if any(phase.name == "browser" for phase in wanted):
        try:
            print(f"Browser: {ensure_chromium()}", flush=True)
        except NoBrowserError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return run_phases(wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
