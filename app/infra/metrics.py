"""Counters and timings in Prometheus' text form; labels never carry anything a person typed."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()
_REQUESTS: Final = Counter(
    "karavan_requests", "Answers by route and status class.", ("route", "method", "status"), registry=REGISTRY
)
_SECONDS: Final = Histogram(
    "karavan_request_seconds",
    "Time from the first byte asked to the last byte given.",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
SOCKETS: Final = Gauge("karavan_sockets", "Open WebSockets.", registry=REGISTRY)
SIGN_INS: Final = Counter("karavan_sign_ins", "Attempts to sign in by result.", ("result",), registry=REGISTRY)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer; ``route`` is the template of the address, never the address."""
    kind = method if method in _METHODS else "other"
    _REQUESTS.labels(route, kind, f"{status // 100}xx").inc()
    _SECONDS.labels(route).observe(seconds)


def metrics_text() -> bytes:
    """Write everything counted so far."""
    return generate_latest(REGISTRY)
