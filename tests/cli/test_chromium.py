"""A missing browser is never skipped in silence."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import chromium
from tools.chromium import NoBrowserError, ensure_chromium, find_chromium


def test_the_browser_that_was_chosen_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E2E_BROWSER", "/bin/sh")
    assert find_chromium() == "/bin/sh"


def test_a_chosen_browser_that_cannot_be_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E2E_BROWSER", "/no/such/browser")
    with pytest.raises(NoBrowserError, match="E2E_BROWSER=/no/such/browser"):
        ensure_chromium()


def test_without_a_browser_and_rights_the_one_command_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def fail(argv: Sequence[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(" ".join(argv[1:]))
        return subprocess.CompletedProcess(argv, 1)

    monkeypatch.delenv("E2E_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(chromium.subprocess, "run", fail)
    with pytest.raises(NoBrowserError, match="sudo apt-get install chromium"):
        ensure_chromium()
    assert asked == ["-m playwright install chromium"]
