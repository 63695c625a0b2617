"""Change the rules of money, goods and rights in every small way one can, and see whether a test notices.

What is changed and which tests are asked stands in ``pyproject.toml`` under ``tool.mutmut``. Survivors are named:
some change nothing that can be observed, the others want a test. `python -m mutmut show NAME` shows one.
"""

import shutil
import subprocess
import sys
from typing import Final

import msgspec
from msgspec import Struct

from tools.phases import ROOT

LEAST_KILLED: Final = 0.9  # of the mutants that a test reaches
MUTMUT: Final = (sys.executable, "-m", "mutmut")
FOLDER: Final = ROOT / "mutants"


class Figures(Struct, frozen=True):
    """What the tool counted."""

    killed: int
    survived: int
    no_tests: int
    timeout: int
    total: int


def main() -> int:
    """Mutate everything anew; 0 if the tests notice nearly all of it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    # Its progress is one endless line; what counts is told below.
    ran = subprocess.run([*MUTMUT, "run"], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        print(ran.stdout[-4000:], ran.stderr[-4000:])
        return ran.returncode
    subprocess.run([*MUTMUT, "export-cicd-stats"], cwd=ROOT, capture_output=True, check=True)
    found = msgspec.json.decode((FOLDER / "mutmut-cicd-stats.json").read_bytes(), type=Figures)
    told = subprocess.run([*MUTMUT, "results"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    print("\n".join(line.strip() for line in told.splitlines() if line.endswith("survived")))
    noticed = found.killed + found.timeout
    share = noticed / (noticed + found.survived)
    print(
        f"{found.total} mutants: {found.killed} killed, {found.timeout} hung, {found.survived} survived, "
        f"{found.no_tests} in functions that only tests with a server reach; {share:.1%} of those reached are noticed"
    )
    return int(share < LEAST_KILLED)


if __name__ == "__main__":
    sys.exit(main())
