"""The starter's loop, watched from outside while it runs fake parts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.infra.processes.parts import Node, Step, check_needs
from tests.support.databases import ROOT
from tests.support.waiting import eventually

PARTS = ("store", "front", "back")


class PartStatus(msgspec.Struct):
    """What the tests read of one part."""

    pid: int | None
    log: str
    port: int


class Status(msgspec.Struct):
    """What the tests read of ``status.json``."""

    state: str
    url: str
    parts: dict[str, PartStatus]


class Installation:
    """A running fake installation."""

    def __init__(self, folder: Path, moods: tuple[str, ...]) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fake_installation", str(folder), *moods],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )

    def status(self) -> Status:
        return msgspec.json.decode((self.folder / "status.json").read_bytes(), type=Status)

    def is_ready(self) -> bool:
        return self.status().state == "ready"

    def pid(self, part: str) -> int:
        pid = self.status().parts[part].pid
        assert pid is not None
        return pid

    def journal(self) -> list[str]:
        return [line.rpartition(" ")[0] for line in (self.folder / "journal").read_text().splitlines()]

    def all_pids(self) -> list[int]:
        return [int(line.split()[-1]) for line in (self.folder / "journal").read_text().splitlines()]

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Send a signal; give the exit status and all that was said."""
        self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=10)
        return self.process.returncode, said


@pytest.fixture
def installation(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """A fake installation; the test may name moods by ``indirect`` parameters."""
    moods: tuple[str, ...] = getattr(request, "param", ())
    running = Installation(tmp_path, moods)
    yield running
    with running.process:  # closes the pipe and waits
        running.process.kill()


def test_parts_start_after_what_they_need_and_stop_before_it(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    assert installation.end(signal.SIGTERM)[0] == 0
    journal = installation.journal()
    assert journal[0] == "start store"
    assert sorted(journal[1:3]) == ["start back", "start front"]
    assert sorted(journal[3:5]) == ["stop back", "stop front"]
    assert journal[5:] == ["stop store"]
    assert not (installation.folder / "status.json").exists()


def test_the_status_tells_the_truth(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    status = installation.status()
    assert status.url == "http://fake"
    for name in PARTS:
        assert Path(f"/proc/{status.parts[name].pid}/cmdline").read_bytes().count(name.encode()) >= 1
        assert status.parts[name].log == str(installation.folder / "log" / f"{name}.log")
    assert (installation.folder / "status.json").stat().st_mode & 0o077 == 0


def test_a_part_that_dies_is_started_again(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    before = {name: installation.pid(name) for name in PARTS}
    os.kill(before["front"], signal.SIGKILL)
    assert eventually(lambda: not installation.is_ready())
    assert eventually(installation.is_ready)
    assert installation.pid("front") != before["front"]
    assert {name: installation.pid(name) for name in ("store", "back")} == {
        name: before[name] for name in ("store", "back")
    }
    said = installation.end(signal.SIGTERM)[1]
    assert "front was ended by SIGKILL; starting it again in 0.1 s" in said
    assert "front is back" in said


@pytest.mark.parametrize("installation", [("front=parent",)], indirect=True)
def test_what_a_dead_part_left_behind_is_ended(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    left_behind = int((installation.folder / "child.pid").read_text())
    os.kill(installation.pid("front"), signal.SIGKILL)
    assert eventually(lambda: is_gone(left_behind))


def test_kill_9_of_the_starter_leaves_nobody(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    pids = installation.all_pids()
    assert len(pids) == len(PARTS)
    installation.end(signal.SIGKILL)
    assert eventually(lambda: all(map(is_gone, pids)), 2)


@pytest.mark.parametrize("installation", [("front=stubborn",)], indirect=True)
def test_a_part_that_will_not_stop_is_killed(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    pids = installation.all_pids()
    assert installation.end(signal.SIGINT)[0] == 0
    assert all(map(is_gone, pids))


def test_a_halted_part_can_be_stopped(installation: Installation) -> None:
    assert eventually(installation.is_ready)
    os.kill(installation.pid("back"), signal.SIGSTOP)
    assert installation.end(signal.SIGTERM)[0] == 0
    assert "stop back" in installation.journal()


@pytest.mark.parametrize(
    ("installation", "words"),
    [
        (("back=failing",), "back does not start: it ended with status 1."),
        (("fill=failing",), "fill ended with status 1."),
    ],
    indirect=["installation"],
)
def test_a_start_that_fails_says_why_and_stops_the_rest(installation: Installation, words: str) -> None:
    said, _ = installation.process.communicate(timeout=10)
    assert installation.process.returncode == 1
    assert words in said
    assert "a reason to read in the log" in said
    assert all(map(is_gone, installation.all_pids()))


def test_needs_in_a_circle_are_refused() -> None:
    circle: dict[str, Node] = {
        "a": Step("a", eventually_nothing, needs=("b",)),
        "b": Step("b", eventually_nothing, needs=("a",)),
    }
    with pytest.raises(ValueError, match="these can never start: a, b"):
        check_needs(circle)


async def eventually_nothing() -> None:
    """A step without work."""


def is_gone(pid: int) -> bool:
    """Whether no such process lives; one that ended and waits for its parent counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
