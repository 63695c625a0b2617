"""How long a second `make up` takes, and what web and worker keep of the memory while nobody is there.

``make bench ONLY=start``. The demo profile; the first start, which loads everything, is not measured. Memory is the
proportional set size of the two process trees: pages shared with others count in part, so that sums are true.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench._stage import family
from tests.support.portal import Portal, running_portal

STARTS = 3
IDLE_S = 60
MOST_SECONDS, MOST_MB = 3.0, 300.0  # what the portal promises
DEMO = {"KARAVAN_PROFILE": os.environ.get("KARAVAN_PROFILE", "demo")}
PAGES = ("/home", "/catalog", "/orders")


def main() -> None:
    """Start thrice again, look at a page each, wait, weigh."""
    # Compiled modules make the second start quick, as the Makefile knows.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="karavan-bench-") as name:
        folder = Path(name) / "var"
        with running_portal(folder, DEMO):
            pass
        seconds: list[float] = []
        weights: dict[str, float] = {}
        for _ in range(STARTS):
            began = time.monotonic()
            with running_portal(folder, DEMO) as portal:
                seconds.append(time.monotonic() - began)
                visit(portal)
                if len(seconds) == STARTS:
                    time.sleep(IDLE_S)
                    weights = {part: megabytes(portal, part) for part in ("web", "worker")}
    report("start.second", statistics.median(seconds), "s", f"{MOST_SECONDS:g} s", MOST_SECONDS)
    parts = ", ".join(f"{part} {weight:.0f} MB" for part, weight in weights.items())
    report("start.idle_memory", sum(weights.values()), "MB", f"{MOST_MB:g} MB ({parts})", MOST_MB)


def visit(portal: Portal) -> None:
    """Sign in and open a page each, as whoever comes first in the morning."""
    account = portal.account("distributor_head")
    with httpx.Client(base_url=portal.url, timeout=30, trust_env=False) as browser:
        entered = browser.post("/api/v1/session", json={"login": account.login, "password": account.password})
        if not entered.is_success or not all(browser.get(page).is_success for page in PAGES):
            sys.exit("the portal did not show its pages")


def megabytes(portal: Portal, part: str) -> float:
    """Proportional memory of a part and all it started."""
    pid = portal.status.parts[part].pid
    return sum(map(_weight, family(pid))) / 1024 if pid else 0.0


def _weight(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def report(name: str, value: float, unit: str, against: str, most: float) -> None:
    """Print one line as the contract asks."""
    line = {"bench": name, "value": round(value, 2), "unit": unit, "against": against, "ratio": round(value / most, 2)}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
