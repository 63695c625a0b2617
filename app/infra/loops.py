"""Work that never ends: a loop that fails is started again after a pause, whatever the failure."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.infra.logs import clean_text

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 5.0  # a database that is back is not kept waiting
_HEALTHY_S: Final = 60.0  # a loop that ran this long failed for a new reason
_RECOVERED_S: Final = 3.0  # one that runs this long after a failure is called healthy again
_AWAY: Final = (
    OSError,
    PoolTimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
)

_log = structlog.stdlib.get_logger("loops")


class Loops:
    """The loops of one process; ``failing`` tells which wait to be started again, and why."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self.failing: dict[str, str] = {}

    async def forever(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one loop until cancelled."""
        clock = asyncio.get_running_loop()
        attempt = 0
        while True:
            began = clock.time()
            recovery = clock.call_later(_RECOVERED_S, self._note_recovery, name)
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - a loop must outlive every failure; the log has it whole
                attempt = 0 if clock.time() - began > _HEALTHY_S else attempt
                recovery.cancel()
                pause = pause_s(attempt, random.uniform(0.5, 1))  # noqa: S311 - jitter
                self._note_failure(name, error, pause)
                attempt += 1
                await asyncio.sleep(pause)
            finally:
                recovery.cancel()

    def _note_failure(self, name: str, error: Exception, pause: float) -> None:
        words = clean_text(f"{type(error).__name__}: {error}")[:300]
        self.failing[name] = words
        if is_outage(error):
            # Its trace would say nothing that the words do not, dozens of times.
            _log.warning("loop.cut_off", loop=name, reason=words, again_in_s=round(pause, 1))
        else:
            _log.error("loop.failed", loop=name, again_in_s=round(pause, 1), exc_info=error)

    def _note_recovery(self, name: str) -> None:
        if self.failing.pop(name, None):
            _log.info("loop.runs_again", loop=name)


def pause_s(attempt: int, chance: float) -> float:
    """Half a second doubled each time, at most five; ``chance`` up to 1 keeps loops from waking together."""
    return min(_FIRST_PAUSE_S * 2.0 ** min(attempt, 10), _LONGEST_PAUSE_S) * chance


def is_outage(error: Exception) -> bool:
    """Whether a server was away or went away, as opposed to work that failed."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, _AWAY)
    return isinstance(error, _AWAY)
