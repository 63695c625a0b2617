"""When to try again, and when to leave the ERP alone (ERP-EXCHANGE 4.4). Pure: time and chance are arguments."""

from typing import Final

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
