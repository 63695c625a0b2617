"""Every permission there is, from ``policies/permissions.csv``: what is not listed cannot be asked or granted."""

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

POLICIES: Final = Path(__file__).parents[2] / "policies"


def read_table(name: str) -> Iterator[dict[str, str]]:
    """Read a table of ``policies/``; lines that begin with # are comments."""
    with (POLICIES / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader((line for line in lines if line.strip() and not line.startswith("#")), strict=True)


PERMISSIONS: Final = frozenset((row["resource"], row["action"]) for row in read_table("permissions.csv"))


@cache
def permission_names(locale: str) -> Mapping[str, str]:
    """Name every permission as the access matrix does, by ``resource:action``."""
    return {f"{row['resource']}:{row['action']}": row[locale] for row in read_table("permissions.csv")}
