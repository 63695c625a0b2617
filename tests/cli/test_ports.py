"""Ports: chosen once, kept from other starters, given up when somebody else was quicker."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import msgspec
import pytest

from app.infra.processes.parts import Command, Part, StartError
from app.infra.processes.ports import PortLostError, Ports, open_ports
from app.infra.processes.status import StatusFile
from app.infra.processes.supervisor import Supervisor
from tests.support.databases import ROOT
from tests.support.ports import free_port

HOST = "127.0.0.1"
HOLDING = """
import sys, time
from app.infra.processes.ports import Ports
ports = Ports()
print(ports.take("127.0.0.1", int(sys.argv[1])), flush=True)
time.sleep(60)
"""


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    with listener() as wanted, open_ports() as ports:
        first, second = ports.take(HOST, wanted), ports.take(HOST, wanted)
    assert wanted < first < second


def test_two_starters_of_one_moment_choose_different_ports() -> None:
    wanted = free_port()
    with open_ports() as one, open_ports() as other:
        # Nobody listens yet.
        assert one.take(HOST, wanted) == wanted
        assert other.take(HOST, wanted) != wanted
    with open_ports() as later:
        assert later.take(HOST, wanted) == wanted


def test_a_claim_ends_with_its_process() -> None:
    wanted = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(wanted)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert cast("str", holder.stdout.readline()).strip() == str(wanted)
        with open_ports() as ports:
            assert ports.take(HOST, wanted) != wanted
        holder.send_signal(signal.SIGKILL)
    with open_ports() as ports:
        assert ports.take(HOST, wanted) == wanted


def test_a_host_of_another_machine_is_named() -> None:
    with pytest.raises(StartError, match=r"KARAVAN_HOST=192\.0\.2\.1 is not an address of this machine"):
        Ports().take("192.0.2.1", 8000)


async def test_a_part_whose_port_is_lost_says_which_at_its_first_death(tmp_path: Path) -> None:
    said: list[str] = []
    with listener() as port:
        supervisor = Supervisor([part(tmp_path, port)], tmp_path, StatusFile(tmp_path / "s", ""), said.append)
        with pytest.raises(PortLostError) as lost:
            await supervisor.run(_nothing)
    assert lost.value.port == port
    assert said == []


async def test_an_answer_of_a_stranger_at_the_port_is_not_taken_for_the_parts_own(tmp_path: Path) -> None:
    async def refused() -> bool:
        """As of a server that has another password."""
        message = "wrong password"
        raise StartError(message)

    with listener() as port:
        slow = part(tmp_path, port, "import time; time.sleep(0.3); raise SystemExit(1)")
        supervisor = Supervisor(
            [msgspec.structs.replace(slow, is_healthy=refused)],
            tmp_path,
            StatusFile(tmp_path / "s", ""),
            lambda _said: None,
        )
        with pytest.raises(PortLostError):
            await supervisor.run(_nothing)


def test_a_lost_port_is_not_chosen_again() -> None:
    wanted = free_port()
    with open_ports() as ports:
        assert ports.take(HOST, wanted) == wanted
        ports.start_over(wanted)
        assert ports.take(HOST, wanted) > wanted


@contextmanager
def listener() -> Iterator[int]:
    """A program that listens at a port."""
    with socket.socket() as other:
        other.bind((HOST, port := free_port()))
        other.listen()
        yield port


def part(folder: Path, port: int, words: str = "raise SystemExit(1)") -> Part:
    """A part that ends as one does that finds its port taken."""
    command = Command(argv=(sys.executable, "-I", "-S", "-c", words), env={}, folder=folder)
    return Part(name="web", command=partial(_give, command), is_healthy=_is_up, listens=(HOST, port))


def _give(command: Command) -> Command:
    return command


async def _is_up() -> bool:
    return False


async def _nothing() -> None:
    """Nobody to tell."""
