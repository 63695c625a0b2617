"""Take the protections of the HTTP edge out, one at a time, and see their tests fail; then time the sign-in.

    python -m tools.prove_edge             all of them
    python -m tools.prove_edge F8 F16      those whose names begin so

A test that passes although its protection is gone protects nothing. Everything happens in a copy of the
working tree, so nothing can be left behind.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.mutants import MUTANTS, Mutant
from tools.phases import ROOT

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "mutants", "__pycache__", ".*_cache")
_TIMING = "tests/access/proof_sign_in_time.py"
_FAILED = re.compile(r"\b[0-9]+ failed")


def main(words: Sequence[str]) -> int:
    """Run the mutants asked for; 0 if every one of them was noticed."""
    chosen = [one for one in MUTANTS if not words or one.name.startswith(tuple(words))]
    if not chosen:
        sys.stderr.write(f"No protection begins with {' or '.join(words)}.\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="karavan-edge-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=_LEFT_OUT)
        tests = sorted({test for one in chosen for test in one.tests})
        if _run(tree, tests, stop_at_first=False).returncode:
            print("The tests fail with every protection in place: what they say of a mutant means nothing.")
            return 1
        survived = [one.name for one in chosen if not _is_noticed(tree, one)]
    print(f"\n{len(chosen) - len(survived)} of {len(chosen)} protections were missed when they were gone", flush=True)
    if words:
        return int(bool(survived))
    print("\nthe time of a sign-in:", flush=True)
    timing = subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", _TIMING], cwd=ROOT, check=False).returncode
    return int(bool(survived or timing))


def _is_noticed(tree: Path, mutant: Mutant) -> bool:
    began = time.monotonic()
    sound = {edit.path: (tree / edit.path).read_text(encoding="utf-8") for edit in mutant.edits}
    try:
        for edit in mutant.edits:
            _apply(tree / edit.path, edit.old, edit.new)
        done = _run(tree, mutant.tests, stop_at_first=True)
    finally:
        for path, text in sound.items():
            (tree / path).write_text(text, encoding="utf-8")
    # Only a test that failed has noticed; one that could not begin says nothing.
    is_noticed = done.returncode == 1 and _FAILED.search(done.stdout) is not None
    word = "killed" if is_noticed else "SURVIVED" if done.returncode == 0 else "BROKEN"
    print(f"{word:<9} {time.monotonic() - began:>5.1f} s  {mutant.name}: {mutant.says}", flush=True)
    if word == "BROKEN":
        print(done.stdout[-2000:])
    return is_noticed


def _apply(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        message = f"{path.name} holds {old!r} {text.count(old)} times: the mutant is out of date"
        raise ValueError(message)
    path.write_text(text.replace(old, new), encoding="utf-8")


def _run(tree: Path, tests: Iterable[str], *, stop_at_first: bool) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(["-x"] if stop_at_first else []), *tests]
    done = subprocess.run(words, cwd=tree, check=False, capture_output=True, text=True)
    if not stop_at_first and done.returncode:
        print(done.stdout[-4000:])
    return done


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
