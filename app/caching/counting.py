"""Figures of the caches, by family and tenant; never by anything a person typed."""

from functools import lru_cache
from typing import Final, Literal

from prometheus_client import Counter, Histogram

from app.infra.metrics import REGISTRY

Outcome = Literal[
    "hit", "near", "early", "stale", "checked", "marked", "miss", "wait", "load", "refused_old", "bypass", "leak"
]
_LABELS: Final = ("family", "tenant")
_OUTCOMES: Final = Counter(
    "karavan_cache", "What became of reads of a cache.", (*_LABELS, "outcome"), registry=REGISTRY
)
_LOADS: Final = Histogram(
    "karavan_cache_load_seconds",
    "How long it took to fetch a value from its owner.",
    _LABELS,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=REGISTRY,
)
_AGES: Final = Histogram(
    "karavan_cache_age_seconds",
    "How old values were when they were shown.",
    _LABELS,
    buckets=(0.1, 1, 3, 10, 60, 300, 900, 3600),
    registry=REGISTRY,
)
_BYTES: Final = Counter("karavan_cache_bytes", "Bytes written.", _LABELS, registry=REGISTRY)
_CHECKS: Final = Counter(
    "karavan_cache_checks", "Questions to the owner whether something changed.", ("tenant",), registry=REGISTRY
)


class Tally:
    """The figures of one family of one tenant."""

    def __init__(self, family: str, tenant: str) -> None:
        """Find the counters once: to look them up each time costs more than to count."""
        self._family, self._tenant = family, tenant
        self._outcomes: dict[Outcome, Counter] = {}
        self._loads = _LOADS.labels(family, tenant)
        self._ages = _AGES.labels(family, tenant)
        self._bytes = _BYTES.labels(family, tenant)

    def count(self, outcome: Outcome) -> None:
        """Count one outcome."""
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._outcomes[outcome] = _OUTCOMES.labels(self._family, self._tenant, outcome)
        counter.inc()

    def shown(self, outcome: Outcome, age_s: float) -> None:
        """Count a value that was shown."""
        self.count(outcome)
        self._ages.observe(age_s)

    def loaded(self, seconds: float) -> None:
        """Count a fetch from the owner."""
        self.count("load")
        self._loads.observe(seconds)

    def wrote(self, size: int) -> None:
        """Count bytes written."""
        self._bytes.inc(size)


@lru_cache(4096)
def tally_of(family: str, tenant_id: int) -> Tally:
    """The figures of a family of a tenant."""
    return Tally(family, str(tenant_id))


def count_check(tenant_id: int) -> None:
    """Count one question to the owner."""
    _CHECKS.labels(str(tenant_id)).inc()
