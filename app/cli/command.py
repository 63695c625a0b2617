"""What commands share: the folder they work on and how they speak."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine

from app.cli.site import Site, data_folder
from app.infra.embedded.binaries import EmbeddedError
from app.infra.processes.installation import read_secrets
from app.infra.processes.parts import StartError
from app.infra.processes.ports import open_ports


def run_command(work: Callable[[Site], Coroutine[object, object, int]]) -> int:
    """Run a command on the installation that the environment names; give the exit status."""
    env = dict(os.environ)
    try:
        folder = data_folder(env)
        with open_ports() as ports:
            site = Site(env=env, folder=folder, secrets=read_secrets(folder), ports=ports, say=say)
            return asyncio.run(work(site))
    except (StartError, EmbeddedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def say(text: str) -> None:
    """One line for the person in front."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
