"""When to try again, and when to leave the ERP alone (ERP-EXCHANGE 4.4). Pure: time and chance are arguments."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

MOST_ATTEMPTS: Final = 12  # of one intent, before a person must look
_FIRST_S: Final = 0.5
_LONGEST_S: Final = 60.0
VERSION_BITS: Final = 20  # entries of one batch


def retry_after_s(attempt: int, chance: float, asked_s: float | None = None) -> float:
    """Wait before the next try: anything up to 0.5 s doubled each time, at most 60 s.

    Full jitter: ``chance`` is uniform in [0, 1). The ERP's own wish is a lower bound.
    """
    ceiling = min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempt, 10))
    return max(ceiling * chance, asked_s or 0.0)


def source_version(batch: int, idx: int) -> int:
    """Our monotonic order of what the ERP told; its DataVersion is a label of equality only."""
    return (batch << VERSION_BITS) + idx


class Breaker(Struct):
    """Keeps both directions of one tenant from hammering an ERP that is away.

    Closed: calls go. Open: nothing goes but one look every ``probe_every_s``. A channel failure opens it at
    once, other failures in a row after ``most_failures``.
    """

    probe_every_s: float = 15.0
    most_failures: int = 5
    failures: int = 0
    is_open: bool = False
    next_probe: float = 0.0  # on the caller's clock

    def succeeded(self) -> None:
        """Note an answer, whatever it said."""
        self.failures = 0
        self.is_open = False

    def failed(self, now: float, *, channel: bool) -> None:
        """Note a call without an answer."""
        self.failures += 1
        if channel or self.failures >= self.most_failures:
            self.is_open = True
            self.next_probe = now + self.probe_every_s

    def may_probe(self, now: float) -> bool:
        """Claim the one look of this period."""
        if now < self.next_probe:
            return False
        self.next_probe = now + self.probe_every_s
        return True


AlertKind = Literal["lag", "heartbeat", "dead", "difference", "breaker", "skew", "stopped", "behind"]
_LAG: Final = timedelta(minutes=2)  # beyond the bound of the fastest entity
_SILENT: Final = timedelta(seconds=60)
_BROKEN: Final = timedelta(minutes=5)
_MOST_SKEW_S: Final = 5.0
_MOST_DIFFERENT: Final = 0.001  # of the objects compared


class Standing(Struct, frozen=True):
    """How the exchange with one infobase stands, as the worker reads it every few seconds."""

    now: datetime
    feed_at: datetime | None  # when nothing more waited last
    paused_at: datetime | None  # a person keeps news out: what follows from that is no alert
    answered_at: datetime | None
    broken_since: datetime | None
    failure: str
    skew_s: float | None
    seen_at: datetime | None
    dead: int
    objects: int  # compared last
    open: int  # differences nobody has healed
    behind: Mapping[str, datetime] = {}
    stopped: Sequence[str] = ()


class Trouble(Struct, frozen=True):
    """One thing wrong; ``subject`` is a stream where one is concerned, ``detail`` a figure."""

    kind: AlertKind
    subject: str = ""
    detail: str = ""


def troubles_of(standing: Standing, bounds: Mapping[str, int]) -> list[Trouble]:
    """Name what an administrator must hear of (ERP-EXCHANGE 4.10); ``bounds`` are seconds of freshness by stream."""
    found = [Trouble("stopped", stream) for stream in standing.stopped]
    if standing.dead:
        found.append(Trouble("dead", detail=str(standing.dead)))
    if standing.broken_since is not None and standing.now - standing.broken_since >= _BROKEN:
        found.append(Trouble("breaker", detail=standing.failure))
    if standing.skew_s is not None and abs(standing.skew_s) > _MOST_SKEW_S:
        found.append(Trouble("skew", detail=f"{standing.skew_s:.0f}"))
    if standing.open > standing.objects * _MOST_DIFFERENT:
        found.append(Trouble("difference", detail=str(standing.open)))
    return found if standing.paused_at is not None else [*found, *_delays(standing, bounds)]


def _delays(standing: Standing, bounds: Mapping[str, int]) -> list[Trouble]:
    found: list[Trouble] = []
    if standing.answered_at is not None and standing.now - standing.answered_at >= _SILENT:
        found.append(Trouble("heartbeat"))
    fastest = timedelta(seconds=min(bounds.values(), default=0))
    if standing.feed_at is not None and standing.now - standing.feed_at > fastest + _LAG:
        found.append(Trouble("lag"))
    for stream, since in sorted(standing.behind.items()):
        bound = timedelta(seconds=bounds.get(stream, 0))
        if stream not in standing.stopped and standing.now - since > bound + _LAG:
            found.append(Trouble("behind", stream))
    return found
