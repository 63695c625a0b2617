"""`make bench`: run what is in `bench/` and print its JSON lines.

python -m tools.bench              every benchmark
python -m tools.bench catalogue    only bench/catalogue.py
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(words: Sequence[str]) -> int:
    """Run the scripts one by one: two at a time would measure each other."""
    known = {file.stem: file for file in sorted((ROOT / "bench").glob("[!_]*.py"))}
    unknown = [word for word in words if word not in known]
    if unknown:
        sys.stderr.write(f"No benchmark {', '.join(unknown)}. There are: {', '.join(known)}.\n")
        return 2
    failed = 0
    for name in words or known:
        ended = subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=ROOT, check=False)
        if ended.returncode:
            sys.stderr.write(f"bench/{name}.py ended with status {ended.returncode}\n")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
