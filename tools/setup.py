"""Prepare `.venv` from a hash-pinned lock; when nothing changed it costs a few hundredths of a second.

    python3 tools/setup.py run    what the portal needs to run
    python3 tools/setup.py dev    and what its checks need

Runs on the system's Python before anything is installed, hence the standard library alone and no
syntax newer than that of an old Python, which must still be able to say that it is too old.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
REPORT_EVERY = 20


def main() -> int:
    """Bring the environment to the state of the lock; give the exit status."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        return _fail(f"Usage: python3 tools/setup.py {' | '.join(LOCKS)}")
    if _is_current(kind):
        return 0
    if sys.version_info < OLDEST:
        return _with_newer_python()
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        # `make up` and `make test` may be started side by side in a fresh clone.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return 0 if _is_current(kind) else _install(kind, lock.fileno())


def _is_current(kind: str) -> bool:
    stamp = _stamp(kind)
    return os.access(str(PYTHON), os.X_OK) and stamp.exists() and stamp.read_text() == _hash(kind)


def _install(kind: str, held: int) -> int:
    started = time.monotonic()
    uv = shutil.which("uv")
    if not _venv_works(needs_pip=uv is None):
        print("Making a virtual environment in .venv", flush=True)
        if problem := _make_venv(uv):
            return _fail(problem)
    lock = LOCKS[kind]
    total = lock.read_text().count("==")
    print(f"Installing {total} pinned packages from {lock.name} (a minute or two, once)", flush=True)
    if not _install_packages(uv, lock, total, held):
        return _fail("The packages could not be installed; the lines above say why. Then run the command again.")
    for done in ("run", "dev") if kind == "dev" else (kind,):
        _stamp(done).write_text(_hash(done))
    print(f"Set up in {time.monotonic() - started:.0f} s", flush=True)
    return 0


def _make_venv(uv: str | None) -> str:
    """Make the environment anew; gives the words for what is missing, or nothing."""
    if uv:
        argv = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
    elif subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode:
        return (
            f"{sys.executable} has no venv module. Install it with\n"
            "    apt-get install python3-venv\n(with sudo unless you are root), then run the command again."
        )
    else:
        argv = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(argv, check=False)
    return "" if made.returncode == 0 else "The virtual environment could not be made."


def _install_packages(uv: str | None, lock: Path, total: int, held: int) -> bool:
    """Run the installer. It inherits the lock: if this process is killed, the next one waits for it."""
    if uv:
        argv = [uv, "pip", "install", "--python", str(PYTHON), "--quiet"]
    else:
        argv = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    # Wheels only: nothing is compiled, so no compiler is needed. The lock lists every dependency.
    argv += ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(lock)]
    log = ROOT / "var" / "setup.log"
    with log.open("wb") as out:
        pip = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, pass_fds=(held,))
    shown = 0
    while pip.poll() is None:
        time.sleep(0.2)
        found = log.read_text(errors="replace").count("\nCollecting ") + 1
        if found >= shown + REPORT_EVERY:
            shown = found
            print(f"  {found} of {total} packages found", flush=True)
    if pip.returncode != 0:
        print("\n".join(log.read_text(errors="replace").splitlines()[-20:]), flush=True)
    return pip.returncode == 0


def _venv_works(*, needs_pip: bool) -> bool:
    """Whether an environment is there whose Python runs and is new enough."""
    question = f"import sys{', pip' if needs_pip else ''}; sys.exit(sys.version_info < {OLDEST!r})"
    try:
        return subprocess.run([PYTHON, "-c", question], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _with_newer_python() -> int:
    for minor in range(14, OLDEST[1] - 1, -1):
        if newer := shutil.which(f"python3.{minor}"):
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same words, another Python
    return _fail(
        f"Karavan needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this one is {sys.version.split()[0]}. "
        "Install one, or name it: make PYTHON=/path/to/python3"
    )


def _stamp(kind: str) -> Path:
    return VENV / f".karavan-{kind}"


def _hash(kind: str) -> str:
    return hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
