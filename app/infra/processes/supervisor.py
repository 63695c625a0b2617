"""The one loop: start in order, watch, restart what died, stop in reverse."""

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from app.infra.processes.child import end, end_group, how_it_ended, roll, spawn, tail
from app.infra.processes.parts import Node, Part, StartError, check_needs
from app.infra.processes.ports import PortLostError, is_free
from app.infra.processes.status import StatusFile

POLL_S = 0.03
FIRST_TRIES = 3  # a part that never became healthy is not tried for ever
BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
STRANGER_S = 1.0  # a part that finds its port taken ends within this time
STEADY_S = 30.0  # alive for so long: the next death starts from the shortest wait again
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs parts and steps until it is told to stop or the start fails."""

    def __init__(self, nodes: Iterable[Node], logs: Path, status: StatusFile, say: Callable[[str], None]) -> None:
        self._nodes = {node.name: node for node in nodes}
        check_needs(self._nodes)
        self._logs = logs
        self._status = status
        self._say = say
        self._ready = {name: asyncio.Event() for name in self._nodes}
        self._running: dict[str, Process] = {}
        self._stopping = asyncio.Event()
        self._failure: StartError | None = None
        self._started = False

    async def run(self, when_ready: Callable[[], Awaitable[None]]) -> None:
        """Start everything, say so through ``when_ready``, and stay until a signal arrives.

        Raises:
            StartError: something did not start; what had started is stopped again.
        """
        loop = asyncio.get_running_loop()
        for name in END_SIGNALS:
            # Under nohup the end of the terminal is not meant for us.
            if name is not signal.SIGHUP or signal.getsignal(name) is not signal.SIG_IGN:
                loop.add_signal_handler(name, self._stopping.set)
        for node in self._nodes.values():
            if isinstance(node, Part):
                log = str(self._log(node.name))
                self._status.part(node.name, {"pid": None, **node.facts, "log": log})
        work = [asyncio.create_task(self._tend(node)) for node in self._nodes.values()]
        work.append(asyncio.create_task(self._announce(when_ready)))
        await self._stopping.wait()
        await self._stop(work)
        if self._failure is not None:
            raise self._failure

    async def _tend(self, node: Node) -> None:
        try:
            for need in node.needs:
                await self._ready[need].wait()
            if isinstance(node, Part):
                await self._keep(node)
            else:
                await node.work()
                self._ready[node.name].set()
        except StartError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other parts must be stopped
            self._fail(StartError(f"{node.name}: {error!r}"))

    async def _announce(self, when_ready: Callable[[], Awaitable[None]]) -> None:
        while not self._all_ready():
            for ready in self._ready.values():
                await ready.wait()
        self._started = True
        self._status.enter("ready")
        await when_ready()

    async def _keep(self, part: Part) -> None:
        """Start a part, and start it again whenever it ends."""
        deaths = 0
        while not self._stopping.is_set():
            born = time.monotonic()
            log_start = roll(self._log(part.name))
            try:
                end_words = await self._live_once(part, again=deaths > 0)
            except (StartError, OSError) as error:
                if not self._started:
                    raise
                end_words = f"cannot be started: {error}"
            if self._stopping.is_set():
                return
            self._down(part)
            if not self._started:
                _check_port(part)
            deaths = 1 if time.monotonic() - born > STEADY_S else deaths + 1
            if not self._started and deaths >= FIRST_TRIES:
                raise StartError(self._no_start(part, end_words, log_start))
            wait_s = BACKOFF_S[min(deaths, len(BACKOFF_S)) - 1]
            self._say(f"{part.name} {end_words}; starting it again in {wait_s:g} s")
            await asyncio.sleep(wait_s)

    async def _live_once(self, part: Part, *, again: bool) -> str:
        """One life of a part from start to end; gives the words for how it ended."""
        command = await asyncio.to_thread(part.command)
        process = await spawn(command, self._log(part.name), part.death_signal)
        self._running[part.name] = process
        self._status.part(part.name, {"pid": process.pid})
        if not await became_healthy(part, process) and process.returncode is None:
            await end(process, part.stop_signals, part.stop_within_s)
            return f"was not healthy within {part.start_within_s:g} s"
        if process.returncode is None:
            self._up(part, again=again)
        await process.wait()
        end_group(process)
        return how_it_ended(process)

    def _up(self, part: Part, *, again: bool) -> None:
        self._ready[part.name].set()
        if again:
            self._say(f"{part.name} is back")
        if self._started and self._all_ready():
            self._status.enter("ready")

    def _down(self, part: Part) -> None:
        self._ready[part.name].clear()
        self._status.part(part.name, {"pid": None})
        if self._started:
            self._status.enter("starting")

    def _all_ready(self) -> bool:
        return all(ready.is_set() for ready in self._ready.values())

    def _no_start(self, part: Part, end_words: str, log_start: int) -> str:
        log = self._log(part.name)
        return f"{part.name} does not start: it {end_words}. The end of {log}:\n{tail(log, log_start)}"

    def _fail(self, error: StartError) -> None:
        self._failure = self._failure or error
        self._stopping.set()

    async def _stop(self, work: list[asyncio.Task[None]]) -> None:
        self._status.enter("stopping")
        for task in work:
            task.cancel()
        # A cancelled step ends its own process; parts are ended below, users before servers.
        await asyncio.gather(*work, return_exceptions=True)
        stopped = {name: asyncio.Event() for name in self._nodes}
        await asyncio.gather(*(self._stop_one(node, stopped) for node in self._nodes.values()))
        self._status.remove()

    async def _stop_one(self, node: Node, stopped: dict[str, asyncio.Event]) -> None:
        """End a part as soon as nobody who needs it is left."""
        for other in self._nodes.values():
            if node.name in other.needs:
                await stopped[other.name].wait()
        if isinstance(node, Part) and node.name in self._running:
            await end(self._running[node.name], node.stop_signals, node.stop_within_s)
        stopped[node.name].set()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"


async def became_healthy(part: Part, process: Process) -> bool:
    """Wait until a part does its work; false if it ended or took too long."""
    until = time.monotonic() + part.start_within_s
    while process.returncode is None and time.monotonic() < until:
        # OSError, to which TimeoutError belongs: not yet.
        with suppress(OSError):
            if await _answers(part, process):
                return True
        await asyncio.sleep(POLL_S)
    return False


async def _answers(part: Part, process: Process) -> bool:
    """Ask the part; what a stranger at its address says counts for nothing.

    Raises:
        StartError: it answered, and what it said means that it can never work.
    """
    try:
        return await part.is_healthy()
    except StartError:
        if await _ends_soon(process):
            return False
        raise


async def _ends_soon(process: Process) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(STRANGER_S):
            await process.wait()
    return process.returncode is not None


def _check_port(part: Part) -> None:
    """See that a part that ended can have its port.

    Raises:
        PortLostError: somebody else listens there.
    """
    if part.listens is not None and not is_free(*part.listens):
        raise PortLostError(*part.listens)
