"""One line of the contract for two ways that were measured in one run."""

import json


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
