"""Run commands one after another, timed, and say at the end how each went."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent


class Phase(Struct, frozen=True):
    """One command with the name people know it by."""

    name: str
    argv: tuple[str, ...]


class Result(Struct, frozen=True):
    """How a phase went."""

    name: str
    status: int
    seconds: float


def run_phases(phases: Sequence[Phase]) -> int:
    """Run all phases even if one fails; 0 only if every one passed."""
    results = [_run(phase) for phase in phases]
    print(f"\n{'':-<60}")
    for result in results:
        word = "passed" if result.status == 0 else f"FAILED with status {result.status}"
        print(f"{result.name:<28} {result.seconds:>7.1f} s  {word}")
    print(f"{'all':<28} {sum(result.seconds for result in results):>7.1f} s", flush=True)
    return int(any(result.status for result in results))


def _run(phase: Phase) -> Result:
    print(f"\n=== {phase.name}", flush=True)
    started = time.monotonic()
    status = subprocess.run(phase.argv, cwd=ROOT, check=False).returncode
    return Result(name=phase.name, status=status, seconds=time.monotonic() - started)
