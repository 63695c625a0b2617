"""When a kept value may still be shown; pure, so that each line can be tried wrong.

A version is a transaction's number. A value carries the lowest transaction that was still under way when it was read:
whatever has a smaller number had ended, so it is in the value. Whoever changes something raises a floor above its own
number. A value below a floor may lack a change and is not shown.
"""

import math
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Standing = Literal["fresh", "early", "stale", "erring", "dead"]

JITTER = 0.1  # of a lifetime, up and down: values that were written together do not end together
NEGATIVE_S = 5.0  # "there is none" is not believed for longer
_LIVES = 4_294_967_296  # as much as four bytes hold
SKEW_MS = 2_000  # how far the clocks of two machines may be apart


class Bounds(Struct, frozen=True):
    """How long a value may be shown, in seconds."""

    ttl_s: float
    stale_s: float = 0.0  # afterwards, while one reader fetches a new one
    error_s: float = 0.0  # afterwards, if that fails
    beta: float = 1.0  # eagerness of the early refresh; 0: never early

    @property
    def kept_s(self) -> float:
        """How long it is of any use."""
        return self.ttl_s * (1 + JITTER) + max(self.stale_s, self.error_s)


class Floor(Struct, frozen=True):
    """The smallest version that may be shown.

    ``laid_ms`` is when it was laid, by the clock of Redis: another one after it was lost and laid anew.
    """

    laid_ms: int
    version: int


def lifetime_s(ttl_s: float, chance: float, *, is_negative: bool = False) -> float:
    """Spread a lifetime evenly by a tenth up and down; ``chance`` is from 0 to 1."""
    spread = ttl_s * (1 - JITTER + 2 * JITTER * chance)
    return min(spread, NEGATIVE_S) if is_negative else spread


def standing(fresh_until: float, cost_s: float, bounds: Bounds, now: float, chance: float) -> Standing:
    """Say what may be done with a lazy value.

    "early" is fresh, but this reader was drawn to fetch a new one before it ends (XFetch): the dearer the value and
    the nearer its end, the likelier. ``chance`` is above 0 and at most 1.
    """
    if now >= fresh_until:
        over = now - fresh_until
        if over < bounds.stale_s:
            return "stale"
        return "erring" if over < bounds.error_s else "dead"
    return "early" if now - cost_s * bounds.beta * math.log(chance) >= fresh_until else "fresh"


def reaches(version: int, lives: int, floors: Sequence[Floor | None]) -> bool:
    """Whether a value stands on all its floors. One that was lost meanwhile proves nothing."""
    found = [one for one in floors if one is not None]
    if len(found) < len(floors) or lives != join_lives(found):
        return False
    return all(version >= one.version for one in found)


def join_lives(floors: Sequence[Floor]) -> int:
    """Make one number of the lives of several floors, in their order."""
    joined = 0
    for one in floors:
        joined = (joined * 1_000_003 + one.laid_ms) % _LIVES
    return joined


def may_keep(floors: Sequence[Floor], version: int, begun_ms: int) -> bool:
    """Whether what was read since ``begun_ms`` may be kept for others.

    A floor laid later says nothing of changes before it: it may stand where a higher one was lost.
    """
    return all(one.laid_ms + SKEW_MS <= begun_ms and version >= one.version for one in floors)


def floor_above(number: int) -> int:
    """Say which versions contain a transaction's changes."""
    return number + 1


def pause_s(attempt: int, chance: float) -> float:
    """How long whoever waits for another's load waits between two looks: 5 to 100 ms, longer each time."""
    return min(0.005 * 2.0 ** min(attempt, 10), 0.1) * (0.5 + chance / 2)
