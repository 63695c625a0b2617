"""Find a Chromium for the browser tests, or get one; nothing is skipped in silence.

Order: ``E2E_BROWSER``, Playwright's own, one on PATH, Playwright's installer, the system's packages.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADS_WITHIN_S = 300
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
)


class NoBrowserError(Exception):
    """There is no browser and none can be had here; the message names the command."""


def find_chromium() -> str | None:
    """Path of a Chromium that is already here.

    Raises:
        NoBrowserError: ``E2E_BROWSER`` names something that cannot be run.
    """
    if chosen := os.environ.get("E2E_BROWSER"):
        if program := shutil.which(chosen):
            return program
        message = f"E2E_BROWSER={chosen} is not a program that can be run."
        raise NoBrowserError(message)
    if own := _playwrights_own():
        return own
    return next((program for name in ON_PATH if (program := shutil.which(name))), None)


def ensure_chromium() -> str:
    """Find a Chromium or install one.

    Raises:
        NoBrowserError: neither worked.
    """
    if found := find_chromium():
        return found
    # The installer's own download works on most machines and needs no rights.
    installer = [sys.executable, "-m", "playwright", "install", "chromium"]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(installer, capture_output=True, check=False, timeout=DOWNLOADS_WITHIN_S)
    if found := find_chromium():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing chromium from the system's packages", flush=True)
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "-q", *words], env=quiet, stdout=subprocess.DEVNULL, check=False)
        if found := find_chromium():
            return found
    message = (
        "No Chromium for the browser tests. Install one with\n    sudo apt-get install chromium\n"
        "or name one in E2E_BROWSER, then run the command again."
    )
    raise NoBrowserError(message)


def launch_arguments() -> list[str]:
    """Arguments that keep the browser from talking to anybody but the portal."""
    # Chromium's sandbox refuses to be set up by root.
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _playwrights_own() -> str | None:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    programs = sorted(cache.glob("chromium-*/chrome-linux*/chrome"))
    return str(programs[-1]) if programs else None
