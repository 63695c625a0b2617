"""The process: prepare the database, open the port, keep the helpers running, stop in order."""

import asyncio
import datetime as dt
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import uvicorn

from erp_peer.commands.dispatch import Commands, forget_old
from erp_peer.faults.shapes import Maintenance, Match
from erp_peer.feed.hints import Hints
from erp_peer.files.uploads import forget_unfinished
from erp_peer.http.app import create_app
from erp_peer.http.layer import FaultLayer
from erp_peer.http.tricks import DroppableProtocol
from erp_peer.peer import Infobase, Peer
from erp_peer.seeding import prepare, seed, seeded
from erp_peer.settings import Settings, plans
from erp_peer.staff.simulator import Simulator
from erp_peer.store.db import ensure_database, open_pool

# Longer than any client keeps an idle connection, or reuse would meet a closed one.
_KEEP_ALIVE_S = 75
_STOP_WITHIN_S = 5
_NIGHT = ("02:00", "03:30")


def nightly(bases: Iterable[Infobase]) -> list[Maintenance]:
    """A base of full size has its works every night, as real ones have."""
    return [
        Maintenance(begins=_NIGHT[0], ends=_NIGHT[1], match=Match(path=f"^/{base.ib}/"))
        for base in bases
        if base.profile == "full"
    ]


def say(line: str) -> None:
    """A progress line for whoever started us."""
    print(line, flush=True)  # noqa: T201 - the starter reads it


@asynccontextmanager
async def opened(settings: Settings, tell: Callable[[str], None]) -> AsyncIterator[Peer]:
    """A peer on a prepared database; its pool closes at the end."""
    await ensure_database(settings.dsn)
    pool = await open_pool(settings.dsn)
    try:
        await prepare(pool, plans(settings.profile, settings.seed, dt.datetime.now(dt.UTC).date()), tell)
        bases = [
            Infobase(s.ib, s.tenant, s.profile, s.seed, Commands(pool, s.ib, settings.label_style))
            for s in await seeded(pool)
        ]
        yield Peer(settings, pool, bases)
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(pool.close(), _STOP_WITHIN_S)


async def _helpers(stack: AsyncExitStack, peer: Peer) -> None:
    """Background work; each part ends with the stack."""
    settings = peer.settings
    works: list[Coroutine[None, None, None]] = [peer.bell.run()]
    if settings.hint_url:
        tenants = {base.ib: base.tenant for base in peer.infobases.values()}
        hints = Hints(peer.pool, settings.hint_url, settings.hint_secret, tenants, peer.faults, peer.clock)
        peer.bell.follow(hints.ring)
        works.append(hints.run())
    if settings.simulate:
        works.extend(
            Simulator(peer.pool, peer.clock, base.ib, base.seed, settings.speed).run(settings.rate)
            for base in peer.infobases.values()
        )
    for work in works:
        stack.push_async_callback(_end, asyncio.create_task(work))


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class _Server(uvicorn.Server):
    """A server that stops on a signal and then lets us stop the rest, instead of dying of the signal."""

    def __init__(self, config: uvicorn.Config, before_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_stop = before_stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Turn both signals into a request to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        # A second signal does not wait for those who still read.
        self.force_exit = self.should_exit
        self.should_exit = True
        self._before_stop()


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    async with opened(settings, say) as peer, AsyncExitStack() as stack:
        await forget_old(peer.pool, peer.clock.now())
        await forget_unfinished(peer.pool, peer.clock.now())
        peer.faults.add(nightly(peer.infobases.values()))
        await _helpers(stack, peer)
        config = uvicorn.Config(
            FaultLayer(create_app(peer), peer),  # type: ignore[arg-type]
            host=settings.host,
            port=settings.port,
            http=DroppableProtocol,
            ws="none",
            date_header=False,  # it follows the peer's clock
            lifespan="on",
            log_level="warning",
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_STOP_WITHIN_S,
        )
        say(f"serving http://{settings.host}:{settings.port}")
        await _Server(config, peer.bell.close).serve()


async def seed_only(settings: Settings) -> None:
    """Seed when needed."""
    async with opened(settings, say):
        say("ready")


async def reset(settings: Settings) -> None:
    """Wipe and seed anew."""
    await ensure_database(settings.dsn)
    pool = await open_pool(settings.dsn)
    try:
        await seed(pool, plans(settings.profile, settings.seed, dt.datetime.now(dt.UTC).date()), say)
    finally:
        await pool.close()


async def simulate(settings: Settings) -> None:
    """Be the ERP's people for a database that another process serves."""
    async with opened(settings, say) as peer:
        say(f"simulating at {settings.rate}/s")
        await asyncio.gather(
            *(
                Simulator(peer.pool, peer.clock, base.ib, base.seed, settings.speed).run(settings.rate)
                for base in peer.infobases.values()
            )
        )
