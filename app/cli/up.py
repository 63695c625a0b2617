"""Start all parts in the foreground and stay with them until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from app.cli.plan import ACCOUNTS, Plan, make_plan
from app.cli.show import banner, read_accounts
from app.cli.site import Site, data_folder
from app.infra.processes.installation import only_one, read_secrets
from app.infra.processes.lifeline import die_with_parent
from app.infra.processes.parts import StartError
from app.infra.processes.ports import PortLostError, open_ports
from app.infra.processes.status import StatusFile
from app.infra.processes.supervisor import Supervisor

_MOST_CHOICES: Final = 5  # of ports, before one start gives up


def main(words: Sequence[str]) -> int:
    """Run the installation; the status is 0 after an ordered stop."""
    options = argparse.ArgumentParser(prog="python -m app.cli up", description=__doc__)
    options.add_argument(
        "--with-parent",
        action="store_true",
        default=argparse.SUPPRESS,
        help="stop when the program that started this ends",
    )
    if "with_parent" in vars(options.parse_args(words)):
        die_with_parent(signal.SIGTERM)
    env = dict(os.environ)
    try:
        folder = data_folder(env)
    except StartError as error:
        sys.stderr.write(f"Karavan cannot start: {error}\n")
        return 1
    say = partial(_say, folder / "log" / "starter.log")
    try:
        with only_one(folder), open_ports() as ports:
            site = Site(env=env, folder=folder, secrets=read_secrets(folder), ports=ports, say=say)
            run(site)
    except (StartError, OSError) as error:
        say(f"Karavan cannot start: {error}")
        return 1
    say("Stopped.")
    return 0


def run(site: Site) -> None:
    """Stay with the installation until it is told to stop.

    Raises:
        StartError: it does not start, whatever the ports.
    """
    for tries_left in reversed(range(_MOST_CHOICES)):
        try:
            asyncio.run(_run(site))
        except PortLostError as lost:
            if not tries_left:
                raise
            site.say(f"{lost} Choosing again.")
            site.ports.start_over(lost.port)
        else:
            return


async def _run(site: Site) -> None:
    plan = make_plan(site)
    status = StatusFile(site.folder / "status.json", plan.url)
    for name, facts in plan.outside.items():
        status.part(name, facts)
    supervisor = Supervisor(plan.nodes, site.folder / "log", status, site.say)
    site.say(f"Starting Karavan in {site.folder}")
    await supervisor.run(partial(_greet, site, plan))


async def _greet(site: Site, plan: Plan) -> None:
    accounts = site.folder / ACCOUNTS
    sys.stdout.write(banner(plan.url, read_accounts(accounts), accounts))
    sys.stdout.flush()


def _say(log: Path, text: str) -> None:
    """One line for the person in front and for the log."""
    line = f"[{time.strftime('%H:%M:%S')}] {text}\n"
    sys.stdout.write(line)
    sys.stdout.flush()
    # On a full disk the person in front still hears it.
    with suppress(OSError), log.open("a") as kept:
        kept.write(f"{time.strftime('%Y-%m-%d')} {line}")
