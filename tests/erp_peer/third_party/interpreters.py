"""Interpreters of this machine, and a venv of its own for each client, installed from hashes."""

import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
_VENVS = ROOT / "var" / "third_party"
_ASK = "import sys; print(*sys.version_info[:2])"


class CannotInstallError(Exception):
    """The client cannot be had here."""


def _candidates() -> list[Path]:
    """Interpreters on the path and beside it, where a manager of versions keeps them."""
    names = [f"python3.{minor}" for minor in range(11, 20)]
    on_path = [Path(found) for name in names if (found := shutil.which(name))]
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [Path(sys.executable), *on_path, *sorted(kept.glob("3.*/bin/python"))]


@cache
def _version(interpreter: Path) -> tuple[int, ...]:
    """Major and minor version; empty for what does not run."""
    try:
        said = subprocess.run([interpreter, "-c", _ASK], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(int(word) for word in said.split())


def find(version: tuple[int, int]) -> Path | None:
    """An interpreter of exactly this version: the hashes are of its wheels."""
    return next((found for found in _candidates() if _version(found) == version), None)


def python_with(client: str, interpreter: Path) -> Path:
    """The interpreter of the client's own venv, made when it is missing.

    Raises:
        CannotInstallError: pip says why.
    """
    wanted = Path(__file__).with_name(f"{client}.txt")
    mark = hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]
    folder = _VENVS / f"{client}-{mark}"
    python = folder / "bin" / "python"
    done = folder / "done"
    if done.exists():
        return python
    _run([interpreter, "-m", "venv", "--clear", folder])
    options = ("--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", wanted)
    _run([python, "-m", "pip", "install", "--disable-pip-version-check", *options])
    done.touch()
    return python


def _run(argv: list[str | Path]) -> None:
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CannotInstallError(ended.stderr.strip()[-500:])
