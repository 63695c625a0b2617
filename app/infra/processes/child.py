"""One running process of a part: its log, its end."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from app.infra.processes.lifeline import die_with_parent
from app.infra.processes.parts import Command, StartError

LOG_KEEP_BYTES = 10_000_000
TAIL_LINES = 12
STEP_ENDS_WITHIN_S = 3


async def spawn(command: Command, log: Path, death: signal.Signals) -> Process:
    """Start a process in a session of its own, so that Ctrl-C reaches only the starter."""
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *command.argv,
            env=command.env,
            cwd=command.folder,
            user=command.user,
            group=command.group,
            extra_groups=None if command.user is None else [],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=partial(die_with_parent, death, os.getpid()),
        )


async def run_to_end(name: str, command: Command, log: Path) -> None:
    """Run a command of a step and wait for it.

    Raises:
        StartError: it ended badly; the message carries the end of its log.
    """
    log_start = roll(log)
    process = await spawn(command, log, signal.SIGKILL)
    try:
        await process.wait()
    finally:
        # Cancelled by a stop: nothing may go on writing to servers that are about to end.
        await end(process, (signal.SIGTERM,), STEP_ENDS_WITHIN_S)
    if process.returncode != 0:
        message = f"{name} {how_it_ended(process)}. The end of {log}:\n{tail(log, log_start)}"
        raise StartError(message)


async def end(process: Process, how: Iterable[signal.Signals], within_s: float) -> None:
    """Ask a process to end, ever harder, and at last kill it with all it started."""
    for request in how:
        if process.returncode is not None:
            break
        with suppress(ProcessLookupError):
            # Not process.send_signal: it looks whether the process has ended, and what it sees
            # first the loop never learns.
            os.kill(process.pid, request)
            # A process that somebody halted hears nothing until it goes on.
            os.kill(process.pid, signal.SIGCONT)
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await process.wait()
    end_group(process)
    await process.wait()


def end_group(process: Process) -> None:
    """Kill what is left of the session of a process, such as the workers of a dead web server."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def how_it_ended(process: Process) -> str:
    """The end of a process in words."""
    code = process.returncode
    if code is None:
        return "still runs"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"


def roll(log: Path) -> int:
    """Keep one older log beside the current one; gives the size from which new lines are added."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_KEEP_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log.stat().st_size if log.exists() else 0


def tail(log: Path, start: int) -> str:
    """The last lines that were written after byte ``start``."""
    if not log.exists():
        return "    (nothing was written)"
    with log.open("rb") as written:
        written.seek(start)
        lines = written.read().decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])
