"""One line of the contract: two ways that were measured in one run, or one way and its goal."""

import json
from collections.abc import Sequence
from statistics import quantiles


def report(bench: str, ours: float, against: str, theirs: float) -> None:
    """Print our seconds in ms and as a ratio to theirs; ``against`` names their way and the size of the data."""
    line = {
        "bench": bench,
        "value": round(ours * 1e3, 3),
        "unit": "ms",
        "against": f"{against}, {theirs * 1e3:.3f} ms",
        "ratio": round(ours / theirs, 2),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def report_goal(bench: str, value: float, goal: float, unit: str = "s", *, is_rate: bool = False) -> None:
    """Print a figure against its goal; a ratio above 1 misses it, also where more is better."""
    line = {
        "bench": bench,
        "value": round(value, 3),
        "unit": unit,
        "against": f"goal {goal:g} {unit}",
        "ratio": round(goal / value if is_rate else value / goal, 2),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def percentile(values: Sequence[float], percent: int) -> float:
    """So many of a hundred are no greater."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]
